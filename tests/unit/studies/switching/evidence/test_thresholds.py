"""The map of cosines: counted pairs against all of them written out, and spaces whose map is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.studies.switching.evidence import thresholds
from semascope.studies.switching.evidence.pairs import BINS, Joint, count_pairs, edges
from semascope.studies.switching.evidence.thresholds import (
    agreement,
    calibrated,
    quantile,
    threshold_as_many,
)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def clouds(n=400, d=6, seed=0):
    """Texts in clouds, so that pairs have all cosines."""
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((n // 8, d))
    return unit(middles[np.arange(n) % len(middles)] + 0.5 * rng.standard_normal((n, d))), rng


def drawn_together(old, share):
    """A space whose cosine is ``share`` of OLD's, and the rest of 1: one more dimension in common."""
    n = len(old)
    return np.concatenate([np.sqrt(share) * old, np.full((n, 1), np.sqrt(1 - share))], axis=1).astype(
        np.float32
    )


def by_hand(old, new, pairs):
    counts = np.zeros((BINS, BINS), dtype=int)
    for i, j in pairs:
        at = [min(int((float(each[i] @ each[j]) + 1) * BINS / 2), BINS - 1) for each in (old, new)]
        counts[at[0], at[1]] += 1
    return counts


def test_every_pair_counts_once():
    old, rng = clouds(40)
    new = unit(rng.standard_normal((40, 5)))
    places = np.sort(rng.permutation(40)[:15])
    kinds = np.arange(40)
    kinds[3] = kinds[7]
    found = count_pairs((old[places], new[places]), (old, new), places=places, kinds=(kinds[places], kinds))
    asks = set(places.tolist())
    pairs = [
        (i, j)
        for i in asks
        for j in range(40)
        if i != j and kinds[i] != kinds[j] and not (j in asks and j < i)
    ]
    assert found.pairs == len(pairs)
    # a product of matrices can fall on the other side of an edge than a product of two rows
    assert np.abs(found.counts - by_hand(old, new, pairs)).sum() <= 4


def test_blocks_do_not_show(monkeypatch):
    from semascope.studies.switching.evidence import pairs

    old, rng = clouds(70)
    new = unit(rng.standard_normal((70, 5)))
    places = np.arange(0, 70, 2)
    whole = count_pairs((old[places], new[places]), (old, new), places=places)
    monkeypatch.setattr(pairs, "_HEIGHT", 8)
    monkeypatch.setattr(pairs, "_WIDTH", 9)
    parts = count_pairs((old[places], new[places]), (old, new), places=places)
    assert whole.pairs == parts.pairs == 35 * 35 + 35 * 34 // 2
    assert np.abs(whole.counts - parts.counts).sum() <= 4


def test_queries_are_paired_with_every_document():
    old, rng = clouds(30)
    found = count_pairs((old[:4], old[:4]), (old, old))
    assert found.pairs == 120
    assert rng is not None


def test_one_space_maps_onto_itself():
    old, _ = clouds()
    found = thresholds.of_texts(old, old, np.arange(400), np.arange(400), seed=1)
    for level in found.levels:
        if level.new == level.new:
            assert level.new == pytest.approx(level.old, abs=0.005)
            assert level.high - level.low < 0.03
        if level.agree == level.agree:
            assert level.as_many == pytest.approx(level.old, abs=0.005)
            assert level.agree == 1
    assert found.error < 0.003
    assert len([level for level in found.levels if level.new == level.new]) >= 5


def test_a_planted_map_is_found_by_both_answers():
    old, _ = clouds()
    found = thresholds.of_texts(old, drawn_together(old, 0.4), np.arange(400), np.arange(400), seed=1)
    known = [level for level in found.levels if level.agree == level.agree and level.new == level.new]
    assert len(known) >= 5
    for level in known:
        assert level.new == pytest.approx(0.4 * level.old + 0.6, abs=0.005)
        assert level.as_many == pytest.approx(0.4 * level.old + 0.6, abs=0.006)
        assert level.low <= level.new <= level.high


