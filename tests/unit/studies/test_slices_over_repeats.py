"""Slices over repeated splits: what is measured, and what is judged, with numbers worked by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from semascope.data.splits import Split
from semascope.stats.measures import get_measure
from semascope.studies.heads.computing.slicing import MOST_SLICES, measure_parts, parts_of
from semascope.studies.heads.judging.leading import leading_slice
from semascope.studies.heads.judging.slice_recipes import judge_slice_recipes

MAE = get_measure("mae", "regression")
NAN = math.nan


def test_parts_are_the_frequent_values_of_the_held_out_side(make_rows):
    colour = ["red"] * 12 + ["blue"] * 6 + ["rare"] * 4 + ["red"] * 20
    rows = make_rows(np.arange(42.0), test=list(range(22)), slices={"colour": colour, "all": ["x"] * 42})
    found = parts_of(rows)
    assert [(part.column, part.value, int(part.rows.sum())) for part in found] == [
        ("colour", "red", 32),
        ("colour", "blue", 6),
        ("all", "x", 42),
    ]


def test_many_values_are_cut_to_the_most_frequent(make_rows):
    values = [f"v{row % 40:02}" for row in range(400)] + ["v07"] * 10
    rows = make_rows(np.arange(410.0), test=list(range(410)), slices={"s": values})
    found = parts_of(rows)
    assert len(found) == MOST_SLICES
    assert found[0].value == "v07"


def test_leaked_rows_and_values_without_a_target_make_no_part(make_rows):
    truth = [*[1.0] * 10, *[NAN] * 6, 0.0, 9.0]
    values = ["a"] * 6 + ["b"] * 4 + ["blank"] * 6 + ["c"] * 2
    rows = make_rows(truth, test=list(range(16)), slices={"s": values}, leaked=(0,))
    assert [part.value for part in parts_of(rows)] == ["a"]  # five clean rows; b has four


def test_a_split_gives_the_rows_and_the_measure_of_each_part(make_rows):
    truth = np.array([[0.0, 0.0], [2.0, NAN], [4.0, NAN], *[[1.0, 1.0]] * 6, [9.0, 9.0]])
    values = ["a", "a", "b", *["a"] * 3, *["b"] * 3, "gone"]
    rows = make_rows(truth, test=list(range(9)), slices={"s": [*values[:3], *["a"] * 3, *["b"] * 4]})
    parts = parts_of(rows)
    # another split holds out rows 1 and 2: a's row is off by 3, b's by 1; neither has the second target
    split = Split(train=np.array([0, *range(3, 10)]), test=np.array([1, 2]))
    found = measure_parts(parts, np.array([[5.0, 0.0], [5.0, 0.0]]), rows, split, measure=MAE)
    assert found == {"s": {"a": {"train": 4, "test": 1, "values": {"t0": 3.0}}}}
    assert [part.value for part in parts] == ["a"]


def test_a_target_that_only_some_rows_of_a_part_have_is_measured_on_these(make_rows):
    truth = np.array([[0.0, 1.0], [2.0, NAN], *[[1.0, 1.0]] * 8])
    rows = make_rows(truth, test=list(range(6)), slices={"s": ["a"] * 10})
    split = Split(train=np.arange(2, 10), test=np.array([0, 1]))
    found = measure_parts(parts_of(rows), np.array([[3.0, 3.0], [3.0, 9.0]]), rows, split, measure=MAE)
    assert found["s"]["a"]["values"] == {"t0": 2.0, "t1": 2.0}  # off by 3 and 1; by 2 alone


def record(repeats: list[dict[str, tuple[int, int, dict[str, float]]] | None]) -> dict:
    """A record of repeats; each gives (train, test, values) by value of the column ``s``; None: none was measured."""
    return {
        "repeats": [
            {"repeat": place, "train": 90, "test": 30, "values": {"t0": 0.0}}
            | (
                {}
                if parts is None
                else {
                    "slices": {
                        "s": {
                            value: {"train": train, "test": test, "values": values}
                            for value, (train, test, values) in parts.items()
                        }
                    }
                }
            )
            for place, parts in enumerate(repeats)
        ]
    }


def only(value: str, numbers: list[float], *, train: int = 80, test: int = 20) -> list[dict]:
    return [{value: (train, test, {"t0": number})} for number in numbers]


def judged(**records: dict):
    return judge_slice_recipes(records, ["s"], baseline="base", measure=MAE, margin=0.05)


def test_a_value_is_judged_as_a_recipe_on_its_own_rows():
    found = judged(base=record(only("x", [3.0] * 4)), a=record(only("x", [1.0, 2.0, 2.0, 3.0])))
    of_a = found["s", "x"]["a"]
    # Differences -2, -1, -1, 0: mean -1, variance 2/3; error sqrt((1/4 + 20/80) * 2/3); t(3) at 0.975 is 3.182446
    half = 3.182446 * math.sqrt(0.5 * 2 / 3)
    assert (of_a.verdict.low, of_a.verdict.high) == pytest.approx((-1 - half, -1 + half), abs=1e-5)
    assert (of_a.mean, of_a.repeats, of_a.n) == (2.0, 4, 20)
    assert of_a.verdict.margin == pytest.approx(0.15)  # 5 % of the baseline's 3 on these rows
    assert found["s", "x"]["base"].verdict is None


def test_all_rows_as_one_value_say_what_the_study_says(desk, letters):
    rows = [{**row, "all": "x"} for row in letters(80)]
    result = desk.run(rows, slice="all", repeats=4, target=["score", "other"])
    for cell in result.cells:
        (part,) = cell.slices
        assert part.repeat.values == cell.repeat.values
        assert (part.repeat.low, part.repeat.high) == (cell.repeat.low, cell.repeat.high)
        assert (part.repeat.verdict is None) == (cell.id == result.family.baseline)
        if part.repeat.verdict:
            assert part.repeat.verdict.p_holm == result.repeat_family.verdicts[cell.id].p_holm


def test_holm_goes_over_the_values_of_a_column():
    rng = np.random.default_rng(1)
    base, a = rng.normal(3, 0.1, 15), rng.normal(2.8, 0.2, 15)
    alone = judged(base=record(only("x", base)), a=record(only("x", a)))["s", "x"]["a"].verdict
    both = [{"x": (80, 20, {"t0": b}), "y": (80, 20, {"t0": b})} for b in base]
    again = [
        {"x": (80, 20, {"t0": v}), "y": (80, 20, {"t0": b + d})}
        for v, b, d in zip(a, base, rng.normal(0, 0.1, 15), strict=True)
    ]
    paired = judged(base=record(both), a=record(again))
    assert paired["s", "x"]["a"].verdict.p_holm == pytest.approx(2 * alone.p)
    assert paired["s", "x"]["a"].verdict.p == alone.p


def test_splits_without_a_row_of_the_value_are_left_out_and_two_are_too_few():
    base = only("x", [3.0, 3.0, 3.0, 3.0])
    base[1] = {}
    a = only("x", [1.0, 100.0, 2.0, 3.0])
    a[1] = {}
    found = judged(base=record(base), a=record(a))["s", "x"]["a"]
    assert (found.repeats, found.mean) == (3, 2.0)
    base[2], a[2] = {}, {}
    assert judged(base=record(base), a=record(a)) == {}


def test_a_target_that_the_value_never_has_is_left_out_and_one_that_it_lacks_once_costs_the_split():
    whole = {"t0": 3.0, "t1": 5.0}
    base = [{"x": (80, 20, whole)}] * 3 + [{"x": (80, 20, {"t0": 9.0})}]
    a = [{"x": (80, 20, {"t0": 2.0, "t1": 4.0})}] * 3 + [{"x": (80, 20, {"t0": 9.0})}]
    found = judged(base=record(base), a=record(a))["s", "x"]
    assert (found["base"].repeats, found["base"].mean) == (3, 4.0)
    # (-1/3 - 1/5) / 2, shares of the baseline's errors
    assert found["a"].verdict.difference == pytest.approx(-4 / 15)


def test_records_of_a_version_that_measured_no_slices_are_not_judged():
    assert judged(base=record([None] * 4), a=record([None] * 4)) == {}
    mixed = judged(base=record(only("x", [3.0] * 4)), a=record([None] * 4))
    assert mixed == {}


def test_a_value_that_never_trains_is_not_judged():
    parts = only("x", [3.0] * 4, train=0)
    assert judged(base=record(parts), a=record(parts)) == {}


def test_what_leads_is_the_repeats_where_there_are_any(desk, letters):
    rows = letters(80)
    repeated = desk.run(rows, slice="lang", repeats=3, output="repeated")
    once = desk.run(rows, slice="lang", repeats=1, output="once")
    for result, of_repeats in ((repeated, True), (once, False)):
        for cell in result.cells:
            for part in cell.slices:
                shown = leading_slice(part)
                assert (part.repeat is not None) == of_repeats
                assert shown.value == (part.repeat.mean if of_repeats else part.estimate.value)
                assert shown.verdict == (part.repeat.verdict if of_repeats else part.verdict)
                assert shown.n == (part.repeat.n if of_repeats else part.n)


def test_a_folder_from_before_keeps_its_slices_of_one_split(desk, letters):
    rows = letters(80)
    desk.run(rows, slice="lang", repeats=3)
    file = desk.folder / "run" / "records.jsonl"
    records = [json.loads(line) for line in file.read_text().splitlines()]
    for one in records:
        for repeat in one["repeats"]:
            del repeat["slices"]
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    again = desk.run(rows, slice="lang", repeats=3)
    assert all(part.repeat is None and part.n for cell in again.cells for part in cell.slices)
