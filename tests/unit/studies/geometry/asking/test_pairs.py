"""What the other text of a row is to find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semascope.data.duplicates import normalise
from semascope.errors import DataError
from semascope.studies.geometry.asking.pairs import grades_of_pairs, paired_rows


def test_a_pair_finds_its_own_text_and_copies_of_it():
    # row 2 is row 0 in other letters; the title "tides" stands over rows 0 and 1
    texts = ["High water.", "Low water.", "high  WATER.", "Slack."]
    others = ["tides", "Tides", "flood", "slack"]
    found = grades_of_pairs(texts, others, np.arange(4))
    assert found == {
        0: {0: 1.0, 1: 1.0, 2: 1.0},
        1: {0: 1.0, 1: 1.0, 2: 1.0},
        2: {0: 1.0, 2: 1.0},
        3: {3: 1.0},
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from("abcA"), st.sampled_from("xyz")), min_size=1, max_size=12))
def test_it_is_what_a_look_at_all_rows_finds(rows):
    texts, others = [one for one, _ in rows], [other for _, other in rows]
    found = grades_of_pairs(texts, others, np.arange(len(rows)))
    for query, other in enumerate(others):
        mates = {normalise(texts[row]) for row in range(len(rows)) if others[row] == other}
        assert set(found[query]) == {row for row, text in enumerate(texts) if normalise(text) in mates}


def test_rows_without_another_text_are_no_pairs():
    assert paired_rows(["a", " ", "b", ""], "title", "posts").tolist() == [0, 2]
    with pytest.raises(DataError, match="column 'title' of posts has 1 rows with a text; pairs need two"):
        paired_rows(["a", "  "], "title", "posts")
