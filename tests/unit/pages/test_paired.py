"""Two scores of the same things as bubbles."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.pages.paired import bubbles, paired_chart, radius

score = st.floats(0, 1, allow_nan=False)
pairs = st.lists(st.tuples(score, score), min_size=1, max_size=60)


@given(pairs)
def test_every_pair_is_in_one_bubble_on_its_side_of_the_diagonal(given_pairs):
    one, other = np.array(given_pairs).T
    found = bubbles(one, other)
    assert sum(bubble.count for bubble in found) == len(one)
    tones = {tone: sum(b.count for b in found if b.tone == tone) for tone in ("better", "worse", "plain")}
    assert tones["better"] == (other - one > 1e-9).sum()
    assert tones["worse"] == (one - other > 1e-9).sum()
    for bubble in found:
        assert -1e-9 <= bubble.x <= 1 + 1e-9 and -1e-9 <= bubble.y <= 1 + 1e-9
        if bubble.tone == "better":
            assert bubble.y > bubble.x
        if bubble.tone == "worse":
            assert bubble.y < bubble.x
    # what is in one bubble is near to it: the mean over all is that of the pairs
    assert np.average([b.x for b in found], weights=[b.count for b in found]) == pytest.approx(one.mean())


def test_the_area_of_a_bubble_grows_with_its_count():
    many, few = bubbles(np.array([0.0] * 400 + [1.0] * 100), np.array([1.0] * 400 + [0.0] * 100))
    assert (many.count, few.count) == (400, 100)
    assert radius(many, 400) / radius(few, 400) == pytest.approx(2.0)


def test_a_tiny_gain_is_no_tie():
    (only,) = bubbles(np.array([0.5]), np.array([0.5001]))
    assert only.tone == "better"


def test_words_of_the_picture_are_escaped():
    drawn = paired_chart(
        np.array([0.0, 1.0]), np.array([0.0, 0.5]), names=("<a>", "b&"), noun="query", plural="queries", words="<w>"
    )  # fmt: skip
    assert "<a>" not in drawn and "&lt;a&gt;" in drawn and "b&amp;" in drawn
    assert re.findall(r"<title>(.*?)</title>", drawn) == [
        "1 query: 0.00 and 0.00",
        "1 query: 1.00 and 0.50",
    ]
