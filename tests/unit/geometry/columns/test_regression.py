"""Explained sums of squares against least squares, for all texts and each half."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.geometry.columns.column import read_column
from semascope.geometry.columns.regression import fit
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape import class_sums as module


def written_out(rows, design):
    """Explained and total sum of squares of each number, by least squares on a design with an intercept."""
    rows = rows.astype(float)
    fitted = design @ np.linalg.lstsq(design, rows, rcond=None)[0]
    mean = rows.mean(axis=0)
    return ((fitted - mean) ** 2).sum(axis=0), ((rows - mean) ** 2).sum(axis=0)


def design_of(values):
    if isinstance(values[0], str):
        names = sorted(set(values))
        return np.array([[float(value == name) for name in names] for value in values])
    return np.column_stack([np.ones(len(values)), np.asarray(values, dtype=float)])


def check(rows, values, halves):
    column = read_column("x", values, len(rows))
    found = fit(rows, column, halves)
    known = np.zeros(len(rows), dtype=bool)
    known[column.known] = True
    for place, mask in enumerate([np.ones(len(rows), dtype=bool), *halves.masks()]):
        own = np.flatnonzero(mask & known)
        design = design_of([values[row] for row in own])
        explained, total = written_out(rows[own], design)
        assert found.explained[place] == pytest.approx(explained, abs=1e-5)
        assert found.total[place] == pytest.approx(total, abs=1e-5)
        assert found.texts[place] == len(own)
        assert found.values[place] == design.shape[1]
        assert found.shares[place] == pytest.approx(explained.sum() / total.sum(), abs=1e-5)


def test_labels_against_least_squares(monkeypatch):
    monkeypatch.setattr(module, "_HELD", 8 * 32 * 3 * 2)  # two labels at a time
    rng = np.random.default_rng(1)
    values = [None if code < 0 else f"label {code}" for code in rng.integers(-1, 9, 70).tolist()]
    values[5], values[9] = "alone", "alone too"
    check(rng.normal(3, 1, (70, 3)).astype(np.float32), values, draw_halves(70))


def test_numbers_against_least_squares():
    rng = np.random.default_rng(2)
    values = rng.lognormal(3, 1, 70).tolist()
    values[4] = float("nan")
    values[11] = None
    check(rng.normal(3, 1, (70, 3)), values, draw_halves(70))


@settings(max_examples=20, deadline=None)
@given(st.integers(6, 40), st.integers(1, 30), st.integers(0, 1000))
def test_any_labels(n, labels, seed):
    rng = np.random.default_rng(seed)
    values = [f"label {code}" for code in rng.integers(0, labels, n).tolist()]
    check(rng.normal(0, 1, (n, 2)), values, draw_halves(n))
