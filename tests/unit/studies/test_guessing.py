"""What one answer for all reaches, and that nothing is claimed where nothing is there."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.splits import make_folds
from semascope.probes.head import make_head
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import fit_cell
from semascope.studies.heads.judging.bench import Bench
from semascope.studies.heads.judging.guessing import judge_guess, ranking_by_luck

CONSTANTS = {"regression": ("mean", "median"), "classification": ("majority",)}
STUDY = {"data": "x.csv", "text": "a", "target": "b"}


def sparse(n: int, *, signal: float, seed: int, targets: int = 2):
    """Vectors, and targets of 0 to 3 that are 0 in 70 of 100 rows; hidden scores are linear in the vectors."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 8)).astype(np.float32)
    seen = vectors[:, :targets]
    hidden = signal * seen + np.sqrt(1 - signal**2) * rng.standard_normal((n, targets))
    return vectors, (hidden[:, :, None] > [0.5244, 1.0364, 1.7]).sum(axis=2).astype(np.float64)


def guess_of(
    make_rows,
    vectors,
    truth,
    *,
    measure="mae",
    reader="ridge",
    classes=(),
    baseline=None,
    repeats=(),
    judged=None,
    ranking=None,
):
    """The guess and its bench; ``ranking`` stands for what the reader's ranking of the training rows was."""
    n = len(truth)
    rows = make_rows(truth, test=list(range(0, n, 3)), classes=classes, judged=judged)
    given = get_measure(measure, rows.kind)
    records, raw, unmapped, selections = {}, {}, {}, {}
    for name in (*CONSTANTS[rows.kind], reader):
        fitted = fit_cell(
            vectors,
            rows,
            factory=lambda name=name: make_head(
                name, kind=rows.kind, measure=measure, target_names=rows.targets
            ),
            measure=given,
            seed=42,
        )
        raw[name], unmapped[name] = fitted.predictions, fitted.unmapped
        selections[name] = float(np.mean(list(fitted.selection.values())))
        records[name] = {
            "cell": {"head": name, "reads": "vectors" if name == reader else "nothing"},
            "choices": fitted.choices,
            "ranking": ranking if ranking and name == reader else fitted.ranking,
            "repeats": [each(name) for each in repeats],
        }
    bench = Bench(
        study=Study.from_mapping(STUDY),
        rows=rows,
        measure=given,
        baseline=baseline or reader,
        truth=rows.truth[rows.split.test],
        raw=raw,
        unmapped=unmapped,
    )
    return judge_guess(bench, records, selections=selections, constants=CONSTANTS[rows.kind]), bench


def test_a_constant_that_nothing_beats_and_a_ranking_that_there_is(make_rows) -> None:
    guess, _ = guess_of(make_rows, *sparse(900, signal=0.4, seed=1))
    assert (guess.cell, guess.head, guess.answers) == ("median", "median", {"t0": 0.0, "t1": 0.0})
    assert guess.shares == pytest.approx({"t0": 0.7, "t1": 0.7}, abs=0.04)
    assert set(guess.verdicts) == {"ridge"}
    assert not guess.beaten
    assert guess.ranks
    assert guess.ranker == "ridge"
    assert 0.15 < guess.ranking.low < guess.ranking.value < 0.45


def test_labels_that_were_shuffled_are_never_a_find(make_rows) -> None:
    for seed in range(20):
        vectors, truth = sparse(300, signal=0.7, seed=seed)
        guess, _ = guess_of(make_rows, vectors, np.random.default_rng(seed).permutation(truth))
        assert not guess.beaten
        assert not guess.ranks


def test_a_ranking_of_few_judged_rows_may_be_luck(make_rows) -> None:
    """A correlation of 0.2 is five standard errors of 600 rows and one of 40; the held-out rows are the same."""
    vectors, truth = sparse(900, signal=0.4, seed=1, targets=1)
    given = {"ranking": {"t0": 0.2}}
    assert guess_of(make_rows, vectors, truth, **given)[0].ranks
    judged = [row % 3 == 0 or row < 60 for row in range(900)]
    few, bench = guess_of(make_rows, vectors, truth, judged=judged, **given)
    assert bench.judged.all()
    assert few.ranking.low > 0
    assert not few.ranks
    truth[~np.array(judged)] = np.nan  # likewise where the other training rows lack the target
    assert not guess_of(make_rows, vectors, truth, **given)[0].ranks


