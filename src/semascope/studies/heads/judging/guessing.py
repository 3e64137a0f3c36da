"""What always giving one answer reaches, and whether the cells that read the texts beat it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import make_folds
from semascope.stats.measures import get_measure
from semascope.stats.repeats import FEWEST_REPEATS
from semascope.studies.heads.asking.rows import SELECTION_FOLDS
from semascope.studies.heads.computing.fit import selecting_shares
from semascope.studies.heads.judging.bench import judge_recipes
from semascope.studies.heads.result import Guess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.judging.bench import Bench
    from semascope.types import Mask

REAL = 1.96
"""Standard errors by which the training rows must be ranked before a ranking of the held-out rows is spoken of: a
correlation of n rows without a link has the standard error 1 / sqrt(n - 1), see ``ranking_by_luck``."""


def judge_guess(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    *,
    selections: Mapping[str, float],
    constants: Sequence[str],
    among: Mask | None = None,
) -> Guess | None:
    """Every cell that reads texts against the best constant of the training rows.

    Parameters
    ----------
    selections
        By cell id, what the training rows chose by: the constant, too, is chosen there.
    constants
        Ids of the heads that read nothing.
    among
        (n,) training rows that choose; None: all of them.

    Returns
    -------
    Guess or None
        None where the measure of every constant is undefined, or nothing else was computed.
    """
    measure = bench.measure
    known = {
        name: selections[name] for name in constants if name in bench.raw and math.isfinite(selections[name])
    }
    readers = [
        name for name in bench.raw if name not in constants and records[name]["cell"]["reads"] != "column"
    ]
    if not known or not readers:
        return None
    best = measure.best(known)
    chosen = np.flatnonzero(bench.judged)
    # the primary family stays what it is
    compared = list(bench.raw) if best == bench.baseline else [best, *readers]
    against = replace(bench, baseline=best, raw={name: bench.raw[name] for name in compared})
    asked = {name: records[name] for name in compared}
    recipes, repeats = judge_recipes(asked, baseline=best, measure=measure, margin=bench.study.margin)
    repeated = repeats[best]
    lead = recipes if recipes and repeated and repeated.repeats >= FEWEST_REPEATS else against.family(chosen)
    verdicts = lead.verdicts
    answers = _answers(records[best], bench.rows)
    guess = Guess(
        cell=best,
        head=str(records[best]["cell"]["head"]),
        answers={
            name: bench.rows.classes[int(value)] if bench.rows.classes else value
            for name, value in answers.items()
        },
        shares={name: _share(bench.rows, name, value) for name, value in answers.items()},
        verdicts={name: verdicts[name] for name in readers},
    )
    return guess if guess.beaten else _with_ranking(guess, bench, records, chosen, among)


def _answers(record: Mapping[str, Any], rows: Rows) -> dict[str, float]:
    """What a constant answers, by target: numbers, or a class index."""
    choices = record["choices"]
    if "class" in choices:
        return {rows.targets[0]: float(choices["class"])}
    return {name: float(choices["constant"][name]) for name in rows.targets}


def _share(rows: Rows, target: str, value: float) -> float:
    truth = rows.truth[rows.split.train, list(rows.targets).index(target)]
    return float(np.mean(truth[np.isfinite(truth)] == value))


def _with_ranking(
    guess: Guess, bench: Bench, records: Mapping[str, Mapping[str, Any]], chosen: Any, among: Mask | None
) -> Guess:
    """The guess with what the vectors give although nothing beats it: a ranking, where there is one."""
    if bench.rows.classes:
        return guess
    found = {name: _mean(records[name]["ranking"]) for name in guess.verdicts}
    ranker = max(found, key=lambda name: found[name])
    estimate = replace(bench, measure=get_measure("spearman", "regression")).estimate(ranker, chosen)
    luck = ranking_by_luck(bench.rows, seed=bench.study.seed, among=among)
    return replace(
        guess,
        ranker=ranker,
        ranking=estimate,
        ranks=bool(found[ranker] > REAL * luck and estimate.low > 0),
    )


def ranking_by_luck(rows: Rows, *, seed: int, among: Mask | None = None) -> float:
    """The standard error of the training rows' Spearman correlation where there is no link, of the target that has the most.

    It is a mean over folds, of the rows that are judged and have the target; copies and groups count as one. Infinite where
    no fold can be ranked.

    Parameters
    ----------
    seed
        Of the study: it deals the folds.
    among
        (n,) training rows that rank; None: all of them.
    """
    train = rows.split.train
    ranks = rows.judged[train] if among is None else rows.judged[train] & among
    components, known = rows.components[train], np.isfinite(rows.truth[train])
    fold = make_folds(components, strata=rows.strata, folds=SELECTION_FOLDS, seed=seed)
    parts = [ranks & (fold == number) for number in range(SELECTION_FOLDS)]
    shares = selecting_shares(parts, rows, get_measure("spearman", "regression"))
    found = []
    for place in np.flatnonzero(shares.any(axis=0)):
        units = np.array([len(np.unique(components[part & known[:, place]])) for part in parts])
        of_fold = np.divide(
            shares[:, place] ** 2, units - 1, out=np.full(len(parts), np.inf), where=units > 1
        )
        found.append(of_fold[shares[:, place] > 0].sum() ** 0.5)
    return float(max(found, default=math.inf))


def _mean(ranking: Mapping[str, float]) -> float:
    """Mean correlation over the targets; one that is undefined ranks nothing."""
    values = np.nan_to_num(np.array(list(ranking.values()), dtype=np.float64))
    return float(values.mean()) if len(values) else 0.0
