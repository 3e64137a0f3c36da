"""The facts under a panel: each number with its interval, its verdict, and what it stands on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.maps.contents import Fact
from semascope.maps.measuring.together import no_vectors
from semascope.words.numbers import p_value
from semascope.words.numbers import share as short_share

if TYPE_CHECKING:
    from semascope.geometry.labels.mixing import Mixing
    from semascope.geometry.labels.separating import Separation
    from semascope.maps.measuring.each_space import Measured
    from semascope.maps.measuring.together import Compared, Movement
    from semascope.stats.results import Estimate


def facts_of(space: Measured, compared: Compared, texts: int) -> tuple[Fact, ...]:
    """The lines under the panel of a space."""
    if space.trust is None:
        names = ["trustworthiness", "neighbours kept", "kNN accuracy"]
        reason = no_vectors(space)
        return tuple(Fact(name=name, value="", reason=reason) for name in names)
    k, separation, movement = compared.k, compared.separation, compared.movement
    facts = [_trust_fact(space.trust, k=k, texts=texts), _kept_fact(space.kept, k=k)]
    if separation is not None:
        facts.append(accuracy_fact(separation, space.name))
    else:
        facts.append(Fact(name="kNN accuracy", value="", reason=compared.why_not))
    if compared.across is not None:
        facts.append(accuracy_fact(compared.across, space.name))
    if compared.mixing is not None:
        facts.append(_mixing_fact(compared.mixing, space.name))
    if movement is not None and space.name in movement.shared:
        facts += [_shared_fact(movement, space.name, texts=texts), *_cka_facts(movement, space.name)]
    return tuple(facts)


def _trust_fact(found: Estimate, *, k: int, texts: int) -> Fact:
    """Trustworthiness with what it stands on."""
    sampled = found.n < texts
    return Fact(
        name="trustworthiness",
        value=share(found.value),
        interval=interval(found) if sampled else "",
        reason=found.reason
        or f"{k} neighbours; " + (f"{found.n:,} of {texts:,} texts drawn" if sampled else "all texts"),
    )


def _kept_fact(value: float, *, k: int) -> Fact:
    """Share of full-dimensional neighbours kept."""
    reason = f"of the {k} nearest texts; all texts" if k else "too few texts"
    return Fact(name="neighbours kept", value=share(value), reason=reason)


def accuracy_fact(separation: Separation, space: str) -> Fact:
    """Accuracy of the neighbours' vote in one space, with its verdict."""
    found = separation.accuracies[space]
    verdict = separation.family.verdicts[space]
    word = verdict.word
    if word == "baseline":
        which = f" and another {separation.across}" if separation.across else ", the text itself left out"
        reason = (
            f"{separation.k} nearest of {separation.texts:,} texts with a label{which}; "
            f"always naming the most frequent label gives {share(separation.largest)}"
        )
    else:
        reason = _against(separation, space)
    return Fact(
        name=accuracy_name(separation.across),
        value=share(found.value),
        interval=interval(found),
        verdict="" if word == "baseline" else word,
        reason=reason,
    )


def accuracy_name(across: str = "") -> str:
    """What the accuracy is called, of all neighbours or of those of other values of a column."""
    return f"kNN accuracy across {across}" if across else "kNN accuracy"


def _mixing_fact(mixing: Mixing, space: str) -> Fact:
    """Share of the nearest that have a text's own value."""
    return Fact(
        name=f"neighbours of the same {mixing.column}",
        value=share(mixing.same[space]),
        reason=f"of the {mixing.k} nearest of {mixing.texts:,} texts; by chance {share(mixing.by_chance)}",
    )


def _shared_fact(movement: Movement, space: str, *, texts: int) -> Fact:
    """Share of neighbours in common with the first space."""
    measured = movement.overlap.get(space)
    floor = measured.floor if measured is not None else None
    chance = movement.k / (texts - 1) if floor is None else floor.value
    return Fact(
        name=f"neighbours shared with {movement.first}",
        value=share(movement.shared[space]),
        interval="" if measured is None else interval(measured.estimate),
        reason=f"of the {movement.k} nearest texts in full dimension; by chance {share(chance)}",
    )


def _cka_facts(movement: Movement, space: str) -> list[Fact]:
    """Debiased CKA with the first space; nothing where it was not taken."""
    measured = movement.cka.get(space)
    if measured is None:
        return []
    found = measured.estimate
    return [
        Fact(
            name=f"debiased CKA with {movement.first}",
            value=share(found.value),
            interval=interval(found),
            reason=found.reason or "of all distances, in full dimension; by chance .00",
        )
    ]


def _against(separation: Separation, space: str) -> str:
    verdict = separation.family.verdicts[space]
    words = f"{_signed(verdict.difference)} against {separation.family.baseline!r}"
    if math.isfinite(verdict.low) and verdict.low != verdict.high:
        words += f" (95 % {_signed(verdict.low)} to {_signed(verdict.high)})"
    if verdict.word == "unresolved" and (verdict.low > 0 or verdict.high < 0):
        # the interval is of this space alone, the verdict of all of them
        words += f"; p {p_value(verdict.p_holm)}".replace("p 0.", "p .")
        others = separation.family.comparisons
        words += f" as one of {others} comparisons (Holm)" if others > 1 else ""
    if verdict.reason:
        return f"{words}; {verdict.reason}"
    if verdict.rows_needed is not None:
        return f"{words}; about {verdict.rows_needed:,} texts would tell"
    return words


def interval(found: Estimate) -> str:
    """The interval of a share, as ``95 % .93 to .95``; "" where there is none."""
    known = math.isfinite(found.low) and math.isfinite(found.high)
    return f"95 % {share(found.low)} to {share(found.high)}" if known else ""


def share(value: float) -> str:
    """A share with two decimals, as ``.94``; empty for NaN.

    Examples
    --------
    >>> share(0.94), share(1.0), share(0.9999), share(0.0001)
    ('.94', '1.00', '>.99', '<.01')
    """
    if not math.isfinite(value):
        return ""
    if 0.995 <= value < 1 - 1e-9:
        return ">.99"
    if 0 < value < 0.005:
        return "<.01"
    return short_share(value)


def _signed(value: float) -> str:
    return short_share(value, sign=True)
