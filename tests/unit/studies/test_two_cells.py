"""One cell against another: the table's own verdict wherever one of them is the baseline."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.bench import Bench, judge_recipes
from semascope.studies.heads.judging.two_cells import judge_two, mirrored

MAE = get_measure("mae", "regression")


@pytest.fixture
def bench(make_rows) -> Bench:
    rng = np.random.default_rng(0)
    rows = make_rows(rng.normal(size=80), test=list(range(60)))
    truth = rows.truth[rows.split.test]
    noise = rng.normal(size=truth.shape)
    raw = {"base": truth + noise, "near": truth + 0.9 * noise, "far": truth + 2.5 * noise}
    study = Study.from_mapping({"data": "x.csv", "text": "a", "target": "b"})
    return Bench(study=study, rows=rows, measure=MAE, baseline="base", truth=truth, raw=raw)


def cell(name: str, repeats: int = 0) -> SimpleNamespace:
    return SimpleNamespace(id=name, repeat=SimpleNamespace(repeats=repeats) if repeats else None)


def test_the_baseline_keeps_the_tables_words_from_either_side(bench):
    table = bench.family(np.arange(60))
    assert (table.verdicts["near"].word, table.verdicts["far"].word) == ("better", "worse")
    for name, turned in (("near", "worse"), ("far", "better")):
        other = table.verdicts[name]
        assert judge_two(bench, {}, (table, None), cell(name), against=cell("base")) == other
        back = judge_two(bench, {}, (table, None), cell("base"), against=cell(name))
        assert (back.word, back.gain, back.difference) == (turned, -other.gain, -other.difference)
        assert (back.low, back.high, back.low90, back.high90) == (
            -other.high,
            -other.low,
            -other.high90,
            -other.low90,
        )
        assert (back.p, back.p_holm, back.margin) == (other.p, other.p_holm, other.margin)
        assert mirrored(back) == other


def test_two_others_have_one_comparison_of_their_own(bench):
    table = bench.family(np.arange(60))
    own = judge_two(bench, {}, (table, None), cell("near"), against=cell("far"))
    near, far = (np.abs(bench.seen(name, MAE) - bench.truth) for name in ("near", "far"))
    assert own.difference == pytest.approx((near - far).mean())
    assert (own.word, own.p_holm) == ("better", own.p)
    assert own.margin == pytest.approx(0.05 * far.mean())


def test_repeats_judge_where_they_lead(bench):
    rng = np.random.default_rng(1)

    def record(error: float) -> dict:
        values = error + 0.01 * rng.normal(size=15)
        return {"repeats": [{"train": 200, "test": 60, "values": {"t0": float(value)}} for value in values]}

    records = {"base": record(1.0), "near": record(0.9), "far": record(0.5)}
    table = bench.family(np.arange(60))
    recipes, _ = judge_recipes(records, baseline="base", measure=MAE, margin=None)
    two = judge_two(bench, records, (table, recipes), cell("far", 15), against=cell("near", 15))
    assert two.word == "better"  # though it is worse on the one split
    assert two.difference == pytest.approx(-0.4, abs=0.02)
    back = judge_two(bench, records, (table, recipes), cell("base", 15), against=cell("far", 15))
    assert back == mirrored(recipes.verdicts["far"])


def test_without_a_row_that_judges_there_is_no_verdict(make_rows, bench):
    from dataclasses import replace

    rows = replace(bench.rows, asked=np.zeros(80, dtype=np.bool_))
    empty = replace(bench, rows=rows)
    assert (
        judge_two(empty, {}, (bench.family(np.arange(60)), None), cell("near"), against=cell("far")) is None
    )
