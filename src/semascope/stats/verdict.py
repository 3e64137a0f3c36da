"""From predictions to words: every cell against the baseline on the same held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.comparison import Settings, make_comparison
from semascope.stats.guards import why_no_claim
from semascope.stats.heldout import cells_in_order, make_rows
from semascope.stats.results import Family, Verdict
from semascope.stats.standing import Case, is_compared, needed_rows, why_unresolved, word_in
from semascope.stats.words import ALPHA, holm, margin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.comparison import Comparison
    from semascope.stats.heldout import Rows
    from semascope.stats.measures import Measure
    from semascope.stats.paired import Compared
    from semascope.stats.results import Word
    from semascope.types import Array, Floats

__all__ = ["holm", "judge"]


def judge(
    truth: Array,
    predictions: Mapping[str, Array],
    *,
    baseline: str,
    measure: Measure,
    margin: float | None = None,
    groups: Sequence[object] | None = None,
    targets: Sequence[str] | None = None,
    seed: int = 42,
    draws: int = 10_000,
) -> Family:
    """The verdict on every cell: better, worse, equivalent or unresolved against the baseline.

    Parameters
    ----------
    truth
        (m, t) or (m,) numbers, NaN where a target is missing; class indices, t = 1, for a classification.
    predictions
        The same shape for each cell, the baseline included; finite wherever the truth is known.
    baseline
        Name of the cell that the others are held against.
    measure
        What is compared. Over several targets an error becomes the row's mean of the differences, each divided by
        the baseline's error on that target: the unit is then a share of the baseline's error.
    margin
        Half-width of what counts as equal, 0 or more, in the unit of the difference. None: 5 % of the baseline's
        error for errors, 0.02 for other measures, less near the ends of a measure in [0, 1] (``margin_of``).
    groups
        (m,) group of each row; whole groups are then swapped and drawn. None: rows.
    targets
        (t,) names for ``Verdict.mixed``. None: ``target 1``, ``target 2``, ...
    seed, draws
        Of the resamples; 10,000 draws or more keep p stable to about 0.002 at 0.05.

    Returns
    -------
    Family
        With the cells in the order given. NaN are intervals and p of comparisons that cannot be made, whose reason is
        in the verdict, and differences of measures that are undefined on these rows.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> truth = np.arange(40.0)
    >>> off = truth + np.tile([1.0, -1.0, 2.0, -2.0], 10)
    >>> family = judge(truth, {"off": off, "near": truth + 0.5 * (off - truth)}, baseline="off",
    ...                measure=get_measure("mae", "regression"))
    >>> family.verdicts["near"].word, family.verdicts["near"].gain
    ('better', 0.75)
    """
    order = cells_in_order(predictions, baseline)
    rows = make_rows(truth, [predictions[name] for name in order], measure=measure, groups=groups)
    names = _target_names(targets, np.shape(truth), rows)
    comparison = make_comparison(rows, Settings(measure=measure, draws=draws, seed=seed))
    limit = margin_of(margin, measure, comparison.baseline)
    case = Case(
        rows=rows,
        measure=measure,
        margin=limit,
        guard=why_no_claim(rows, measure) or _zero_error(comparison.baseline, measure, names),
    )
    alone = _no_difference(case, "baseline")
    if len(order) == 1:
        return _family(case, baseline, "nothing to compare", "none", {baseline: alone})
    whole = _made(case, comparison.whole())
    found = _verdicts(case, comparison, whole, names)
    by_name = {baseline: alone, **dict(zip(order[1:], found, strict=True))}
    return _family(case, baseline, whole.test, whole.interval, {name: by_name[name] for name in predictions})


def _verdicts(case: Case, comparison: Comparison, whole: Compared, names: Sequence[str]) -> list[Verdict]:
    corrected = holm(whole.p)
    firm = _without_largest(case, comparison, whole)
    mixed = _mixed(case, comparison, whole, names)
    found = []
    for c, p_holm in enumerate(corrected):
        if case.identical(c):
            found.append(_no_difference(case, "equivalent"))
            continue
        word = word_in(case, whole, c, p_holm)
        reason = why_unresolved(case, whole, firm, c, word)
        found.append(
            _verdict(
                case,
                whole,
                c,
                p_holm=float(p_holm),
                word="unresolved" if reason else word,
                reason=reason,
                mixed=mixed[c],
                needed=needed_rows(case, whole, firm, c) if word == "unresolved" and not reason else None,
            )
        )
    return found


def _made(case: Case, whole: Compared) -> Compared:
    """The comparison with the p of those alone that take a place in the Holm family, NaN for the others."""
    made = np.array([is_compared(case, whole, c) for c in range(len(whole.p))])
    return replace(whole, p=np.where(made, whole.p, np.nan))


def _without_largest(case: Case, comparison: Comparison, whole: Compared) -> Compared | None:
    """The comparison without each candidate's 1 % largest differences; None where that changes nothing."""
    if case.guard or np.isnan(whole.low).all():
        return None
    return comparison.trimmed(range(len(whole.p)))


