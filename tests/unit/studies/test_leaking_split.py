"""A given split that leaks must not make a word: the clean rows judge, the leaked ones stand beside them."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.probes.artifact import read_card
from semascope.probes.card import REFITTED
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.bench import Bench, judge_leaks

MAE = get_measure("mae", "regression")


def heads_that_differ_on_copies_alone(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth and two predictions of 160 held-out rows; on the last 60 the second head knows the answer by heart."""
    truth = rng.integers(1, 6, 160).astype(float)
    first = truth + rng.normal(0, 1.2, 160)
    second = truth + rng.normal(0, 1.2, 160)
    second[100:] = truth[100:]
    return truth, first, second


@pytest.mark.parametrize("seed", range(5))
def test_copies_that_one_head_knows_by_heart_make_no_word(make_rows, seed):
    truth, first, second = heads_that_differ_on_copies_alone(np.random.default_rng(seed))
    study = Study.from_mapping({"data": "x.csv", "text": "a", "target": "b"})
    test = list(range(160))
    training = np.array([1.0, 5.0])  # the range that predictions are clipped to
    rows = make_rows(np.r_[truth, training], test=test, leaked=tuple(range(100, 160)))
    raw = {"ridge": first[:, None], "mlp": second[:, None]}
    bench = Bench(study=study, rows=rows, measure=MAE, baseline="ridge", truth=truth[:, None], raw=raw)
    clean = bench.family(np.flatnonzero(bench.judged)).verdicts["mlp"]
    assert clean.n == 100
    assert clean.word in ("unresolved", "equivalent")
    leak = judge_leaks(bench)["mlp"]
    assert leak.verdict_on_all.word == "better"
    assert leak.on_leaked.value == 0.0


def test_groups_on_both_sides_of_a_given_split_leak_too(desk, letters):
    rows = letters(80)
    for number, row in enumerate(rows):  # 20 rows are held out; 10 of them belong to a group that trains
        row["who"] = f"p{number}" if row["side"] == "train" or number % 8 == 0 else "p1"
    result = desk.run(rows, split_column="side", group="who", repeats=None)
    assert (result.rows_test, result.rows_judged) == (20, 10)
    assert all(cell.estimate.n == cell.verdict.n == 10 for cell in result.cells)
    assert all(cell.leak.on_leaked.n == 10 for cell in result.cells)
    assert len(result.held_out.rows) == 10
    assert "on the 10 held-out rows of 10 groups that did not leak" in result.headline[0]


@pytest.mark.parametrize(
    ("copied", "said"),
    [(0, ""), (1, "1 held-out row that also stands"), (2, "2 held-out rows that also stand")],
)
def test_the_card_says_how_many_rows_judged_nothing(desk, letters, copied, said):
    rows = letters(60)
    train, test = ([row for row in rows if row["side"] == side] for side in ("train", "test"))
    for number in range(copied):
        test[number]["body"] = train[number]["body"]
    desk.run(rows, split_column="side", repeats=None)
    measured = read_card(desk.folder / "run" / "winner").measured
    assert measured == REFITTED + (
        f" The given split leaks: {said} in training judged nothing." if said else ""
    )


def test_a_split_of_copies_alone_ends_in_an_answer_that_claims_nothing(desk, letters):
    rows = letters(60)
    texts = [row["body"] for row in rows if row["side"] == "train"]
    for row in rows:
        if row["side"] == "test":
            row["body"] = texts.pop()
    result = desk.run(rows, split_column="side", repeats=None)
    assert result.rows_judged == 0
    assert result.headline[0].startswith("Nothing can be said about “score”: every held-out row")
    assert {cell.verdict.word for cell in result.cells} == {"baseline", "unresolved"}
    assert (desk.folder / "run" / "winner" / "card.json").is_file()


def test_the_page_of_a_split_of_copies_alone_can_be_written(desk, letters):
    from semascope.reports.heads.study import render_report

    rows = letters(60)
    texts = [row["body"] for row in rows if row["side"] == "train"]
    for row in rows:
        if row["side"] == "test":
            row["body"] = texts.pop()
    for target in ("score", ["score", "other"], "mood"):
        head = "logistic" if target == "mood" else "ridge"
        output = "-".join([target] if isinstance(target, str) else target)
        result = desk.run(rows, split_column="side", repeats=None, target=target, head=head, output=output)
        page = render_report(result)
        assert "The split leaks" in page
        assert "Nothing can be said" in page
