"""Rows whose label no good cell agrees with: planted wrong labels are found, and honest noise is not taken for them."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.studies.heads.judging.suspects import FAR

GLAD, SAD = ("calm", "harbour", "star", "port"), ("storm", "wind", "rope", "deck")


def told_rows(n: int, *, wrong: tuple[int, ...], seed: int = 3) -> list[dict]:
    """The score is the number of glad words among eight, but for the rows that are labelled wrongly."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        glad = int(rng.integers(9))
        words = [*rng.choice(GLAD, glad), *rng.choice(SAD, 8 - glad)]
        rng.shuffle(words)
        score = float(glad) + float(rng.normal(0, 0.3))
        mood = "glad" if glad > 4 else "sad"
        if number in wrong:
            score, mood = (0.0 if glad > 4 else 8.0), ("sad" if glad > 4 else "glad")
        rows.append({"body": f"{' '.join(words)} {number}", "score": round(score, 2), "mood": mood})
    return rows


WRONG = (5, 17, 40, 71, 99, 130)


def test_planted_wrong_labels_are_on_the_list_and_first(desk, tiny_static):
    result = desk.run(told_rows(160, wrong=WRONG), encoder=str(tiny_static), head=["ridge", "mlp"])
    found = [each.row for each in result.suspects]
    clear = [row for row in WRONG if abs(result_truth(row) - 4) > 1]
    assert set(clear) <= set(found)
    assert set(found[: len(clear)]) <= set(WRONG)
    assert len(found) < 20
    first = result.suspects[0]
    assert len(first.predictions) >= 2
    assert all(
        (first.truth - value) * (first.truth - max(first.predictions.values())) > 0
        for value in first.predictions.values()
    )
    assert {each.held_out for each in result.suspects} == {True, False}  # both sides are looked at


def result_truth(row: int) -> float:
    """The number of glad words of a planted row."""
    text = told_rows(160, wrong=())[row]["body"]
    return float(sum(word in GLAD for word in text.split()))


def test_without_wrong_labels_the_list_is_short(desk, tiny_static):
    result = desk.run(told_rows(160, wrong=()), encoder=str(tiny_static), head=["ridge", "mlp"])
    assert len(result.suspects) <= 3
    assert all(each.how_far >= FAR for each in result.suspects)


def test_classes_that_all_call_by_another_name(desk, tiny_static):
    rows = told_rows(160, wrong=WRONG)
    result = desk.run(rows, target="mood", encoder=str(tiny_static), head=["logistic", "mlp"])
    found = {each.row: each for each in result.suspects}
    assert len(set(WRONG) & set(found)) >= 4
    one = found[next(row for row in WRONG if row in found)]
    assert len(set(one.predictions.values())) == 1
    assert one.truth != next(iter(one.predictions.values()))


def test_nothing_is_suspected_where_fewer_than_two_cells_beat_the_constants(desk, letters):
    result = desk.run(letters(80), head=["ridge"])
    best = min(cell.selection for cell in result.cells if cell.reads == "nothing")
    assert sum(cell.selection < best for cell in result.cells) < 2
    assert list(result.suspects) == []


@pytest.mark.parametrize("targets", [["score", "other"]])
def test_several_targets_are_looked_at_one_by_one(desk, tiny_static, targets):
    rows = told_rows(160, wrong=(17, 40))
    for number, row in enumerate(rows):
        row["other"] = -10 * row["score"] if number != 71 else 99.0
    result = desk.run(rows, target=targets, encoder=str(tiny_static), head=["ridge", "mlp"])
    assert (71, "other") in {(each.row, each.target) for each in result.suspects}
    assert (71, "score") not in {(each.row, each.target) for each in result.suspects}


def test_where_most_rows_have_one_value_the_list_is_short_and_right(desk, tiny_static):
    """Most errors are next to nothing there: rows that are off by ten of those are no suspects, the planted ones are."""
    rows = told_rows(240, wrong=())
    for number, row in enumerate(rows):
        glad = sum(word in GLAD for word in row["body"].split())
        row["score"] = 5.0 if glad > 2 else float(2 + glad)
        if number in (30, 90, 150) and glad > 4:
            row["score"] = 1.0
    planted = {number for number, row in enumerate(rows) if row["score"] == 1.0}
    result = desk.run(rows, encoder=str(tiny_static), head=["ridge", "mlp"])
    found = [each.row for each in result.suspects]
    assert planted
    assert planted <= set(found)
    assert len(found) <= len(planted) + 6
    assert set(found[: len(planted)]) == planted