def test_noise_draws_the_map_to_the_middle_and_not_the_threshold():
    old, rng = clouds(600)
    new = unit(old + 0.2 * rng.standard_normal(old.shape).astype(np.float32))
    found = thresholds.of_texts(old, new, np.arange(600), np.arange(600), seed=1)
    (level,) = [one for one in found.levels if one.old == 0.8]
    pairs = np.triu_indices(600, 1)
    cosines = (old @ old.T)[pairs], (new @ new.T)[pairs]
    near = np.abs(cosines[0] - 0.8) < 0.0126
    assert level.new == pytest.approx(float(cosines[1][near].mean()), abs=0.02)
    wanted = int((cosines[0] >= 0.8).sum())
    assert level.as_many == pytest.approx(float(np.sort(cosines[1])[-wanted]), abs=0.02)
    assert level.new < level.as_many
    assert level.low == pytest.approx(float(np.quantile(cosines[1][near], 0.05)), abs=0.05)
    assert 0.1 < level.agree < 0.9


def test_the_map_rises():
    old, rng = clouds()
    new = unit(rng.standard_normal((400, 4)))
    found = thresholds.of_texts(old, new, np.arange(400), np.arange(400), seed=1)
    values = [new for _, new, _, _ in found.curve]
    assert values == sorted(values)
    assert [old for old, *_ in found.curve] == sorted({old for old, *_ in found.curve})


def test_texts_that_belong_together_are_in_one_half():
    labels = np.repeat(np.arange(30), 3)
    first, second = thresholds._two_halves(labels, 3)
    assert not set(labels[first]) & set(labels[second])
    assert len(first) == len(second) == 45


def test_too_few_texts_or_pairs_have_no_map():
    old, _ = clouds(32)
    assert thresholds.of_texts(old, old, np.arange(32), np.arange(32), seed=1) is None
    empty = Joint(counts=np.zeros((BINS, BINS), dtype=np.int64))
    assert calibrated(empty, empty, between="two texts") is None


def test_a_cosine_that_no_pair_has_is_not_told():
    rng = np.random.default_rng(0)
    old = unit(rng.standard_normal((200, 64)))
    found = thresholds.of_texts(old, old, np.arange(200), np.arange(200), seed=1)
    (level,) = [one for one in found.levels if one.old == 0.9]
    assert level.pairs == level.passing == 0
    assert np.isnan([level.new, level.low, level.high, level.off, level.as_many, level.agree]).all()


def test_crowded_cosines_get_more_levels():
    old, _ = clouds()
    crowded = drawn_together(old, 0.2)
    found = thresholds.of_texts(crowded, old, np.arange(400), np.arange(400), seed=1)
    assert {0.75, 0.85, 0.95} <= {level.old for level in found.levels}


def test_queries_and_documents():
    old, _ = clouds(300)
    new = drawn_together(old, 0.5)
    found = thresholds.of_queries((old[:80], new[:80]), (old[80:], new[80:]), np.arange(80), seed=1)
    assert found.between == "a query and a document"
    known = [level for level in found.levels if level.new == level.new]
    assert all(level.new == pytest.approx(0.5 * level.old + 0.5, abs=0.005) for level in known)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=BINS, max_size=BINS).filter(any), st.floats(0.01, 0.99))
def test_quantiles_of_counts_are_those_of_values_at_the_middles(counts, share):
    counts = np.array(counts)
    values = np.repeat((edges()[:-1] + edges()[1:]) / 2, counts)
    found = quantile(counts, share)
    order = np.sort(values)
    at = share * len(order)
    low, high = order[max(int(np.floor(at)) - 1, 0)], order[min(int(np.ceil(at)), len(order) - 1)]
    assert low - 2 / BINS <= found <= high + 2 / BINS


def test_as_many_pass_and_agreement_by_hand():
    counts = np.zeros((BINS, BINS), dtype=np.int64)

    def put(old, new, times):
        counts[int((old + 1) * BINS / 2), int((new + 1) * BINS / 2)] += times

    put(0.802, 0.602, 30)  # pass in both
    put(0.802, 0.302, 10)  # pass in OLD alone
    put(0.202, 0.552, 10)  # of NEW the next ones
    put(0.202, 0.002, 950)
    joint = Joint(counts=counts)
    assert threshold_as_many(0.8, joint) == pytest.approx(0.55, abs=0.005)
    assert agreement(0.8, 0.55, joint) == pytest.approx(30 / 50)
    assert np.isnan(agreement(0.95, 0.95, joint))