def test_what_a_ranking_reaches_by_luck(make_rows) -> None:
    """Three folds of 9 rows: the mean of three correlations of variance 1 / 8 each."""
    ranks = np.arange(27.0)
    rows = make_rows(np.column_stack([np.append(ranks, 0), np.append(ranks, 0)]), test=[27])
    assert ranking_by_luck(rows, seed=1) == pytest.approx((1 / 8 / 3) ** 0.5)
    twins = make_rows(np.append(ranks, 0), test=[27], components=[*np.arange(27) // 2, 99])
    assert ranking_by_luck(twins, seed=1) == pytest.approx((1 / 3.67 / 3) ** 0.5, rel=0.05)  # 14 units
    fold = make_folds(np.arange(27), strata=None, folds=3, seed=1)
    lone = np.where(fold == 1, ranks, 0.0)  # the other folds have nothing to rank
    both = make_rows(np.column_stack([np.append(ranks, 0), np.append(lone, 0)]), test=[27])
    assert ranking_by_luck(both, seed=1) == pytest.approx((1 / 8) ** 0.5)
    assert ranking_by_luck(make_rows(np.zeros(28), test=[27]), seed=1) == np.inf


def test_vectors_that_tell_more_beat_it(make_rows) -> None:
    guess, _ = guess_of(make_rows, *sparse(900, signal=0.85, seed=2))
    assert guess.beaten_by("ridge")
    assert not guess.beaten_by("mean")
    assert guess.ranking is None  # nothing needs to be said in its place


def test_a_measure_that_no_constant_has_leaves_nothing_to_beat(make_rows) -> None:
    assert guess_of(make_rows, *sparse(300, signal=0.7, seed=3), measure="spearman")[0] is None


def test_squared_errors_are_held_against_the_mean(make_rows) -> None:
    guess, _ = guess_of(make_rows, *sparse(900, signal=0.7, seed=3), measure="rmse")
    assert guess.cell == "mean"
    assert guess.beaten_by("ridge")
    assert guess.shares == {"t0": 0.0, "t1": 0.0}  # no row has the mean itself


def test_a_class_is_named_and_has_no_ranking(make_rows) -> None:
    rng = np.random.default_rng(4)
    vectors, truth = rng.standard_normal((300, 4)).astype(np.float32), (rng.random(300) < 0.1).astype(float)
    guess, _ = guess_of(
        make_rows, vectors, truth, measure="accuracy", reader="logistic", classes=("calm", "storm")
    )
    assert guess.answers == {"t0": "calm"}
    assert guess.shares["t0"] == pytest.approx(0.9, abs=0.05)
    assert (guess.beaten, guess.ranking, guess.ranker) == (False, None, "")


def test_a_constant_that_is_the_baseline_keeps_the_words_of_the_table(make_rows) -> None:
    guess, bench = guess_of(make_rows, *sparse(400, signal=0.6, seed=5), baseline="median")
    family = bench.family(np.flatnonzero(bench.judged))
    assert guess.verdicts["ridge"] == family.verdicts["ridge"]


def test_repeated_splits_judge_where_there_are_enough(make_rows) -> None:
    def clear(name: str) -> dict:
        return {"train": 200, "test": 100, "values": {"t0": 0.2 if name == "ridge" else 0.5}}

    def wobbling(number: int):
        def repeat(name: str) -> dict:
            found = clear(name)
            wobble = 0.001 * number if name == "ridge" else 0.0
            return found | {"values": {"t0": found["values"]["t0"] + wobble}}

        return repeat

    vectors, truth = sparse(300, signal=0.0, seed=6, targets=1)
    guess, _ = guess_of(make_rows, vectors, truth, repeats=[wobbling(number) for number in range(15)])
    assert guess.beaten_by("ridge")  # over the repeats; the one split holds nothing
    alone, _ = guess_of(make_rows, vectors, truth, repeats=[clear, clear])
    assert not alone.beaten


def test_a_study_says_so_first(desk, letters) -> None:
    rows = letters(150)
    values = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 3], [105, 22, 15, 8]))
    rows = [row | {"score": int(value)} for row, value in zip(rows, values, strict=True)]
    result = desk.run(rows, repeats=1)
    assert result.headline[0].startswith(
        "By mean absolute error nothing is shown to beat always answering 0, the median, for “score”: "
    )
    assert any("exactly right on 7" in sentence for sentence in result.headline)
    assert any(
        "Nor is a ranking shown: the Spearman correlation of ridge is" in one for one in result.headline
    )
    assert not any("better" in sentence for sentence in result.headline)
    record = desk.records()["hash:16 · default · 16 · ridge"]
    assert set(record["ranking"]) == {"score"}
    assert set(record["choices"]["median_map"]["score"]) == {"with", "without"}
    assert record["measures"]["spearman"]["score"] is not None  # of the line: the map answers 0 to all
