"""What is asked, and how a limit is shared."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.arxiv.query import parse_date, search_query, shares
from semascope.errors import ConfigError


@pytest.mark.parametrize(
    ("days", "query"),
    [
        ({}, "cat:q-bio.*"),
        ({"begin": date(2020, 1, 31)}, "cat:q-bio.* AND submittedDate:[202001310000 TO 209912312359]"),
        ({"end": date(2020, 1, 31)}, "cat:q-bio.* AND submittedDate:[199101010000 TO 202001312359]"),
        (
            {"begin": date(2020, 1, 31), "end": date(2020, 1, 31)},
            "cat:q-bio.* AND submittedDate:[202001310000 TO 202001312359]",
        ),
    ],
)
def test_days_are_whole_and_ends_may_be_open(days, query):
    assert search_query("q-bio.*", **days) == query


@pytest.mark.parametrize("text", ["2024", "31.1.2024", "2024-02-30", "yesterday"])
def test_what_is_no_day_is_said(text):
    with pytest.raises(ConfigError, match=f"--from is '{text}'; it must be a day; write it as 2024-05-31"):
        parse_date(text, flag="--from")


NAMES = st.lists(st.sampled_from(["gr-qc", "hep-th", "math-ph", "cs.LG", "stat.ML"]), min_size=1, max_size=9)


@given(NAMES, st.integers(5, 1_000))
def test_shares_add_up_and_differ_by_one_at_most(categories, limit):
    found = shares(categories, limit)
    assert set(found) == set(categories)
    assert sum(found.values()) == limit
    assert max(found.values()) - min(found.values()) <= 1


def test_shares_without_a_limit_and_those_that_cannot_be():
    assert shares(["gr-qc", "gr-qc"], None) == {"gr-qc": None}
    with pytest.raises(ConfigError, match="limit is 1; it must be 2 or more"):
        shares(["gr-qc", "hep-th"], 1)
    with pytest.raises(ConfigError, match="no category is named"):
        shares([], 5)
