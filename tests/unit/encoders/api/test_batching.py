"""Which texts go into one request."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.batching import fill_batches
from semascope.errors import ConfigError

lengths = st.lists(st.integers(0, 500), max_size=80).map(lambda drawn: np.array(drawn, dtype=np.int64))


@given(
    tokens=lengths, inputs=st.integers(1, 12), limit=st.none() | st.integers(1, 900), seed=st.integers(0, 9)
)
def test_every_place_once_and_no_limit_broken(tokens, inputs, limit, seed):
    batches = fill_batches(tokens, inputs=inputs, request_tokens=limit, seed=seed)
    places = np.concatenate([np.empty(0, dtype=np.int64), *batches])
    assert sorted(places.tolist()) == list(range(len(tokens)))
    for batch in batches:
        assert 1 <= len(batch) <= inputs
        assert limit is None or len(batch) == 1 or tokens[batch].sum() <= limit


@given(tokens=lengths, inputs=st.integers(1, 12), limit=st.integers(1, 900))
def test_like_lengths_stand_together(tokens, inputs, limit):
    """No length of one request lies strictly inside the span of another's."""
    spans = sorted(
        (int(tokens[batch].min()), int(tokens[batch].max()))
        for batch in fill_batches(tokens, inputs=inputs, request_tokens=limit)
    )
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def fewest_of_sorted(tokens: list[int], inputs: int, limit: int) -> int:
    """By trying every place to cut: fewest[k] requests hold the k shortest texts."""
    tokens = sorted(tokens)
    fewest = [0]
    for end in range(1, len(tokens) + 1):
        fitting = [
            fewest[start] + 1
            for start in range(max(0, end - inputs), end)
            if end - start == 1 or sum(tokens[start:end]) <= limit
        ]
        fewest.append(min(fitting))
    return fewest[-1]


@given(tokens=st.lists(st.integers(0, 60), max_size=30), inputs=st.integers(1, 6), limit=st.integers(1, 120))
def test_sorted_texts_cannot_be_cut_into_fewer_requests(tokens, inputs, limit):
    batches = fill_batches(np.array(tokens, dtype=np.int64), inputs=inputs, request_tokens=limit)
    assert len(batches) == fewest_of_sorted(tokens, inputs, limit)


@pytest.mark.parametrize(("inputs", "limit"), [(32, None), (10, 8192 * 10), (2048, 300_000)])
def test_requests_of_ordinary_texts_are_near_the_fewest(inputs, limit):
    draw = np.random.default_rng(3)
    tokens = np.minimum(draw.lognormal(5.5, 0.7, size=40_000).astype(np.int64) + 2, 8192)
    batches = fill_batches(tokens, inputs=inputs, request_tokens=limit)
    least = max(-(-len(tokens) // inputs), -(-int(tokens.sum()) // limit) if limit else 0)
    assert len(batches) <= 1.05 * least + 1


def test_the_order_of_requests_says_nothing_about_length():
    tokens = np.random.default_rng(5).integers(1, 1000, size=32_000)
    batches = fill_batches(tokens, inputs=32, request_tokens=None)
    means = [tokens[batch].mean() for batch in batches]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.1
    again = fill_batches(tokens, inputs=32, request_tokens=None)
    assert all(map(np.array_equal, batches, again))
    other = fill_batches(tokens, inputs=32, request_tokens=None, seed=1)
    assert not all(map(np.array_equal, batches, other))


def test_a_text_over_the_limit_of_a_request_stands_alone():
    batches = fill_batches(np.array([10, 9000, 10, 9001]), inputs=8, request_tokens=100)
    assert sorted(map(sorted, (batch.tolist() for batch in batches))) == [[0, 2], [1], [3]]


def test_no_texts_no_requests_and_limits_that_are_none():
    assert fill_batches(np.array([], dtype=np.int64), inputs=8, request_tokens=10) == []
    with pytest.raises(ConfigError, match="inputs is 0; a request holds 1 text or more"):
        fill_batches(np.array([1]), inputs=0, request_tokens=None)
    with pytest.raises(ConfigError, match="request_tokens is 0; a request holds 1 token or more"):
        fill_batches(np.array([1]), inputs=1, request_tokens=0)


@pytest.mark.parametrize("seed", range(5))
def test_any_few_requests_in_a_row_are_short_and_long_as_all_are(seed):
    """Among 13 requests in a row each third of the lengths has three to six; drawn at random, none or nine are common."""
    batches = fill_batches(np.arange(1, 3_001), inputs=10, request_tokens=None, seed=seed)
    thirds = np.array([3 * int(batch.min()) // 3_000 for batch in batches])
    for start in range(len(thirds) - 12):
        counts = np.bincount(thirds[start : start + 13], minlength=3)
        assert counts.min() >= 3 and counts.max() <= 6
