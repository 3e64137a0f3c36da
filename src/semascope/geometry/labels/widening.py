"""Verdicts and intervals made as wide as halves of the texts say: numbers of neighbours and of pairs hang together.

Texts vote for each other and enter each other's means, so the mean of one number a text varies more, from one set of texts
to another, than texts that know nothing of each other let expect. Random halves show by how much (``halves.py``).

Letters: n texts, r halves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.few_changes import units_to_see_none
from semascope.stats.holm import holm
from semascope.stats.power import rows_needed
from semascope.stats.scores import judge_scores
from semascope.stats.standing import verdict_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measure import Measure
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.types import Floats

HOW = "widened by half-samples for neighbours in common"
_LEVELS = {"low": 0.95, "high": 0.95, "low90": 0.90, "high90": 0.90}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spread:
    """One number of every space, text by text and half by half, the same texts and halves in all."""

    per_text: Mapping[str, Floats]  # (n,) by space, whose mean is the number
    over_halves: Mapping[str, Floats]  # (r,) the number within each half
    degrees: float = math.inf  # of freedom that the spread over halves has
    reason: str = ""  # why halves say nothing; "" when they do

    def factor(self, name: str, against: str = "") -> float:
        """Standard error over halves to the one of independent texts, at least 1; of the difference from ``against``.

        1 where no text differs: halves say nothing then, and the bounds of so many texts stand. NaN where the number is undefined on a half.
        """
        per_text, over_halves = self.per_text[name], self.over_halves[name]
        if against:
            per_text, over_halves = per_text - self.per_text[against], over_halves - self.over_halves[against]
        alone = float(per_text.std()) / math.sqrt(len(per_text))
        if not alone > 0:
            return 1.0
        ratio = float(over_halves.std(ddof=1)) / alone if len(over_halves) > 1 else math.nan
        return ratio if math.isnan(ratio) else max(1.0, ratio)


def judge_spread(spread: Spread, *, measure: Measure, margin: float | None = None, seed: int = 42) -> Family:
    """Every space's mean against the first space's: paired by text, then widened.

    Parameters
    ----------
    measure
        What the mean is of.
    margin
        What counts as equal; None: the measure's own.

    Notes
    -----
    The false words that are left where spaces are equal: ``tests/unit/geometry/labels/test_widening.py`` and
    ``benchmarks/label_verdicts.py``.
    """
    first = next(iter(spread.per_text))
    family = judge_scores(
        dict(spread.per_text),
        baseline=first,
        measure=measure,
        margin=margin,
        unit="text",
        # real numbers that agree to the last bit come from one space; hits do not, and are judged by ``widen`` alone
        same=[
            name for name, values in spread.per_text.items() if np.array_equal(values, spread.per_text[first])
        ],
        seed=seed,
    )
    # no text is held out here: each is one of all that are described
    told = {
        name: replace(verdict, reason=verdict.reason.replace("held-out ", ""))
        for name, verdict in family.verdicts.items()
    }
    return widen(replace(family, verdicts=told), spread, span=measure.span)


def widen(family: Family, spread: Spread, *, span: float, of_hits: bool = False) -> Family:
    """The verdicts with intervals and p as wide as halves say, and the words that follow, Holm over the spaces.

    Parameters
    ----------
    span
        The largest difference there can be: intervals are cut there.
    of_hits
        Whether p is exact, so that its quantile can be stretched. Else it is a share of draws, that ends at one of them:
        then it is the larger of itself and of the p that the halves' standard error gives.
    """
    first = family.baseline
    others = [name for name in family.verdicts if name != first]
    if not others:
        return family
    if spread.reason:
        unsure = {name: _unsure(verdict, spread.reason) for name, verdict in family.verdicts.items()}
        return replace(family, verdicts=unsure)
    widened = {
        name: _widened(family.verdicts[name], spread, first, name, span=span, of_hits=of_hits)
        for name in others
    }
    made = [name for name in others if widened[name].is_comparison]
    corrected = dict(zip(made, holm(np.array([widened[name].p for name in made])).tolist(), strict=True))
    for name in made:
        alone = float((spread.per_text[name] - spread.per_text[first]).std())
        error = alone * spread.factor(name, first)
        needed = rows_needed([(widened[name].difference, error)], family.margin, candidates=len(made))
        if of_hits and not error:  # of n texts that are all told alike
            needed = _texts_to_see_none(family.margin / _stretch(_LEVELS["low90"], spread.degrees))
        widened[name] = _worded(widened[name], corrected[name], needed)
    return replace(
        family,
        verdicts={name: widened.get(name, verdict) for name, verdict in family.verdicts.items()},
        test=f"{family.test}, {HOW}",
        interval=f"{family.interval}, {HOW}",
    )


def widened_estimate(found: Estimate, spread: Spread, name: str) -> Estimate:
    """The interval of one space's share, as wide as halves say."""
    factor = spread.factor(name)
    if spread.reason or math.isnan(factor):
        why = spread.reason or "it is undefined on some halves of the texts"
        return replace(found, low=math.nan, high=math.nan, method="", reason=found.reason or why)
    factor *= _stretch(0.95, spread.degrees)
    return replace(
        found,
        low=max(found.value - factor * (found.value - found.low), 0.0),
        high=min(found.value + factor * (found.high - found.value), 1.0),
        method=f"{found.method}, widened by half-samples" if found.method == "Wilson" else found.method,
    )


