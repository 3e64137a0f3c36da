"""One plain sentence for each number of a space: what it is, what no structure would give, and what it does not mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.geometry.columns.explaining import ADJUSTED, SHARE
from semascope.geometry.shape import alignment, cosine, dimension, hubness, partition, uniformity, variances
from semascope.geometry.shape.floors import SHUFFLED_PAIRS
from semascope.studies.geometry.telling.shares import named_column
from semascope.words.numbers import NOTHING, apart_decimals, between, decimals_for, fixed, percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.geometry.columns.explaining import Explained
    from semascope.geometry.measured import Measured
    from semascope.geometry.shape.outlying import Outlying

_LITTLE = 0.01  # share of how texts differ
_SMALL = 0.0995  # share that keeps a decimal
_NOISE = 0.0005  # what three decimals show as 0
_EVEN = "vectors spread evenly to all sides"


def sentence_of(measured: Measured) -> str:
    """The number in words, for a reader who does not know it.

    Returns
    -------
    str
        What the number is, with its interval; what data without structure would give; what it says and what it does not. Where
        there is no number: why.
    """
    if math.isnan(measured.value):
        return f"{capital(measured.name)} cannot be given: {measured.estimate.reason}."
    said = _SAID.get(measured.name, _any)(measured)
    return f"{said}{f' ({measured.note})' if measured.note else ''}."


def sentence_of_outlying(found: Outlying) -> str:
    """Which few dims carry the cosines, and what is left without them."""
    carried, without, kept = found.carried, found.cosine_without, found.neighbors_kept
    what = "mean cosine" if math.isfinite(found.cosine_shares[0]) else "squared length of the vectors"
    dims = "dim" if len(found.removed) == 1 else "dims"
    named = f"{dims} {listing([str(dim) for dim in found.removed])}"
    share = _value(carried, as_percent=True)
    if found.dims:
        opening = f"{capital(named)} {'carries' if len(found.dims) == 1 else 'carry'} {share} of the {what}"
    else:
        opening = (
            f"No few dims stand out: {found.needed:,} of {len(found.norm_shares):,} carry half of the {what}, and the largest,"
            f" {named}, {share}"
        )
    rest = f"without {'it' if len(found.removed) == 1 else 'them'} the mean cosine is {_value(without)}"
    if not math.isnan(kept.value):
        rest += (
            f", and {_value(kept, as_percent=True)} of the nearest stay the same, where as many dims drawn by chance leave"
            f" {_floor(kept, as_percent=True)}"
        )
    return f"{opening}; {rest}; what a dim carries of every cosine says nothing of what the texts say."


def sentence_of_explained(found: Explained) -> str:
    """What a column explains of the space, beside the same column shuffled."""
    share, beyond = found.share, found.adjusted
    if math.isnan(share.value):
        return f"How much {named_column(found.column)} explains cannot be given: {share.estimate.reason}."
    told = f"{capital(named_column(found.column))} explains {_value(share, as_percent=True)} of how the texts differ"
    floor = f"the same values shuffled explain {_floor(share, as_percent=True)}"
    above = [place for place, each in enumerate(found.components) if each > found.component_floors[place]]
    strongest = max(above, key=lambda place: found.components[place], default=None)
    if strongest is not None and beyond.above_floor:
        part = percent(float(found.components[strongest]), space=" ")
        floor += f", and of component {strongest + 1} alone it explains {part}"
    return f"{told}, where {floor}: {_verdict(beyond)}."


def _verdict(beyond: Measured) -> str:
    """From what is explained beyond chance: many values explain much of any space."""
    if beyond.above_floor is None:
        return "that is no clear difference"
    if not beyond.above_floor:
        return "that is less than chance gives"
    stated = f"beyond chance it is {_value(beyond, as_percent=True)}"
    if beyond.value < _LITTLE:
        return f"{stated}, which is more than chance and still little"
    return f"{stated}, so that texts lie together partly by it, or by what goes with it, which this cannot tell apart"


def _value(measured: Measured, *, as_percent: bool = False) -> str:
    """The number with its interval."""
    estimate, decimals = measured.estimate, _decimals(measured)
    if as_percent:
        decimals = max(decimals - 2, 0)
        inside = between(100 * estimate.low, 100 * estimate.high, decimals)
        return percent(estimate.value, decimals, space=" ") + (f" ({inside} %)" if inside else "")
    inside = between(estimate.low, estimate.high, decimals)
    return fixed(estimate.value, decimals) + (f" ({inside})" if inside else "")


def _floor(measured: Measured, *, as_percent: bool = False) -> str:
    """What data without structure gives, in as many decimals as the number."""
    if measured.floor is None:
        return NOTHING
    decimals, value = _decimals(measured), measured.floor.value
    if not as_percent:
        return fixed(value, decimals)
    return percent(value, max(decimals - 2, 1 if value < _SMALL else 0), space=" ")


def _decimals(measured: Measured) -> int:
    """Those of one digit of the interval's half width, or of three digits of the number; three where it is 0 but for noise."""
    low, high = measured.estimate.low, measured.estimate.high
    if abs(measured.value) < _NOISE:
        return 3
    half, three = (high - low) / 2, decimals_for(abs(measured.value) / 10)
    if not half > 0:
        return three
    return apart_decimals(low, high, least=min(max(decimals_for(half) - 1, 0), three))


