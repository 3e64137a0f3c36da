"""The verdicts of one Holm family, from a comparison of any sort.

Letters: c candidates, t targets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from semascope.stats.holm import holm
from semascope.stats.results import Family, Verdict
from semascope.stats.standing import (
    ALPHA,
    Case,
    is_compared,
    needed_rows,
    verdict_word,
    why_unresolved,
    word_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.stats.paired import Compared
    from semascope.stats.results import Word
    from semascope.types import Floats


class Comparison(Protocol):
    """Candidates against the baseline on the same units."""

    baseline: Floats
    """(t,) the baseline's measure on each target."""

    def whole(self) -> Compared:
        """On all units."""

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """Without the units of the 1 % largest differences, at least one; None where no difference can stand out."""

    def by_target(self) -> tuple[Floats, Floats]:
        """(c, t) difference and p of each target alone."""


def make_family(case: Case, comparison: Comparison, order: Sequence[str], *, named: Iterable[str]) -> Family:
    """Every candidate's word, Holm over those that can be compared.

    Parameters
    ----------
    order
        The cells, the baseline first, then the candidates as in ``comparison``.
    named
        The cells in the order that the family gives them.
    """
    case = replace(case, guard=case.guard or _zero_error(case, comparison.baseline))
    baseline = order[0]
    by_name = {baseline: _no_difference(case, "baseline")}
    if len(order) == 1:
        return _family(case, baseline, "nothing to compare", "none", by_name)
    whole = _made(case, _with_intervals(case, comparison.whole()))
    by_name |= zip(order[1:], _verdicts(case, comparison, whole), strict=True)
    return _family(case, baseline, whole.test, whole.interval, {name: by_name[name] for name in named})


def _verdicts(case: Case, comparison: Comparison, whole: Compared) -> list[Verdict]:
    corrected = holm(whole.p)
    firm = _without_largest(case, comparison, whole)
    mixed = _mixed(case, comparison, whole)
    found = []
    for c, p_holm in enumerate(corrected):
        if case.same[c]:
            found.append(_no_difference(case, "equivalent"))
            continue
        word = word_in(case, whole, c, p_holm)
        reason = why_unresolved(case, whole, firm, c, p_holm=float(p_holm), word=word)
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


def _with_intervals(case: Case, whole: Compared) -> Compared:
    """The comparison without the intervals of no width that resampling gives where no unit differs.

    Numbers without two ends have no bound on what others would differ by, and only a cell that is known to be the baseline
    (``Case.same``) needs none.
    """
    unseen = (whole.difference == 0) & (whole.low == 0) & (whole.high == 0) & ~np.array(case.same, dtype=bool)
    ends: dict[str, Any] = {
        name: np.where(unseen, np.nan, getattr(whole, name)) for name in ("low", "high", "low90", "high90")
    }
    return replace(whole, **ends)


def _made(case: Case, whole: Compared) -> Compared:
    """The comparison with the p of those alone that take a place in the Holm family, NaN for the others."""
    made = np.array([is_compared(case, whole, c) for c in range(len(whole.p))])
    return replace(whole, p=np.where(made, whole.p, np.nan))


def _without_largest(case: Case, comparison: Comparison, whole: Compared) -> Compared | None:
    """The comparison without each candidate's 1 % largest differences; None where that changes nothing."""
    if case.guard or np.isnan(whole.low).all():
        return None
    return comparison.trimmed(range(len(whole.p)))


def _mixed(case: Case, comparison: Comparison, whole: Compared) -> list[tuple[str, ...]]:
    """Targets whose own difference is significant, Holm over the targets, and of the other sign than the whole."""
    if len(case.targets) == 1 or case.guard:
        return [()] * len(whole.p)
    differences, p = comparison.by_target()
    return [
        tuple(
            name
            for name, difference, corrected in zip(case.targets, differences[c], holm(p[c]), strict=True)
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
        gain=case.measure.gain(float(whole.difference[c])),
        low=float(whole.low[c]) * shown,
        high=float(whole.high[c]) * shown,
        low90=float(whole.low90[c]) * shown,
        high90=float(whole.high90[c]) * shown,
        p=float(whole.p[c]),
        p_holm=p_holm,
        margin=case.margin,
        n=case.units.rows,
        groups=case.groups,
        rows_needed=needed,
        reason=reason,
        mixed=mixed,
    )


def _no_difference(case: Case, word: Word) -> Verdict:
    return Verdict.of_nothing(word, margin=case.margin, n=case.units.rows, groups=case.groups)


def _family(case: Case, baseline: str, test: str, interval: str, verdicts: dict[str, Verdict]) -> Family:
    return Family(
        measure=case.measure.name,
        baseline=baseline,
        margin=case.margin,
        test=test,
        interval=interval,
        verdicts=verdicts,
    )


def _zero_error(case: Case, baseline: Floats) -> str:
    """Over several targets a difference is a share of the baseline's error, which must not be 0."""
    perfect = [name for name, value in zip(case.targets, baseline, strict=True) if value == 0]
    if not perfect or not case.measure.in_shares(len(case.targets)):
        return ""
    return f"the baseline makes no error on {', '.join(perfect)}, so a share of it is undefined"


def one_family(families: Sequence[Family]) -> list[dict[str, Verdict]]:
    """The verdicts of several families with Holm's correction over all comparisons together that were made."""
    places = [
        (number, cell)
        for number, family in enumerate(families)
        for cell, verdict in family.verdicts.items()
        if cell != family.baseline and verdict.is_comparison
    ]
    corrected = holm(
        np.array([families[number].verdicts[cell].p for number, cell in places], dtype=np.float64)
    )
    found = [dict(family.verdicts) for family in families]
    for (number, cell), p_holm in zip(places, corrected.tolist(), strict=True):
        found[number][cell] = _reworded(found[number][cell], p_holm, len(places))
    return found


def _reworded(verdict: Verdict, p_holm: float, comparisons: int) -> Verdict:
    """The verdict under a correction over more comparisons; one that is none of them stays as it is."""
    if not verdict.is_comparison:
        return verdict
    if verdict.reason:
        return replace(verdict, p_holm=p_holm, word="unresolved")
    word = verdict_word(verdict, p_holm)
    lost = word == "unresolved" and verdict.word in ("better", "worse")
    reason = f"not significant after Holm over all {comparisons} comparisons of this table" if lost else ""
    return replace(verdict, p_holm=p_holm, word=word, reason=reason)
