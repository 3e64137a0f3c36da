"""Whether a word stands: on all rows, without the largest differences, and with enough rows for their skewness.

Letters: c is the number of a candidate in the family.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.few_changes import units_to_see_none
from semascope.stats.guards import why_lopsided
from semascope.stats.holm import holm
from semascope.stats.power import rows_needed, rows_needed_between_ends
from semascope.stats.units import effective_groups, plural, trimmed_count, typical_size

if TYPE_CHECKING:
    from semascope.stats.measure import Measure
    from semascope.stats.paired import Compared
    from semascope.stats.results import Verdict, Word
    from semascope.stats.units import Units


ALPHA = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What all candidates of a family share."""

    measure: Measure
    units: Units
    margin: float  # in the unit of the difference
    guard: str  # why no claim is made at all; empty when one may be
    targets: tuple[str, ...]
    same: tuple[bool, ...]  # (c,) whether the candidate is the baseline under another name

    @property
    def groups(self) -> int | None:
        """Held-out groups, None when rows are the unit."""
        return self.units.count if self.units.grouped else None


def word_of(
    *, low: float, high: float, low90: float, high90: float, margin: float, p_holm: float, gain: float
) -> Word:
    """One of the four words. NaN in an interval rules out the words that rest on it.

    p and the 95 % interval may come from different resamples; "better" and "worse" need both.
    """
    if -margin < low90 and high90 < margin:
        return "equivalent"
    if p_holm < ALPHA and gain != 0 and (low >= 0 or high <= 0):
        return "better" if gain > 0 else "worse"
    return "unresolved"


def word_in(case: Case, compared: Compared, c: int, p_holm: float) -> Word:
    """The word that the numbers alone give."""
    return word_of(
        low=float(compared.low[c]),
        high=float(compared.high[c]),
        low90=float(compared.low90[c]),
        high90=float(compared.high90[c]),
        margin=case.margin,
        p_holm=p_holm,
        gain=case.measure.gain(float(compared.difference[c])),
    )


def verdict_word(verdict: Verdict, p_holm: float) -> Word:
    """The word that the verdict's own numbers give under another p."""
    return word_of(
        low=verdict.low,
        high=verdict.high,
        low90=verdict.low90,
        high90=verdict.high90,
        margin=verdict.margin,
        p_holm=p_holm,
        gain=verdict.gain,
    )


def why_unresolved(
    case: Case, whole: Compared, firm: Compared | None, c: int, *, p_holm: float, word: Word
) -> str:
    """Why no word can stand, whatever the numbers say; empty when one does, and when they say none.

    Parameters
    ----------
    firm
        The comparison without each candidate's largest differences; None where that rule does not apply.
    word
        What the numbers of ``whole`` give.
    """
    reason = why_not_compared(case, whole, c)
    if reason or (word == "unresolved" and not p_holm < ALPHA):
        return reason
    lopsided = why_lopsided(float(whole.skewness[c]), case.units.count, case.units.name)
    if word == "unresolved":
        return lopsided or "p says that they differ, the 95 % interval does not"
    return _not_firm(case, whole, firm, c, word) or lopsided


def why_not_compared(case: Case, whole: Compared, c: int) -> str:
    """Why there is no comparison: no word could come out of it, whatever its p; empty when there is one."""
    return case.guard or _no_interval(case, whole, c)


def is_compared(case: Case, whole: Compared, c: int) -> bool:
    """Whether the candidate takes a place in the Holm family: it can get a word, and chance has a part in it."""
    same = whole.difference[c] == whole.low[c] == whole.high[c] == 0
    return not (same or case.same[c] or why_not_compared(case, whole, c))


def needed_rows(case: Case, whole: Compared, firm: Compared | None, c: int) -> int | None:
    """Held-out rows (queries, pairs) that would resolve the comparison, more than there are; None when none would."""
    if whole.reach is not None and whole.differ is not None and whole.differ[c] == 0 and whole.worth == 0:
        return _rows_to_see_none(case, float(whole.reach[c]))
    rows = case.units.rows
    made = int(np.isfinite(whole.p).sum())
    cases = [
        (float(compared.difference[c]), float(compared.error[c]) * rows**0.5)
        for compared in (whole, firm)
        if compared is not None
    ]
    if whole.reach is None or whole.differ is None or np.isnan(whole.reach[c]) or firm is not None:
        needed = rows_needed(cases, case.margin, candidates=made)
    else:
        needed = rows_needed_between_ends(
            *cases[0],
            case.margin,
            reach=float(whole.reach[c]),
            share=float(whole.differ[c]) / rows,
            candidates=made,
            worth=whole.worth,
        )
    return None if needed is None else max(needed, rows + 1)


def _rows_to_see_none(case: Case, reach: float) -> int | None:
    """Rows of which none may differ, so that answers of classes that agree on all of them are equivalent."""
    sizes = case.units.sizes()
    units = units_to_see_none(case.margin * float(typical_size(sizes)) / reach)
    rows = units * case.units.rows / float(effective_groups(sizes))
    return max(math.ceil(rows), case.units.rows + 1) if math.isfinite(rows) and rows < 1e12 else None


def _not_firm(case: Case, whole: Compared, firm: Compared | None, c: int, word: Word) -> str:
    """Whether the largest differences decide the word, in words; the other cells keep their p meanwhile."""
    if firm is None:
        return ""
    p = whole.p.copy()
    p[c] = firm.p[c]
    without = word_in(case, firm, c, holm(p)[c])
    if without == word:
        return ""
    return _decided_by(trimmed_count(case.units.count), case.units, word, without)


def _decided_by(dropped: int, units: Units, word: Word, without: Word) -> str:
    which = (
        f"{units.one} with the largest difference decides"
        if dropped == 1
        else (f"{dropped} {units.name} with the largest differences decide")
    )
    return f"the {which}: {word!r} with, {without!r} without"


def _no_interval(case: Case, whole: Compared, c: int) -> str:
    if np.isnan(whole.difference[c]):
        return f"{case.measure.name} is undefined on these {plural(case.units.row)}"
    if np.isnan(whole.low[c]):
        return f"too few {case.units.name} differ for an interval"
    return ""
