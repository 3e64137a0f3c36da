"""The questions of a study of scoring, each answered by a verdict: which cells it compares, and how they stand.

1. Can a small head on frozen vectors match the tuned model?
2. Does reading more of a long text help?
3. What does truncation cost?
4. Is there a trade of quality for speed worth making?
5. Which head is best?
6. Would more rows help?

A question is asked where the study holds cells that can answer it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.measures import get_measure
from semascope.stats.scores import judge_scores
from semascope.studies.heads.judging.curves import more_rows
from semascope.studies.heads.judging.two_cells import judge_two

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from semascope.stats.results import Family, Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.judging.curves import MoreRows
    from semascope.studies.heads.result import HeadResult
    from semascope.types import Array, Mask

WHOLE = 0.01
"""Share of the tokens that a cell may lose and still be said to read its texts whole."""


FEWEST = 10
"""Held-out rows on either side of a limit below which nothing is said of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two cells, each the best of its side on the training rows, and how the first stands against the second."""

    cell: str
    against: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """How far a cell that reads texts whole leads one that cuts them, where that one cuts and where it does not.

    Two encoders differ in more than what they read: only a lead that is larger on the texts that are cut speaks of it.
    """

    cell: str
    against: str  # it cuts
    over: int  # held-out rows that it cuts
    on_cut: float  # mean lead there, in the unit of the measure, above 0 where the first is better
    on_others: float
    p: float  # Welch's t test of the two means; NaN where either side has too few rows
    small: bool  # whether the 90 % interval of their difference lies inside the margin


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """What the questions are answered by; None where the study cannot be asked."""

    tuned: Pair | None = None  # the best frozen cell against the best tuned one
    context: Lead | None = None  # the best cell that reads texts whole against the best that does not
    fastest: Pair | None = None  # the fastest of the cells that nothing dominates against the best of them
    undominated: Sequence[str] = ()  # cells of which none is both better and faster, the fastest first
    more: MoreRows | None = (
        None  # what twice the training rows would bring the advised cell, or the best that has a curve
    )
    heads: Family | None = None  # heads by their mean loss over all vectors that each was fitted on


def ask_questions(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    families: tuple[Family, Family | None],
    cells: Sequence[HeadResult],
    choice: Choice,
    over: Callable[[str], Mask],
) -> Questions:
    """The verdicts behind the answers, all on the held-out rows; sides are represented by their best on the training rows.

    Parameters
    ----------
    over
        (m,) held-out rows that a cell, by its id, cuts.
    """
    if not bench.judged.any():
        return Questions()
    by_id = {cell.id: cell for cell in cells}
    value = {one.cell: one.value for one in choice.standings}

    def best(group: Sequence[HeadResult]) -> HeadResult | None:
        known = {cell.id: value[cell.id] for cell in group if math.isfinite(value.get(cell.id, math.nan))}
        return by_id[bench.measure.best(known)] if known else None

    def pair(one: HeadResult | None, other: HeadResult | None) -> Pair | None:
        if one is None or other is None or one.id == other.id:
            return None
        verdict = judge_two(bench, records, families, one, against=other)
        return Pair(cell=one.id, against=other.id, verdict=verdict) if verdict else None

    frozen = [cell for cell in cells if cell.reads in ("vectors", "given")]
    counted = [cell for cell in frozen if cell.reads == "vectors"]  # what given ones lost is not known
    lost = [cell for cell in counted if cell.costs.tokens_lost_share > WHOLE]
    whole = [cell for cell in counted if cell.costs.tokens_lost_share <= WHOLE]
    edge = _undominated(
        [cell for cell in cells if cell.reads in ("words", "vectors", "texts")], choice, bench
    )
    return Questions(
        tuned=pair(best(frozen), best([cell for cell in cells if cell.reads == "texts"])),
        context=_lead(bench, best(whole), best(lost), over),
        undominated=edge,
        fastest=pair(by_id[edge[0]], by_id[edge[-1]]) if len(edge) > 1 else None,
        heads=_heads(bench, frozen),
        more=_more(bench, by_id, best, choice),
    )


def _lead(
    bench: Bench, whole: HeadResult | None, cut: HeadResult | None, over: Callable[[str], Mask]
) -> Lead | None:
    """The lead of one over the other; None without both, or where the measure is no mean over rows."""
    if whole is None or cut is None or not bench.measure.is_mean:
        return None
    chosen = np.flatnonzero(bench.judged)
    mine, its = (_losses(bench, cell.id, chosen) for cell in (whole, cut))
    scale = np.nanmean(its, axis=0) if bench.measure.in_shares(its.shape[1]) else np.ones(its.shape[1])
    lead = np.nanmean((its - mine) / np.where(scale > 0, scale, np.nan), axis=1)
    lead = lead if bench.measure.lower_is_better else -lead
    is_cut, units = over(cut.id)[chosen], bench.groups(chosen)
    sides = [_of_units(lead, mask, units) for mask in (is_cut, ~is_cut)]
    p, small = math.nan, False
    if min(map(len, sides)) >= FEWEST:
        from scipy.stats import ttest_ind

        found = ttest_ind(*sides, equal_var=False)
        around = found.confidence_interval(0.9)
        base = np.atleast_1d(np.nanmean(its, axis=0))
        margin = bench.measure.margin_around(bench.study.margin, base)
        p, small = float(found.pvalue), bool(-margin < around.low and around.high < margin)
    means = [float(side.mean()) if len(side) else math.nan for side in sides]
    return Lead(
        cell=whole.id,
        against=cut.id,
        over=int(is_cut.sum()),
        on_cut=means[0],
        on_others=means[1],
        p=p,
        small=small,
    )


def _of_units(lead: Array, mask: Mask, units: Sequence[int] | None) -> Array:
    """The mean lead of each unit among the rows of a mask: copies of a text, and a group, count once."""
    known = mask & np.isfinite(lead)
    if units is None:
        return lead[known]
    _, places = np.unique(np.asarray(units)[known], return_inverse=True)
    return np.asarray(np.bincount(places, weights=lead[known]) / np.maximum(np.bincount(places), 1))


def _more(
    bench: Bench,
    cells: Mapping[str, HeadResult],
    best: Callable[[Sequence[HeadResult]], HeadResult | None],
    choice: Choice,
) -> MoreRows | None:
    with_curve = [cell for cell in cells.values() if cell.curve]
    advised = cells.get(choice.advised)
    cell = advised if advised is not None and advised.curve else best(with_curve)
    return more_rows(cell, bench.measure, rows=len(bench.rows.split.train)) if cell else None


def _undominated(cells: Sequence[HeadResult], choice: Choice, bench: Bench) -> list[str]:
    """Cells of which no other is at least as good on the training rows and faster, from the fastest on."""
    standing = choice.by_cell
    known = [
        standing[cell.id]
        for cell in cells
        if math.isfinite(standing[cell.id].seconds) and math.isfinite(standing[cell.id].value)
    ]
    found: list[str] = []
    reached = math.inf
    for one in sorted(known, key=lambda one: (one.seconds, bench.measure.loss(one.value))):
        loss = bench.measure.loss(one.value)
        if loss < reached:
            found.append(one.cell)
            reached = loss
    return found


def _heads(bench: Bench, cells: Sequence[HeadResult]) -> Family | None:
    """Heads against the first of them, by each row's mean loss over all vectors that every head was fitted on.

    None where there is one head, or where the measure is no mean over rows.
    """
    if not bench.measure.is_mean:
        return None
    by_head: dict[str, dict[tuple[str, ...], str]] = {}
    for cell in cells:
        vectors = cell.encoder, cell.sentence, cell.long, str(cell.dim)
        by_head.setdefault(cell.head, {})[vectors] = cell.id
    shared = set.intersection(*map(set, by_head.values())) if by_head else set()
    if len(by_head) < 2 or not shared:
        return None
    chosen = np.flatnonzero(bench.judged)
    scores = {
        head: np.mean([_losses(bench, ids[vectors], chosen) for vectors in sorted(shared)], axis=0)
        for head, ids in by_head.items()
    }
    base, measure, margin = next(iter(scores)), bench.measure, bench.study.margin
    if measure.of_hits:
        # Means of hits over vectors are no hits: judged are the shares that are wrong, a mean of any numbers.
        right = float(np.nanmean(scores[base]))
        wide = measure.margin_around(margin, np.array([right]))
        scores = {head: 1 - each for head, each in scores.items()}
        measure, margin = get_measure("mae", "regression"), wide / (1 - right) if right < 1 else None
    return judge_scores(
        scores,
        baseline=base,
        measure=measure,
        margin=margin,
        groups=bench.groups(chosen),
        targets=list(bench.rows.targets),
        seed=bench.study.seed,
    )


def _losses(bench: Bench, cell: str, chosen: Array) -> Array:
    """(m, t) what each row adds to the measure of a cell; NaN where a target is missing."""
    truth, seen = bench.truth[chosen], bench.seen(cell, bench.measure)[chosen]
    found = np.full(truth.shape, np.nan)
    for place in range(truth.shape[1]):
        known = np.isfinite(truth[:, place])
        found[known, place] = bench.measure.losses(truth[known, place], seen[known, place])
    return found
