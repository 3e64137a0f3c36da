"""Smaller forms of vectors, against what is written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.studies.switching.evidence.forms import (
    CANDIDATES,
    plain_form,
    scalar_quantised,
    search,
    signs,
    smaller_forms,
)


def unit(n, d, seed=0, lean=0.0):
    rows = np.random.default_rng(seed).standard_normal((n, d)) + lean
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def forms():
    vectors = unit(120, 32)
    return vectors, {form.name: form for form in smaller_forms(vectors, np.arange(60))}


def test_bytes_and_widths(forms):
    _, found = forms
    assert {name: (form.dims, form.bytes_searched, form.bytes_kept) for name, form in found.items()} == {
        "float16": (32, 64.0, 0.0),
        "int8": (32, 32.0, 0.0),
        "binary, rescored by float32": (32, 4.0, 128.0),
        "half the width": (16, 64.0, 0.0),
        "a quarter of the width": (8, 32.0, 0.0),
    }


def test_bits_that_do_not_fill_a_byte_take_a_whole_one():
    form = next(form for form in smaller_forms(unit(9, 10), np.arange(9)) if form.bytes_kept)
    assert form.bytes_searched == 2


def test_a_narrow_space_is_not_halved_below_eight_numbers():
    assert [form.dims for form in smaller_forms(unit(9, 16), np.arange(9))][-1] == 8
    assert [form.dims for form in smaller_forms(unit(9, 15), np.arange(9))] == [15, 15, 15]


def test_float16_is_the_nearest_half(forms):
    vectors, found = forms
    np.testing.assert_array_equal(found["float16"].rows, vectors.astype(np.float16).astype(np.float32))


def test_widths_are_the_first_numbers_at_unit_length(forms):
    vectors, found = forms
    narrow = vectors[:, :16].astype(np.float64)
    narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
    np.testing.assert_allclose(found["half the width"].rows, narrow, atol=1e-6)
    np.testing.assert_allclose(found["half the width"].asks(vectors), narrow, atol=1e-6)


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 1000))
def test_a_byte_is_off_by_half_a_step_at_most_inside_the_range(n, d, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    train = np.arange(n)[: max(2, n // 2)]
    low, high = vectors[train].min(axis=0), vectors[train].max(axis=0)
    found = scalar_quantised(vectors, train)
    assert (np.abs(found - vectors.clip(low, high)) <= (high - low) / 255 / 2 + 1e-6).all()
    assert (found >= low - 1e-6).all()
    assert (found <= high + 1e-6).all()


def test_a_dimension_that_never_varies_stays_as_it_is():
    vectors = np.array([[0.25, 1.0], [0.25, 2.0]], dtype=np.float32)
    assert scalar_quantised(vectors, np.arange(2)).tolist() == vectors.tolist()


def test_products_of_signs_are_hamming_distances():
    vectors = unit(40, 24, lean=0.3)
    middle = vectors.mean(axis=0)
    found = signs(vectors, middle)
    bits = vectors > middle
    hamming = (bits[:, None] != bits[None]).sum(axis=2)
    np.testing.assert_array_equal(found @ found.T, 24 - 2 * hamming)


def test_signs_about_the_middle_tell_apart_what_leans_one_way():
    vectors = unit(60, 16, lean=3.0)
    form = next(form for form in smaller_forms(vectors, np.arange(60)) if form.bytes_kept)
    assert abs(float(form.rows.mean())) < 0.3
    assert (signs(vectors, np.zeros(16, np.float32)) == 1).mean() > 0.95


def test_a_search_by_bits_orders_the_nearest_of_its_candidates_exactly(forms):
    vectors, found = forms
    form = found["binary, rescored by float32"]
    places, similarities = search(form, vectors[:5], 3)
    middle = vectors[:60].mean(axis=0)
    distance = ((vectors[:5] > middle)[:, None] != (vectors > middle)[None]).sum(axis=2)
    for row in range(5):
        candidates = np.argsort(distance[row], kind="stable")[: CANDIDATES * 3]
        exact = vectors[candidates] @ vectors[row]
        best = np.argsort(-exact, kind="stable")[:3]
        assert places[row].tolist() == candidates[best].tolist()
        np.testing.assert_allclose(similarities[row], exact[best], atol=1e-6)


def test_a_search_in_full_is_exact():
    vectors = unit(50, 8)
    places, similarities = search(plain_form(vectors), vectors[:4], 5)
    exact = vectors[:4] @ vectors.T
    np.testing.assert_array_equal(places, np.argsort(-exact, axis=1, kind="stable")[:, :5])
    np.testing.assert_allclose(similarities, -np.sort(-exact, axis=1)[:, :5], atol=1e-6)


def test_more_is_wanted_than_there_is():
    vectors = unit(6, 16)
    form = next(form for form in smaller_forms(vectors, np.arange(6)) if form.bytes_kept)
    assert search(form, vectors[:2], 10)[0].shape == (2, 6)