def _mixed(
    case: Case, comparison: Comparison, whole: Compared, names: Sequence[str]
) -> list[tuple[str, ...]]:
    """Targets whose own difference is significant, Holm over the targets, and of the other sign than the whole."""
    if len(names) == 1 or case.guard:
        return [()] * len(whole.p)
    differences, p = comparison.by_target()
    return [
        tuple(
            name
            for name, difference, corrected in zip(names, differences[c], holm(p[c]), strict=True)
            if corrected < ALPHA and difference * whole.difference[c] < 0
        )
        for c in range(len(whole.p))
    ]


def _verdict(
    case: Case,
    whole: Compared,
    c: int,
    *,
    p_holm: float,
    word: Word,
    reason: str,
    mixed: tuple[str, ...],
    needed: int | None,
) -> Verdict:
    shown = 1.0 if not case.guard else float("nan")
    return Verdict(
        word=word,
        difference=float(whole.difference[c]),
        gain=case.gain(float(whole.difference[c])),
        low=float(whole.low[c]) * shown,
        high=float(whole.high[c]) * shown,
        low90=float(whole.low90[c]) * shown,
        high90=float(whole.high90[c]) * shown,
        p=float(whole.p[c]),
        p_holm=p_holm,
        margin=case.margin,
        n=len(case.rows.truth),
        groups=case.groups,
        rows_needed=needed,
        reason=reason,
        mixed=mixed,
    )


def _no_difference(case: Case, word: Word) -> Verdict:
    return Verdict(
        word=word,
        difference=0.0,
        gain=0.0,
        low=0.0,
        high=0.0,
        low90=0.0,
        high90=0.0,
        p=1.0,
        p_holm=1.0,
        margin=case.margin,
        n=len(case.rows.truth),
        groups=case.groups,
    )


def _family(case: Case, baseline: str, test: str, interval: str, verdicts: dict[str, Verdict]) -> Family:
    return Family(
        measure=case.measure.name,
        baseline=baseline,
        margin=case.margin,
        test=test,
        interval=interval,
        verdicts=verdicts,
    )


def _zero_error(baseline: Floats, measure: Measure, names: Sequence[str]) -> str:
    """Over several targets a difference is a share of the baseline's error, which must not be 0."""
    perfect = [name for name, value in zip(names, baseline, strict=True) if value == 0]
    if len(names) == 1 or not measure.lower_is_better or not perfect:
        return ""
    return f"the baseline makes no error on {', '.join(perfect)}, so a share of it is undefined"


def _target_names(targets: Sequence[str] | None, shape: tuple[int, ...], rows: Rows) -> list[str]:
    count = shape[1] if len(shape) > 1 else 1
    names = list(targets) if targets is not None else [f"target {i + 1}" for i in range(count)]
    return [names[i] for i in rows.targets]
