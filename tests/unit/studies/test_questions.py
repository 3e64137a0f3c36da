"""The questions of a study: which cells answer them, and in which words."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.bench import Bench
from semascope.studies.heads.judging.questions import _of_units, ask_questions
from semascope.studies.heads.telling.questions_words import CONTEXT, HEADS, TRADE, TRUNCATION, TUNED, answers

MAE = get_measure("mae", "regression")
FAR = {  # error of every cell; what it reads, seconds for 1,000 texts, share of the tokens that it loses
    "ridge": (1.0, "vectors", 2.0, 0.3),
    "mlp": (0.9, "vectors", 2.1, 0.3),
    "long · ridge": (0.5, "vectors", 9.0, 0.0),
    "long · mlp": (0.6, "vectors", 9.5, 0.0),
    "tuned": (0.3, "texts", 2.2, 0.3),
    "slow": (0.45, "texts", 30.0, 0.3),
}


def head_of(name: str) -> str:
    return name.rsplit(" · ", 1)[-1]


@pytest.fixture
def world(make_rows):
    rng = np.random.default_rng(0)
    rows = make_rows(rng.uniform(-3, 3, size=240), test=list(range(80, 240)))
    truth = rows.truth[rows.split.test]
    signs = rng.choice([-1.0, 1.0], size=truth.shape)
    noise = rng.uniform(0.9, 1.1, size=(len(FAR), *truth.shape))
    raw = {name: truth + signs * far[0] * each for (name, far), each in zip(FAR.items(), noise, strict=True)}
    study = Study.from_mapping({"data": "x.csv", "text": "a", "target": "b"})
    bench = Bench(study=study, rows=rows, measure=MAE, baseline="ridge", truth=truth, raw=raw)
    cells = [
        SimpleNamespace(
            id=name, label=name, reads=reads, head=head_of(name), encoder="long" if "long" in name else "short",
            sentence="", long="truncate", dim=8, repeat=None, curve=(),
            costs=SimpleNamespace(tokens_lost_share=lost, truncated_rows=int(lost > 0) * 9, fit_seconds=270.0),
        )
        for name, (_, reads, _, lost) in FAR.items()
    ]  # fmt: skip
    choice = SimpleNamespace(
        advised="tuned",
        standings=[SimpleNamespace(cell=name, value=far[0], seconds=far[2]) for name, far in FAR.items()],
    )
    choice.by_cell = {one.cell: one for one in choice.standings}
    return bench, cells, choice


def errors_of(bench) -> dict[str, np.ndarray]:
    """(m,) of every cell, after clipping to the range of the training labels."""
    train = bench.rows.truth[bench.rows.split.train]
    return {
        name: np.abs(np.clip(values, train.min(), train.max()) - bench.truth)[:, 0]
        for name, values in bench.raw.items()
    }


def ask(world, **more):
    bench, cells, choice = world
    kept = more.get("cells", cells)
    family = bench.family(np.arange(160))
    over = more.get("over", np.arange(160) < 40)
    return ask_questions(bench, {}, (family, None), kept, choice, over=lambda name: over)


def say(world, found, *, cells=None, long_texts=()):
    bench, every, choice = world
    by_id = {cell.id: cell for cell in (cells or every)}
    figures = {name: float(np.abs(bench.raw[name] - bench.truth).mean()) for name in by_id}
    return {
        each.question: each.answer
        for each in answers(
            found, by_id, choice, long_texts, figures=figures, write=lambda value: f"{value:.2f}",
            amount=lambda verdict, other: f"{100 * abs(verdict.difference) / figures[other.id]:.0f} %",
        )
    }  # fmt: skip


def test_each_side_is_represented_by_its_best_on_the_training_rows(world):
    found = ask(world)
    assert (found.tuned.cell, found.tuned.against) == ("long · ridge", "tuned")
    assert (found.context.cell, found.context.against) == ("long · ridge", "mlp")
    assert found.context.over == 40
    assert found.tuned.verdict.word == "worse"
    errors = errors_of(world[0])
    assert found.tuned.verdict.difference == pytest.approx((errors["long · ridge"] - errors["tuned"]).mean())


def test_cells_that_nothing_dominates_are_the_faster_and_the_better_ones(world):
    found = ask(world)
    # By hand: mlp is better than ridge and slower, tuned better than all and slower than both; the rest is slower and worse.
    assert list(found.undominated) == ["ridge", "mlp", "tuned"]
    assert (found.fastest.cell, found.fastest.against) == ("ridge", "tuned")


def test_heads_are_compared_over_all_vectors_that_each_was_fitted_on(world):
    found = ask(world)
    errors = errors_of(world[0])
    ridge = (errors["ridge"] + errors["long · ridge"]) / 2
    mlp = (errors["mlp"] + errors["long · mlp"]) / 2
    assert set(found.heads.verdicts) == {"ridge", "mlp"}
    assert found.heads.verdicts["mlp"].difference == pytest.approx((mlp - ridge).mean())


def test_vectors_that_one_head_alone_was_fitted_on_are_left_out(world):
    bench, cells, _ = world
    found = ask(world, cells=[cell for cell in cells if cell.id != "long · mlp"])
    errors = errors_of(bench)
    assert found.heads.verdicts["mlp"].difference == pytest.approx((errors["mlp"] - errors["ridge"]).mean())
    assert ask(world, cells=[cell for cell in cells if cell.head != "mlp"]).heads is None


def test_the_answers_in_words(world):
    said = say(world, ask(world))
    assert said[TUNED].startswith("No: long · ridge is ")
    assert said[TUNED].endswith("The training took 4 min 30 s.")
    assert "long · ridge reads the texts whole, mlp loses 30.0 % of all tokens" in said[CONTEXT]
    assert said[TRADE].startswith("Yes, that is a choice to make: ridge is ")
    assert "at nine tenths of the cost (2.0 s for 1,000 texts against 2.2 s)" in said[TRADE]
    assert "nothing is both better and faster than mlp" in said[TRADE]
    assert said[TRUNCATION].startswith("That cannot be told from these cells")
    assert "short 30.0 %" in said[TRUNCATION]
    assert said[HEADS].split(":")[0] in ("ridge", "mlp", "That cannot be told from these rows")


def test_a_better_encoder_is_not_taken_for_one_that_reads_more(world):
    """It leads by as much where nothing is cut: what it reads is not why."""
    found = ask(world).context
    errors = errors_of(world[0])
    lead = errors["mlp"] - errors["long · ridge"]
    assert found.on_cut == pytest.approx(lead[:40].mean())
    assert found.on_others == pytest.approx(lead[40:].mean())
    assert found.p == pytest.approx(ttest_ind(lead[:40], lead[40:], equal_var=False).pvalue)
    assert found.on_others > 0.2
    assert not say(world, ask(world))[CONTEXT].startswith("Yes")


def test_a_lead_where_texts_are_cut_alone_speaks_of_what_is_read(world):
    bench, _, _ = world
    bench.raw["long · ridge"][40:] = bench.raw["mlp"][40:]
    found = ask(world).context
    assert found.on_others == 0
    assert found.p < 0.01
    assert say(world, ask(world))[CONTEXT].startswith("Yes: ")
    turned = ask(world, over=np.arange(160) >= 40)
    assert say(world, turned)[CONTEXT].startswith("No, the other way round: ")


def test_few_cut_rows_tell_nothing_of_what_is_read(world):
    found = ask(world, over=np.arange(160) < 4)
    assert np.isnan(found.context.p)
    assert "cuts 4 held-out rows, too few or too many" in say(world, found)[CONTEXT]


def test_false_yes_is_rare_where_nothing_depends_on_what_is_read():
    """Two cells of other quality, and rows that are cut at random: at most 5 % and two standard errors say yes or no."""
    rng, said = np.random.default_rng(3), []
    for _ in range(400):
        cut, lead = rng.random(120) < 0.25, rng.gamma(2.0, 0.3, 120) * rng.choice([-1, 1], 120) + 0.2
        said.append(
            ttest_ind(_of_units(lead, cut, None), _of_units(lead, ~cut, None), equal_var=False).pvalue < 0.05
        )
    assert np.mean(said) < 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5


def test_what_cannot_be_told_says_so_and_how_many_rows_would_tell(world):
    bench, _, _ = world
    rng = np.random.default_rng(5)
    for name, far in (("tuned", 0.5), ("slow", 0.9)):
        bench.raw[name][:] = bench.truth + rng.choice([-1, 1], bench.truth.shape) * rng.exponential(
            far, bench.truth.shape
        )
    found = ask(world)
    assert found.tuned.verdict.word == "unresolved"
    assert "That cannot be told from these rows" in say(world, found)[TUNED]
    assert "held-out rows would settle it" in say(world, found)[TUNED]


def test_a_study_is_asked_only_what_its_cells_can_answer(world):
    _, cells, _ = world
    lone = [cell for cell in cells if cell.id == "long · ridge"]
    found = ask(world, cells=lone)
    assert (found.tuned, found.context, found.heads, found.fastest) == (None, None, None, None)
    assert say(world, found, cells=lone) == {
        TRADE: "No: of the cells that read the texts and whose cost is known, long · ridge is both the best on the training rows and the fastest."
    }


def test_truncation_is_answered_by_the_rows_over_the_limit(world):
    verdict = world[0].family(np.arange(160)).verdicts["mlp"]
    way = SimpleNamespace(cell="long · ridge", over=verdict)
    base = SimpleNamespace(cell="ridge", over=SimpleNamespace(word="baseline"))
    long_texts = [SimpleNamespace(over=33, limit=256, ways=[base, way])]
    said = say(world, ask(world), long_texts=long_texts)[TRUNCATION]
    assert "long · ridge is better on the 33 held-out rows over 256 tokens" in said
    assert said.startswith("Something: ")


def test_given_vectors_are_frozen_ones_of_which_nobody_knows_what_they_lost(world):
    for cell in world[1]:
        if cell.id.startswith("long"):
            cell.reads, cell.costs.tokens_lost_share, cell.costs.truncated_rows = "given", 0.0, 0
    found = ask(world)
    assert (found.tuned.cell, found.tuned.against) == ("long · ridge", "tuned")
    assert found.context is None
    assert set(found.heads.verdicts) == {"ridge", "mlp"}


def test_classes_on_several_vectors_are_compared_head_by_head(desk, letters):
    """A mean of hits over vectors is no hit: judged are the shares that are wrong."""
    result = desk.run(
        letters(120), target="mood", encoder=["hash:8", "hash:16"], head=["logistic", "mlp"], dim=[4, 8]
    )
    answer = {each.question: each for each in result.answers}[HEADS]
    truth = result.held_out.truth[:, 0]
    wrong = {
        head: np.mean(
            [
                result.held_out.predictions[cell.id][:, 0] != truth
                for cell in result.cells
                if cell.head == head
            ],
            axis=0,
        )
        for head in ("logistic", "mlp")
    }
    assert answer.verdict.difference == pytest.approx((wrong["mlp"] - wrong["logistic"]).mean())
    accuracy = 1 - wrong["logistic"].mean()
    expected = get_measure("accuracy", "classification").margin_around(None, np.array([accuracy]))
    assert answer.verdict.margin == pytest.approx(expected)


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["worse"], "Nothing: the beginning alone does better"),
        (["worse", "equivalent"], "Nothing that counts"),
        (["worse", "unresolved"], "That cannot be told"),
        (["better", "unresolved"], "Something"),
    ],
)
def test_what_truncation_costs_follows_the_words(world, words, start):
    verdict = world[0].family(np.arange(160)).verdicts["mlp"]
    ways = [SimpleNamespace(cell="long · ridge", over=replace(verdict, word=word)) for word in words]
    said = say(world, ask(world), long_texts=[SimpleNamespace(over=33, limit=256, ways=ways)])
    assert said[TRUNCATION].startswith(start)


def test_the_verdict_of_the_heads_is_that_of_the_head_that_is_named(world):
    bench, cells, _ = world
    found = ask(world)
    family = found.heads
    far = replace(family.verdicts["mlp"], word="better", gain=0.5)
    near = replace(family.verdicts["mlp"], word="better", gain=0.1)
    verdicts = {"ridge": family.verdicts["ridge"], "mlp": near, "boosting": far}
    answer = next(
        each
        for each in answers(
            replace(found, heads=replace(family, verdicts=verdicts)),
            {cell.id: cell for cell in cells},
            world[2],
            (),
            figures=dict.fromkeys(FAR, 1.0),
            write=str,
            amount=lambda verdict, other: "",
        )
        if each.question == HEADS
    )
    assert answer.answer.startswith("boosting:")
    assert answer.verdict is far
    assert bench.measure.is_mean
