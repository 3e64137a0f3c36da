"""Cosines within labels and across: against all pairs written out, and scikit-learn's silhouette."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples, silhouette_score

from semascope.geometry.labels import cosines as module
from semascope.geometry.labels.cosines import LabelSums, silhouettes, text_cosines


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def world(n=60, d=5, labels=4, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(n) % labels)
    return unit(rng.standard_normal((labels, d))[codes] + rng.standard_normal((n, d))), codes


def pairs(vectors, codes):
    """All cosines in float64, which pairs share a label, and which are of two rows."""
    wide = vectors.astype(np.float64)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    return wide @ wide.T, codes[:, None] == codes, ~np.eye(len(codes), dtype=bool)


def found(vectors, codes):
    sums = LabelSums.of(vectors, codes, int(codes.max()) + 1)
    return sums, text_cosines(vectors, codes, sums)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(5, 40), d=st.integers(2, 6), labels=st.integers(2, 4), seed=st.integers(0, 99))
def test_closed_forms_are_means_over_all_pairs(n, d, labels, seed):
    vectors, codes = world(n, d, labels, seed)
    cosine, same, other = pairs(vectors, codes)
    sums, texts = found(vectors, codes)
    near = {"atol": 1e-10}
    np.testing.assert_allclose(sums.across, cosine[~same].mean(), **near)
    np.testing.assert_allclose(sums.every, cosine[other].mean(), **near)
    np.testing.assert_allclose(texts.across_sum, (cosine * ~same).sum(axis=1), **near)
    np.testing.assert_allclose(texts.within_sum, (cosine * (same & other)).sum(axis=1), **near)
    if n > labels:
        np.testing.assert_allclose(sums.within, cosine[same & other].mean(), **near)
    for code in range(labels):
        own = np.ix_(codes == code, codes == code)
        if (codes == code).sum() > 1:
            inside = cosine[own][~np.eye(len(cosine[own]), dtype=bool)].mean()
            np.testing.assert_allclose(sums.within_each[code], inside, **near)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(5, 40), d=st.integers(2, 6), labels=st.integers(2, 4), seed=st.integers(0, 99))
def test_silhouettes_are_sklearns(n, d, labels, seed):
    vectors, codes = world(n, d, labels, seed)
    wanted = silhouette_samples(vectors.astype(np.float64), codes, metric="cosine")
    np.testing.assert_allclose(silhouettes(found(vectors, codes)[1]), wanted, atol=1e-6)


def test_the_mean_silhouette_is_sklearns_score_in_any_blocks(monkeypatch):
    vectors, codes = world(200, 8, 5)
    wanted = silhouette_score(vectors, codes, metric="cosine")
    whole, texts = found(vectors, codes)
    monkeypatch.setattr(module, "_BLOCK", 24)  # three rows a block
    parts, in_parts = found(vectors, codes)
    np.testing.assert_allclose(silhouettes(texts).mean(), wanted, atol=1e-6)
    np.testing.assert_allclose(parts.sums, whole.sums, atol=1e-12)
    np.testing.assert_allclose(silhouettes(in_parts), silhouettes(texts), atol=1e-12)
    np.testing.assert_array_equal(parts.nearest_labels()[0], whole.nearest_labels()[0])


def test_the_nearest_label_has_the_largest_mean_cosine():
    vectors, codes = world(60, 5, 4)
    cosine, _, _ = pairs(vectors, codes)
    sums = LabelSums.of(vectors, codes, 5)  # nobody has the fifth label
    nearest, cosines = sums.nearest_labels()
    for own in range(4):
        means = {code: cosine[np.ix_(codes == own, codes == code)].mean() for code in range(4) if code != own}
        assert nearest[own] == max(means, key=means.get)
        np.testing.assert_allclose(cosines[own], max(means.values()), atol=1e-10)
    assert nearest[4] == -1
    assert np.isnan(cosines[4])
    assert np.isnan(sums.within_each[4])


def test_a_lone_text_has_silhouette_0_and_no_cosine_within():
    vectors, _ = world(5, 3, 2)
    codes = np.array([0, 0, 0, 0, 1])
    sums, texts = found(vectors, codes)
    assert np.isnan(texts.own[4])
    assert np.isnan(sums.within_each[1])
    assert silhouettes(texts)[4] == 0
    np.testing.assert_allclose(
        silhouettes(texts), silhouette_samples(vectors, codes, metric="cosine"), atol=1e-6
    )


def test_one_label_has_nothing_across():
    vectors, _ = world(10, 3, 2)
    sums, texts = found(vectors, np.zeros(10, dtype=np.int64))
    assert np.isnan(sums.across)
    assert np.isnan(texts.nearest).all()
    assert (silhouettes(texts) == 0).all()
    assert sums.nearest_labels()[0].tolist() == [-1]


def test_rows_that_are_all_the_same_have_silhouette_0():
    rng = np.random.default_rng(0)
    vectors = np.tile(unit(rng.standard_normal((1, 48))), (3_000, 1))
    assert (silhouettes(found(vectors, rng.integers(3, size=3_000))[1]) == 0).all()


def test_rows_of_half_precision_and_of_any_length_are_taken_as_directions():
    vectors, codes = world(40, 5, 3)
    half = found((3 * vectors).astype(np.float16), codes)[0]
    np.testing.assert_allclose(half.within, found(vectors, codes)[0].within, atol=1e-3)
