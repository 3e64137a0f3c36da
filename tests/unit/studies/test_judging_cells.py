"""Verdicts of a study: families, margins, leaks and recipes, with numbers worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.stats.measures import get_measure
from semascope.stats.results import Family, Verdict
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.bench import (
    Bench,
    judge_leaks,
    judge_recipes,
    judge_slices,
    judge_targets,
    one_family,
)

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")


def ask(**asked) -> Study:
    return Study.from_mapping({"data": "x.csv", "text": "a", "target": "b", **asked})


def bench_of(rows, raw: dict, *, baseline: str = "base", measure=MAE, **asked) -> Bench:
    test = rows.split.test
    return Bench(
        study=ask(**asked),
        rows=rows,
        measure=measure,
        baseline=baseline,
        truth=rows.truth[test],
        raw={
            cell: np.asarray(values, dtype=np.float64).reshape(len(test), -1) for cell, values in raw.items()
        },
    )


def verdict(
    p: float, *, gain: float = 1.0, low90: float = 0.5, high90: float = 1.5, reason: str = ""
) -> Verdict:
    return Verdict(
        word="unresolved" if reason else "better",
        difference=-gain,
        gain=gain,
        low=-2.0,
        high=-0.1,
        low90=low90,
        high90=high90,
        p=p,
        p_holm=p,
        margin=0.2,
        n=50,
        reason=reason,
    )


def family(**verdicts: Verdict) -> Family:
    base = replace(verdict(1.0), word="baseline")
    return Family(
        measure="mae", baseline="base", margin=0.2, test="", interval="", verdicts={"base": base, **verdicts}
    )


def test_holm_goes_over_all_comparisons_of_a_family_of_families():
    # p 0.01, 0.03, 0.04: 3 x 0.01, then 2 x 0.03, then 0.04 raised to the one before it
    first, second = one_family([family(a=verdict(0.01), b=verdict(0.04)), family(a=verdict(0.03))])
    assert first["a"].p_holm == pytest.approx(0.03)
    assert first["b"].p_holm == pytest.approx(0.06)
    assert second["a"].p_holm == pytest.approx(0.06)
    assert (first["a"].word, first["b"].word, second["a"].word) == ("better", "unresolved", "unresolved")
    assert first["base"].word == "baseline"


def test_a_reason_keeps_a_verdict_open_and_equivalence_needs_no_p():
    found = one_family(
        [family(a=verdict(0.001, reason="only 4 groups"), b=verdict(0.9, low90=-0.1, high90=0.1))]
    )[0]
    assert (found["a"].word, found["b"].word) == ("unresolved", "equivalent")
    worse = one_family([family(a=verdict(0.001, gain=-1.0))])[0]
    assert worse["a"].word == "worse"


def noisy(rows, rng, spread: float) -> np.ndarray:
    return rows.truth[rows.split.test] + rng.normal(0, spread, rows.truth[rows.split.test].shape)


def test_targets_form_one_family_of_their_own(make_rows):
    rng = np.random.default_rng(0)
    rows = make_rows(rng.normal(0, 10, (80, 3)), test=list(range(40)))
    raw = {"base": noisy(rows, rng, 3), "a": noisy(rows, rng, 2.2), "b": noisy(rows, rng, 2.6)}
    bench = bench_of(rows, raw)
    records = {cell: {"measures": {"mae": {"t0": 1.0, "t1": 2.0, "t2": 3.0}}} for cell in raw}
    found = judge_targets(bench, records)
    alone = [bench.family(np.arange(40), target=place).verdicts for place in range(3)]
    ps = sorted((alone[place][cell].p, place, cell) for place in range(3) for cell in "ab")
    highest = 0.0
    for rank, (p, place, cell) in enumerate(ps):
        highest = max(highest, min(1.0, p * (6 - rank)))
        assert found[cell][place].verdict.p_holm == pytest.approx(highest)
    assert any(
        found[cell][place].verdict.p_holm > alone[place][cell].p_holm for place in range(3) for cell in "ab"
    )
    assert [part.verdict for part in found["base"]] == [None] * 3
    assert [(part.target, part.measures["mae"]) for part in found["a"]] == [
        ("t0", 1.0),
        ("t1", 2.0),
        ("t2", 3.0),
    ]


def test_one_target_has_no_family_of_targets(make_rows):
    rows = make_rows(np.arange(20.0), test=list(range(10)))
    assert judge_targets(bench_of(rows, {"base": np.zeros(10)}), {}) == {"base": []}


def test_slices_hold_the_rows_of_their_value_and_share_one_family_a_column(make_rows):
    truth = np.arange(40.0)
    colour = ["red"] * 12 + ["blue"] * 6 + ["rare"] * 2 + ["red"] * 20
    truth = np.concatenate([truth, [-99, 99]])  # so that nothing is clipped
    rows = make_rows(truth, test=list(range(20)), slices={"colour": [*colour, "x", "x"]})
    sign = np.tile([1.0, -1.0], 10)
    near = truth[:20] + np.where(np.arange(20) < 12, 1.0, 0.5) * sign
    bench = bench_of(rows, {"base": truth[:20] + 2 * sign, "near": near})
    found = judge_slices(bench)
    assert [(part.value, part.n, part.estimate.value) for part in found["near"]] == [
        ("red", 12, 1.0),
        ("blue", 6, 0.5),
    ]
    ps = [bench.family(np.arange(12)).verdicts["near"].p, bench.family(np.arange(12, 18)).verdicts["near"].p]
    assert [part.verdict.p_holm for part in found["near"]] == pytest.approx(
        [min(1, 2 * ps[0]), max(min(1, 2 * ps[0]), ps[1])]
    )
    assert [part.verdict for part in found["base"]] == [None, None]


def test_a_margin_is_a_share_of_the_baselines_error_on_the_same_rows(make_rows):
    rows = make_rows([0.0] * 20 + [-9, 9], test=list(range(20)))
    bench = bench_of(rows, {"base": [2.0] * 10 + [4.0] * 10, "a": [1.0] * 20}, margin=0.1)
    assert bench.family(np.arange(20)).margin == pytest.approx(0.3)  # of a mean error of 3
    assert bench.family(np.arange(10)).margin == pytest.approx(0.2)
    default = bench_of(rows, {"base": [2.0] * 20, "a": [1.0] * 20})
    assert default.family(np.arange(20)).margin == pytest.approx(0.1)  # 5 % of 2


def test_a_margin_over_several_targets_stays_a_share(make_rows):
    truth = np.zeros((22, 2))
    truth[-2:] = [[-9, -9], [9, 9]]
    truth[10:20, 1] = math.nan
    rows = make_rows(truth, test=list(range(20)))
    raw = {"base": np.full((20, 2), 2.0), "a": np.full((20, 2), 1.0)}
    bench = bench_of(rows, raw, margin=0.1)
    assert bench.family(np.arange(20)).margin == pytest.approx(0.1)
    # Where one target alone is known, the difference is in its own unit, and so is the margin.
    assert bench.family(np.arange(10, 20)).margin == pytest.approx(0.2)
    assert bench.family(np.arange(10, 20)).verdicts["a"].difference == pytest.approx(-1.0)


def test_a_margin_of_a_share_of_hits_is_a_difference(make_rows):
    rows = make_rows([0, 1] * 20, test=list(range(20)), classes=("no", "yes"))
    bench = bench_of(rows, {"base": [0] * 20, "a": [1] * 20}, margin=0.1, measure=ACCURACY)
    assert bench.family(np.arange(20)).margin == 0.1


def test_leaked_rows_judge_nothing_and_stand_beside_with_their_own_differences(make_rows):
    truth = [0.0] * 8 + [-9.0, 9.0]
    asked = [True] * 7 + [False] * 3
    rows = make_rows(truth, test=list(range(8)), leaked=(0, 1, 7), judged=asked)
    bench = bench_of(rows, {"base": [0, 0, 2, 2, 2, 2, 6, 8], "x": [4, 2, 1, 1, 1, 1, 5, 8]})
    assert bench.judged.tolist() == [False, False, True, True, True, True, True, False]
    chosen = np.flatnonzero(bench.judged)
    assert bench.estimate("base", chosen).value == pytest.approx(14 / 5)
    assert bench.family(chosen).verdicts["x"].difference == pytest.approx(-1.0)
    found = judge_leaks(bench)["x"]
    assert (found.leaked, found.on_leaked.n, found.on_all.n) == (2, 2, 7)
    assert found.on_leaked.value == pytest.approx(3.0)
    assert found.verdict_on_leaked.difference == pytest.approx(3.0)
    assert found.verdict_on_all.difference == pytest.approx(1 / 7)
    clean = make_rows(truth, test=list(range(8)))
    assert judge_leaks(bench_of(clean, {"base": [0] * 8})) == {"base": None}


def test_slices_are_of_clean_rows(make_rows):
    truth = [0.0] * 12 + [-9.0, 9.0]
    rows = make_rows(truth, test=list(range(12)), leaked=(0, 1), slices={"s": ["a"] * 7 + ["b"] * 7})
    bench = bench_of(rows, {"base": [9, 9, *[1.0] * 10]})
    found = judge_slices(bench)["base"]
    assert [(part.value, part.n, part.estimate.value) for part in found] == [("a", 5, 1.0), ("b", 5, 1.0)]


def test_a_split_on_which_every_row_leaks_has_no_number_and_no_word(make_rows):
    rows = make_rows([0.0] * 8 + [-9.0, 9.0], test=list(range(8)), leaked=tuple(range(8)))
    bench = bench_of(rows, {"base": [1.0] * 8, "x": [2.0] * 8})
    chosen = np.flatnonzero(bench.judged)
    found = bench.family(chosen).verdicts
    assert (found["base"].word, found["x"].word) == ("baseline", "unresolved")
    assert found["x"].reason == "every held-out row, or its group, also stands in training"
    assert math.isnan(found["x"].difference)
    estimate = bench.estimate("x", chosen)
    assert math.isnan(estimate.value)
    assert estimate.reason == "every held-out row, or its group, also stands in training"
    assert judge_leaks(bench)["x"].on_all.value == 2.0


def test_rows_without_a_group_are_groups_of_their_own(make_rows):
    groups = ["a", "a", "b", "", " ", "", *["c"] * 4]
    rows = make_rows(np.arange(10.0), test=[0, 1, 2, 3, 4, 5], groups=groups)
    rows = replace(rows, components=np.array([0, 0, 1, 2, 3, 4, 5, 5, 5, 5]))  # as the split joins them
    bench = bench_of(rows, {"base": np.zeros(6), "x": np.ones(6)})
    assert len(set(bench.groups(np.arange(6)))) == 5
    assert bench.family(np.arange(6)).verdicts["x"].groups == 5
    assert bench_of(make_rows(np.arange(4.0), test=[0, 1]), {"base": [0, 0]}).groups(np.arange(2)) is None


def recipe(values: list[float], *, train: int = 80, test: int = 20) -> dict:
    return {
        "repeats": [
            {"repeat": place, "train": train, "test": test, "values": {"b": value}}
            for place, value in enumerate(values)
        ]
    }


def test_recipes_carry_the_correction_for_overlapping_splits():
    records = {"base": recipe([3.0, 3.0, 3.0, 3.0]), "a": recipe([1.0, 2.0, 2.0, 3.0])}
    found, results = judge_recipes(records, baseline="base", measure=MAE, margin=0.1)
    # Differences -2, -1, -1, 0: mean -1, variance 2/3; error sqrt((1/4 + 20/80) * 2/3); t(3) at 0.975 is 3.182446
    half = 3.182446 * math.sqrt(0.5 * 2 / 3)
    one = found.verdicts["a"]
    assert (one.difference, one.low, one.high) == pytest.approx((-1.0, -1 - half, -1 + half), abs=1e-5)
    assert found.margin == pytest.approx(0.3)
    assert results["a"].values == [1.0, 2.0, 2.0, 3.0]
    assert (results["a"].mean, results["a"].low) == pytest.approx((2.0, 2 - half), abs=1e-5)
    assert results["base"].verdict is None


@pytest.mark.parametrize(
    ("name", "kind", "values", "ends"),
    [
        ("mae", "regression", [0.0, 0.0, 9.0], (0.0, None)),  # 3 and more than 3 on either side
        ("accuracy", "classification", [0.0, 0.9, 0.9], (0.0, 1.0)),
        ("r2", "regression", [-3.0, 0.9, 0.9], (None, 1.0)),
        ("spearman", "regression", [-0.9, 0.9, 0.9], (-1.0, 1.0)),
    ],
)
def test_the_interval_of_a_recipe_ends_where_its_measure_does(name, kind, values, ends):
    measure = get_measure(name, kind)
    records = {"base": recipe([0.5] * 3), "a": recipe(values)}
    result = judge_recipes(records, baseline="base", measure=measure, margin=None)[1]["a"]
    assert result is not None
    mean = sum(values) / 3
    variance = sum((value - mean) ** 2 for value in values) / 2
    half = 4.302653 * math.sqrt((1 / 3 + 20 / 80) * variance)  # t(2) at 0.975
    expected = [
        plain if end is None else end for plain, end in zip((mean - half, mean + half), ends, strict=True)
    ]
    assert [result.low, result.high] == pytest.approx(expected, abs=1e-5)
    assert result.verdict is not None
    assert result.verdict.high - result.verdict.low == pytest.approx(
        2 * half, abs=1e-4
    )  # of differences: as it is


def test_one_split_says_nothing_about_recipes():
    records = {"base": {"repeats": []}, "a": {"repeats": []}}
    assert judge_recipes(records, baseline="base", measure=MAE, margin=None) == (
        None,
        {"base": None, "a": None},
    )


def test_recipes_of_some_rows_are_corrected_by_the_share_of_those_rows(desk, letters):
    desk.run(letters(120), headline="lang=fr", repeats=3)  # a third of the rows
    for one in desk.records()["median"]["repeats"]:
        assert one["train"] + one["test"] == 40
        assert 0.1 < one["test"] / one["train"] < 0.5  # a fifth held out is 0.25; 8 of 96 would be 0.08


def test_copies_of_a_text_count_once(make_rows):
    """Ten copies of a text say the same thing ten times: rows would look like more evidence than they are."""
    rows = make_rows(np.arange(120.0), test=list(range(100)))
    copied = replace(rows, components=np.concatenate([np.arange(100) // 10, np.arange(100, 120)]))
    bench = bench_of(copied, {"base": np.zeros(100), "x": np.ones(100)})
    assert bench.family(np.arange(100)).verdicts["x"].groups == 10
    one_pair = replace(rows, components=np.array([0, 0, *range(1, 119)]))
    assert len(set(bench_of(one_pair, {"base": np.zeros(100)}).groups(np.arange(100)))) == 99
    assert bench_of(rows, {"base": np.zeros(100)}).groups(np.arange(100)) is None


@pytest.mark.parametrize(("won", "lost", "word"), [(8, 1, "better"), (1, 8, "worse"), (5, 4, "unresolved")])
def test_one_pair_of_copies_switches_no_word(make_rows, won, lost, word):
    """In 99 rows and in 101, that is on either side of one copy in a hundred rows."""
    for n in (99, 101):
        rows = make_rows([0, 1] * n, test=list(range(n)), classes=("no", "yes"))
        truth = rows.truth[:n, 0]
        base, other = truth.copy(), truth.copy()
        base[:won], other[won : won + lost] = 1 - base[:won], 1 - other[won : won + lost]
        found = []
        for twin in (n - 2, 0):  # of two rows on which both are right, and of two that were won or lost
            paired = np.arange(2 * n)
            paired[twin + 1] = twin
            bench = bench_of(replace(rows, components=paired), {"base": base, "x": other}, measure=ACCURACY)
            found.append(bench.family(np.arange(n)).verdicts["x"])
        single = bench_of(rows, {"base": base, "x": other}, measure=ACCURACY)
        plain = single.family(np.arange(n)).verdicts["x"]
        assert [one.word for one in (plain, *found)] == [word] * 3
        assert [one.reason for one in (plain, *found)] == [""] * 3
        assert found[0].p == plain.p
        assert (found[0].low, found[0].high) == pytest.approx((plain.low, plain.high), abs=0.001)


def test_a_slice_that_allows_no_claim_costs_the_others_nothing():
    closed = replace(verdict(math.nan, reason="only 4 groups"), low90=math.nan, high90=math.nan)
    twin = replace(
        verdict(1.0), word="equivalent", difference=0.0, gain=0.0, low=0.0, high=0.0, low90=0.0, high90=0.0
    )
    found = one_family([family(a=verdict(0.03)), family(a=closed), family(a=twin), family(a=verdict(0.02))])
    # two were made: 2 x 0.02, then 0.03 raised to the one before it
    assert [part["a"].p_holm for part in found] == pytest.approx([0.04, math.nan, 1.0, 0.04], nan_ok=True)
    assert [part["a"].word for part in found] == ["better", "unresolved", "equivalent", "better"]


def test_a_word_that_the_wide_correction_takes_says_so():
    alone = family(a=replace(verdict(0.04, gain=1.0), word="better"))
    found = one_family([alone, family(a=verdict(0.9)), family(a=verdict(0.9))])[0]["a"]
    assert found.word == "unresolved"
    assert found.reason == "not significant after Holm over all 3 comparisons of this table"
