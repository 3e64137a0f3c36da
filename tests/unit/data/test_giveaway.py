"""Columns that predict a target without the text."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data import giveaway
from semascope.data.giveaway import giveaways
from semascope.data.table import Table

RNG = np.random.default_rng(4)
N = 120
Y = np.round(RNG.normal(5, 2, N), 2)
MOODS = [("sad", "flat", "glad")[int(number)] for number in RNG.integers(0, 3, N)]

PLANTED = {
    "copy": Y.tolist(),
    "rounded": np.round(Y).tolist(),
    "line": (2.5 * Y + 1).tolist(),
    "curve": np.exp(3 * Y).tolist(),
    "bent": np.where(Y > 5, -Y, Y).tolist(),  # no rank correlation
    "words": [str(np.round(number)) for number in Y],
    "filled": [f"note {row}" if number > 5 else None for row, number in enumerate(Y)],
}
INNOCENT = {
    "id": [f"row-{row}" for row in range(N)],
    "number": list(range(N)),
    "noise": RNG.normal(size=N).tolist(),
    "shop": [str(each) for each in RNG.integers(0, 8, N)],
    "essay": ["long words " * 20 + str(number) for number in np.round(Y)],  # a text
    "same": ["x"] * N,
    "nothing": [None] * N,
    "list": [[float(number)] for number in Y],
}


def shares(columns: dict, target) -> dict[str, float]:
    table = Table.from_columns(columns)
    return {each.column: each.share for each in giveaways(table, table.columns, target)}


@pytest.mark.parametrize("name", PLANTED)
def test_what_gives_a_number_away(name):
    share = shares({name: PLANTED[name], **INNOCENT}, Y)
    assert max(share, key=lambda column: share[column]) == name
    assert share[name] > (0.55 if name in ("bent", "filled") else 0.8)


@pytest.mark.parametrize("name", INNOCENT)
def test_what_does_not(name):
    assert shares({name: INNOCENT[name]}, Y)[name] < 0.2
    assert shares({name: INNOCENT[name]}, MOODS)[name] < 0.2


def test_classes_are_given_away_by_words_and_by_numbers():
    columns = {
        "code": [("A", "B", "C")[("sad", "flat", "glad").index(mood)] for mood in MOODS],
        "grade": [("sad", "flat", "glad").index(mood) + RNG.random() / 2 for mood in MOODS],
        "reason": ["why" if mood == "sad" else "" for mood in MOODS],
    }
    share = shares(columns, MOODS)
    assert share["code"] == 1.0
    assert share["grade"] > 0.8
    assert 0.3 < share["reason"] < 0.8


def test_missing_targets_are_left_out_and_few_rows_say_nothing():
    target = np.where(np.arange(N) < 60, Y, np.nan)
    columns = {"copy": [*Y[:60].tolist(), *[0.0] * 60]}
    assert shares(columns, target)["copy"] == 1.0
    assert shares({"copy": Y[:19].tolist()}, Y[:19]) == {}


def test_a_wide_or_long_table_is_sampled(monkeypatch):
    monkeypatch.setattr(giveaway, "MOST_COLUMNS", 3)
    late = [*[0.0] * 90, *Y[90:].tolist()]  # tells in the last quarter only
    table = Table.from_columns({"copy": Y.tolist(), "late": late, "b": MOODS, "c": MOODS})
    found = giveaways(table, table.columns, Y, cells=60)  # 20 rows of 3 columns
    assert found[0].column == "copy"
    assert {each.column for each in found} == {"copy", "late", "b"}
    assert max(each.values for each in found) <= 20
