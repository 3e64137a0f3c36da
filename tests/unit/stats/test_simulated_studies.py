"""The promises on simulated studies, small and seeded; ``benchmarks/verdicts.py`` is the full run."""

from functools import cache

import numpy as np
import pytest

from semascope.stats.measures import get_measure
from semascope.stats.paired import without_largest
from semascope.stats.power import rows_for_equivalent, rows_needed
from semascope.stats.verdict import judge

STUDIES, CELLS, ROWS = 300, 6, 100
BAR = 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)


def gaussian(rng, rows, groups):
    truth = rng.normal(size=rows)
    return truth, truth + rng.normal(size=rows) + noise(rng, rows, groups)


def ordinal(rng, rows, groups):
    truth = rng.integers(1, 6, rows).astype(float)
    return truth, np.clip(
        np.round(2.0 + 0.4 * truth + 0.6 * rng.normal(size=rows) + noise(rng, rows, groups)), 1, 5
    )


def classes(rng, rows, groups):
    truth = rng.integers(0, 3, rows).astype(float)
    right = 0.9 + rng.normal(size=rows) + noise(rng, rows, groups) > 0
    return truth, np.where(right, truth, (truth + 1) % 3)


def noise(rng, rows, groups):
    """Independent between cells; with groups a third of the variance belongs to the whole group."""
    own = rng.normal(size=(CELLS, rows))
    if groups is None:
        return 0.7 * own
    return 0.7 * (np.sqrt(2 / 3) * own + np.sqrt(1 / 3) * rng.normal(size=(CELLS, 20))[:, groups])


@cache
def exchangeable(world, name, grouped):
    kind = "regression" if name == "mae" else "classification"
    found = []
    for seed in range(STUDIES):
        rng = np.random.default_rng(seed)
        groups = rng.permutation(ROWS) % 20 if grouped else None
        truth, cells = world(rng, ROWS, groups)
        family = judge(
            truth,
            dict(zip("abcdef", cells, strict=True)),
            baseline="a",
            measure=get_measure(name, kind),
            groups=None if groups is None else groups.tolist(),
            seed=seed,
            draws=1_000,
        )
        found.append([verdict for key, verdict in family.verdicts.items() if key != "a"])
    return found


CASES = [
    (world, name, grouped)
    for world, name in ((gaussian, "mae"), (ordinal, "mae"), (classes, "accuracy"))
    for grouped in (False, True)
]


@pytest.mark.parametrize(("world", "name", "grouped"), CASES)
def test_equal_cells_rarely_get_a_false_word(world, name, grouped):
    studies = exchangeable(world, name, grouped)
    false = np.mean([any(v.word in ("better", "worse") for v in study) for study in studies])
    uncorrected = np.mean([any(v.p < 0.05 for v in study) for study in studies])
    assert false <= BAR
    assert uncorrected > BAR  # five cells without Holm would break the promise: the bar can be missed


@pytest.mark.parametrize(("world", "name", "grouped"), CASES)
def test_intervals_cover_the_true_difference(world, name, grouped):
    studies = exchangeable(world, name, grouped)
    covered = np.mean([v.low <= 0 <= v.high for study in studies for v in study])
    narrow = np.mean([v.low90 <= 0 <= v.high90 for study in studies for v in study])
    assert covered >= 0.93
    assert 0.87 <= narrow < covered


def test_groups_as_rows_would_break_the_promise():
    """The same grouped studies judged by rows: what the unit is for."""
    rng = np.random.default_rng(0)
    false = 0
    for seed in range(100):
        shift = np.repeat(rng.normal(size=20), 10)  # one difference a group
        truth, base = np.zeros(200), np.full(200, 9.0)
        cells = {"a": base, "b": base + shift + 0.1 * rng.normal(size=200)}
        found = judge(
            truth, cells, baseline="a", measure=get_measure("mae", "regression"), seed=seed, draws=1_000
        )
        false += found.verdicts["b"].p < 0.05
    assert false > 30


def test_a_planted_difference_is_found_at_the_rows_that_promise_it():
    many = np.random.default_rng(0).normal(-0.4, 2.0, size=(100_000, 1))
    fewer = without_largest(many, np.ones(100_000))[0]
    rows = rows_needed([(x.mean(), x.std()) for x in (many, fewer)], 0.2, candidates=1)
    assert 200 < rows < 260  # (1.96 + 0.95)^2 * (2 / 0.4)^2 = 212, and some for the 1 % rule
    words = []
    for seed in range(STUDIES):
        d = np.random.default_rng(seed).normal(-0.4, 2.0, rows)
        cells = {"a": np.full(rows, 20.0), "b": 20.0 + d}
        family = judge(
            np.zeros(rows),
            cells,
            baseline="a",
            measure=get_measure("mae", "regression"),
            margin=0.2 / 20,
            seed=seed,
            draws=1_000,
        )
        words.append(family.verdicts["b"].word)
    assert words.count("better") / STUDIES >= 0.80 - 2 * np.sqrt(0.16 / STUDIES)
    assert words.count("worse") == 0


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0.75, 1.0), (0.5, 0.75, 1.0), (1.0, 0.0, 0.075)])
def test_equivalence_is_found_inside_the_margin_and_not_at_its_edge(share, least, most):
    margin, spread = 0.45, 1.0
    rows = int(np.ceil(rows_for_equivalent(min(share, 0.5) * margin, spread, margin, power=0.83)))
    equal = 0
    for seed in range(STUDIES):
        d = np.random.default_rng(seed).normal(share * margin, spread, rows)
        cells = {"a": np.full(rows, 20.0), "b": 20.0 + d}
        family = judge(
            np.zeros(rows), cells, baseline="a", measure=get_measure("mae", "regression"), margin=margin / 20, seed=seed,
            draws=1_000,
        )  # fmt: skip
        equal += family.verdicts["b"].word == "equivalent"
    assert least <= equal / STUDIES <= most