def _widened(
    verdict: Verdict, spread: Spread, first: str, name: str, *, span: float, of_hits: bool
) -> Verdict:
    from scipy.stats import norm, t

    factor = spread.factor(name, first)
    if math.isnan(factor):
        return _unsure(verdict, "it is undefined on some halves of the texts")
    ends = {}
    for end, level in _LEVELS.items():
        away = (getattr(verdict, end) - verdict.difference) * factor * _stretch(level, spread.degrees)
        at = verdict.difference + away
        ends[end] = min(max(at, -span), span) if math.isfinite(at) else at
    if of_hits:
        z = float(norm.isf(verdict.p / 2)) / factor
    else:
        alone = spread.per_text[name] - spread.per_text[first]
        error = factor * float(alone.std()) / math.sqrt(len(alone))
        z = abs(verdict.difference) / error if error > 0 else math.inf
    p = float(2 * (norm.sf(z) if math.isinf(spread.degrees) else t.sf(z, spread.degrees)))
    p = p if of_hits else max(p, verdict.p)
    return replace(verdict, **ends, p=min(p, 1.0) if not math.isnan(verdict.p) else verdict.p)


def _stretch(level: float, degrees: float) -> float:
    """How much further Student's quantile lies out than the normal one."""
    from scipy.stats import norm, t

    if math.isinf(degrees):
        return 1.0
    q = (1 + level) / 2
    return float(t.ppf(q, degrees) / norm.ppf(q))


def _unsure(verdict: Verdict, reason: str) -> Verdict:
    """The verdict without an interval: no word but that of the baseline, or of a space that is the baseline again."""
    if verdict.word == "baseline" or verdict.difference == verdict.low == verdict.high == 0:
        return verdict
    nothing: Any = dict.fromkeys(("low", "high", "low90", "high90", "p", "p_holm"), math.nan)
    return replace(verdict, **nothing, word="unresolved", rows_needed=None, reason=reason)


def _texts_to_see_none(margin: float) -> int | None:
    texts = units_to_see_none(margin)
    return math.ceil(texts) if math.isfinite(texts) else None


def _worded(verdict: Verdict, p_holm: float, needed: int | None) -> Verdict:
    """The verdict with the word that its widened numbers give. One with a reason keeps its own."""
    if verdict.reason:
        return replace(verdict, p_holm=p_holm)
    word = verdict_word(verdict, p_holm)
    if word != "unresolved":
        needed = None
    elif needed is not None:
        needed = max(needed, verdict.n + 1)
    return replace(verdict, word=word, p_holm=p_holm, rows_needed=needed)
