"""Several families of verdicts under one Holm correction: targets of a table, values of a slice column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.holm import holm
from semascope.stats.standing import word_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.results import Family, Verdict


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
    word = word_of(verdict.low90, verdict.high90, verdict.margin, p_holm, verdict.gain)
    lost = word == "unresolved" and verdict.word in ("better", "worse")
    reason = f"not significant after Holm over all {comparisons} comparisons of this table" if lost else ""
    return replace(verdict, p_holm=p_holm, word=word, reason=reason)
