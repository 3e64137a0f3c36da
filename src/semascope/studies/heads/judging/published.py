"""What stands somewhere without its rows: a published figure, and the bands that a person put on the measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.stats.one_sample import against_number
from semascope.studies.heads.judging.leading import leading
from semascope.studies.heads.result import BandResult, ReferenceResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.stats.measure import Measure
    from semascope.stats.results import Family
    from semascope.studies.heads.asking.beside import Bands, Reference
    from semascope.studies.heads.result import BandWord, HeadResult

FROZEN = ("vectors", "given", "words", "nothing")
"""What a cell reads that trains no network."""


def judge_references(
    references: Iterable[Reference], cells: Sequence[HeadResult], recipes: Family | None, *, measure: Measure
) -> list[ReferenceResult]:
    """Every cell against every published figure, by the interval that the answer leads with.

    Nothing is corrected for the number of cells: each interval stands for its own cell.
    """
    figures = {cell.id: leading(cell, recipes) for cell in cells}
    return [
        ReferenceResult(
            name=reference.name,
            value=reference.value,
            cells={
                name: against_number(
                    one.value,
                    one.low,
                    one.high,
                    number=reference.value,
                    measure=measure,
                    reason=one.reason,
                )
                for name, one in figures.items()
            },
        )
        for reference in references
    ]


def judge_bands(
    bands: Bands | None,
    cells: Mapping[str, HeadResult],
    recipes: Family | None,
    *,
    advised: str,
    measure: Measure,
) -> BandResult | None:
    """In which of the three bands the advised frozen cell lies with its whole interval; None where no bands are asked for.

    Where a tuned model is advised, the frozen cell is the one that did best on the training rows: the bands ask what frozen
    vectors give.

    Parameters
    ----------
    cells
        By id.
    advised
        Id of the cell that is advised.
    """
    if bands is None:
        return None
    chosen = cells[advised]
    if chosen.reads not in FROZEN:
        frozen = {name: cell.selection for name, cell in cells.items() if cell.reads in FROZEN}
        chosen = cells[measure.best(frozen)]
    figure = leading(chosen, recipes)
    ends = (figure.low, figure.high)
    known = all(map(math.isfinite, ends))
    found = {_band(end, bands, measure) for end in (*ends, figure.value)} if known else set()
    order: tuple[BandWord, ...] = ("none", "partial", "closes the gap")
    possible = tuple(word for word in order if word in found)
    if {"none", "closes the gap"} <= found:
        possible = order
    return BandResult(
        low=bands.low,
        high=bands.high,
        cell=chosen.id,
        value=figure.value,
        word=possible[0] if len(possible) == 1 else "unresolved",
        possible=possible,
        reason="" if known else figure.reason or "there is no interval",
    )


def _band(value: float, bands: Bands, measure: Measure) -> BandWord:
    """Of one value; a threshold itself belongs to the better band."""
    good, fair = (bands.low, bands.high) if measure.lower_is_better else (bands.high, bands.low)
    if measure.loss(value) <= measure.loss(good):
        return "closes the gap"
    return "partial" if measure.loss(value) <= measure.loss(fair) else "none"
