"""Lengths in tokens: against numpy, and against limits by hand."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.data.token_lengths import LIMITS, length_stats
from semascope.errors import ConfigError, DataError


def stats_of(lengths, **settings):
    """Texts of so many words; a word is a token."""
    (found,) = length_stats(
        {"text": [" ".join(["w"] * n) for n in lengths]},
        count=lambda texts: [len(text.split()) for text in texts],
        **settings,
    )
    return found


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=60), st.integers(1, 2_000))
def test_every_text_is_counted_once_and_limits_are_shares(lengths, limit):
    found = stats_of(lengths, limits=[limit])
    assert (found.n, found.total, found.longest) == (len(lengths), sum(lengths), max(lengths))
    assert found.median == statistics.median(lengths)
    assert found.above[limit] == pytest.approx(sum(n > limit for n in lengths) / len(lengths))
    bins = list(zip(found.edges, found.edges[1:], strict=False))
    assert found.counts.tolist() == [sum(low <= n < high for n in lengths) for low, high in bins]
    assert found.counts.sum() == len(lengths)


def test_bins_end_at_limits():
    """A text of just 512 tokens is not cut at 512, and stands in the bin below."""
    found = stats_of([512, 513])
    edges = found.edges.tolist()
    assert edges == [0, 17, 33, 65, 129, 257, 513, 1_025]
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert found.above == {128: 1.0, 256: 1.0, 512: 0.5}
    assert tuple(found.above) == LIMITS


def test_p95_lies_between_two_lengths():
    assert stats_of(range(1, 22)).p95 == 20.0  # 1 to 21: 95 % of the 20 steps
    assert stats_of([10, 20]).p95 == pytest.approx(19.5)


def test_columns_are_told_apart_in_lines():
    found = length_stats(
        {"title": ["a b", "a b c"], "abstract": ["w " * 20, "w " * 40]},
        count=lambda texts: [len(text.split()) for text in texts],
        limits=[32],
    )
    assert [line for one in found for line in one.lines()] == [
        "title: median 2.5 tokens, 95 % up to 3, longest 3; 0 % above 32; 5 in all",
        "      0 to 16             2 ########################",
        "abstract: median 30 tokens, 95 % up to 39, longest 40; 50 % above 32; 60 in all",
        "      0 to 16             0",
        "     17 to 32             1 ########################",
        "     33 to 64             1 ########################",
    ]


def test_the_tokens_are_those_of_an_encoder():
    from semascope.encoders.hashing import HashEncoder

    encoder = HashEncoder(8)
    (found,) = length_stats({"text": ["a b", "c"]}, count=lambda texts: encoder.lengths(texts).tokens)
    assert found.total == encoder.lengths(["a b", "c"]).tokens.sum()


def test_what_cannot_be_measured_is_said():
    with pytest.raises(DataError, match="column 'text' has no text"):
        stats_of([])
    with pytest.raises(ConfigError, match="limits hold 0"):
        stats_of([1], limits=[0])