def _mean_cosine(measured: Measured) -> str:
    return (
        f"Two texts drawn by chance have a cosine of {_value(measured)} on average, and {_EVEN} would have {_floor(measured)}:"
        " it says from where cosines start to count, and a low value is no sign of quality"
    )


def _isoscore(measured: Measured) -> str:
    return (
        f"IsoScore is {_value(measured)}, from 0 (texts differ along one line) to 1 (equally in every direction), and {_EVEN}"
        f" would have {_floor(measured)} with as many texts and dims: structure makes a space uneven, so that a low value harms"
        " nothing by itself"
    )


def _isoscore_star(measured: Measured) -> str:
    return (
        f"IsoScore*, which allows for few texts, is {_value(measured)}, and {_EVEN} would have {_floor(measured)}: it reads as"
        " IsoScore does, and with many texts both agree"
    )


def _partition(measured: Measured) -> str:
    return (
        f"Partition isotropy is {_value(measured)}, where 1 means that vectors point to all sides alike and 0.14 that all point"
        f" one way, and {_EVEN} would have {_floor(measured)}: a low value mostly tells of a direction that all texts share, not"
        " of how well they are told apart"
    )


def _effective_rank(measured: Measured) -> str:
    return (
        f"Texts differ as evenly as if along {_value(measured)} axes of equal length, and {_EVEN} would use {_floor(measured)}:"
        " fewer axes are no loss where they are those that matter"
    )


def _first(measured: Measured) -> str:
    return (
        f"The direction along which texts differ most holds {_value(measured, as_percent=True)} of how they differ, and {_EVEN}"
        f" would have {_floor(measured, as_percent=True)} in one: what that direction is about, topic, length or language, this"
        " does not say"
    )


def _uniformity(measured: Measured) -> str:
    return (
        f"Uniformity is {_value(measured)}, where lower is more even, 0 means equal vectors and {_EVEN} would have"
        f" {_floor(measured)}: an even space has room to tell texts apart, and does not say that the right ones lie together"
    )


def _alignment(measured: Measured) -> str:
    pairs = measured.null == SHUFFLED_PAIRS
    who = "A text and its partner lie" if pairs else "Two texts of one label lie"
    chance = "any two" if pairs else "two texts under shuffled labels"
    return (
        f"{who} {_value(measured)} apart on average (squared distance, 0 to 4), and {chance} {_floor(measured)}: the gap between"
        " both tells how far the space brings them together, and the number alone shrinks with any space whose cosines are high"
    )


def _dimension(measured: Measured) -> str:
    return (
        f"Around a text the space varies along some {_value(measured)} directions, and {_EVEN} would seem to have"
        f" {_floor(measured)} at as many texts: it is a count near by, grows with the number of texts, and neither high nor low"
        " is better"
    )


def _hubness(measured: Measured) -> str:
    return (
        f"How often a text is among the nearest of others has a skewness of {_value(measured)}, and {_EVEN} would have"
        f" {_floor(measured)}: the higher, the more often the same few texts come up as neighbours, whatever is asked"
    )


def _share(measured: Measured) -> str:
    return (
        f"The column explains {_value(measured, as_percent=True)} of how the texts differ, and shuffled"
        f" {_floor(measured, as_percent=True)}: it need not be the cause"
    )


def _adjusted(measured: Measured) -> str:
    return (
        f"Beyond what a shuffled column would, the column explains {_value(measured, as_percent=True)} of how the texts differ:"
        " it need not be the cause"
    )


def _any(measured: Measured) -> str:
    floor = f", and {measured.null} would have {_floor(measured)}" if measured.floor is not None else ""
    return f"{capital(measured.name)} is {_value(measured)}{floor}"


_SAID: dict[str, Callable[[Measured], str]] = {
    cosine.NAME: _mean_cosine,
    variances.ISOSCORE: _isoscore,
    variances.ISOSCORE_STAR: _isoscore_star,
    variances.EFFECTIVE_RANK: _effective_rank,
    variances.FIRST: _first,
    partition.NAME: _partition,
    uniformity.NAME: _uniformity,
    alignment.NAME: _alignment,
    dimension.NAME: _dimension,
    hubness.NAME: _hubness,
    SHARE: _share,
    ADJUSTED: _adjusted,
}
