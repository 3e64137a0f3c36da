"""Whether the advised cell's predictions can be taken at their word, beside the baseline's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.calibration import calibration_chart
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.switcher import switcher
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.calibration_words import (
    bands_caption,
    how_to_read,
    lead,
    line_cells,
    line_titles,
    lines_caption,
    picture_words,
    title,
)
from semascope.words.numbers import between, count, decimals_for, fixed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import Calibration


def section(reading: Reading) -> Section | None:
    """Pictures, lines or calibration errors, and the bands in numbers; None where no cell's predictions can be looked at."""
    found = reading.result.calibration
    if not found:
        return None
    drawn = enough(reading)
    body = []
    if drawn:
        targets = dict.fromkeys(one.target for one in drawn)
        panels = [
            (shorten(target, 60), _pictures(reading, [one for one in drawn if one.target == target]))
            for target in targets
        ]
        body = [
            switcher(panels, label="Target"),
            _lines(reading, drawn),
            element("p", how_to_read(reading), class_="fineprint"),
            _bands(reading),
        ]
    return Section(id="calibration", title=title(reading), lead=lead(reading), body=element("div", *body))


def enough(reading: Reading) -> list[Calibration]:
    """Those of which there are rows enough to say anything."""
    return [one for one in reading.result.calibration if one.bands]


def ends_of(reading: Reading, target: str) -> tuple[float, float]:
    """Of both axes of a target's pictures: the same for all cells."""
    if not reading.regression:
        return 0.0, 1.0
    bands = [band for one in enough(reading) if one.target == target for band in one.bands]
    values = [value for band in bands for value in (band.predicted, band.observed, band.low, band.high)]
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known), max(known)
    pad = 0.06 * (high - low) or 0.5
    return low - pad, high + pad


def names_of(reading: Reading) -> tuple[str, str]:
    """Of the axes."""
    if reading.regression:
        return "predicted, mean of a band", "true, mean"
    return "stated probability of the predicted class", "share right"


def remarks_of(reading: Reading) -> tuple[str, str]:
    """What a band above the diagonal is, and one below it."""
    return ("predicted too low", "predicted too high") if reading.regression else ("too modest", "too sure")


def _pictures(reading: Reading, found: Sequence[Calibration]) -> Markup:
    figures = [
        element(
            "figure",
            element("figcaption", element("b", reading.by_id[one.cell].label), f" {count(one.n, 'row')}"),
            calibration_chart(
                one.bands,
                ends=ends_of(reading, one.target),
                names=names_of(reading),
                remarks=remarks_of(reading),
                words=picture_words(reading, one),
            ),
        )
        for one in found
    ]
    return element("div", *figures, class_=f"pictures {'two' if len(figures) > 1 else 'one'}")


def _lines(reading: Reading, found: Sequence[Calibration]) -> Markup:
    rows = [Row(cells=line_cells(reading, one)) for one in found]
    columns = [Column(title=name, class_="num" if number else "") for name, number in line_titles(reading)]
    return data_table(columns, rows, caption=lines_caption(reading))


def band_titles(reading: Reading) -> list[str]:
    """Heads of the bands' columns, all of numbers."""
    return ["Predicted", "True", "Rows"] if reading.regression else ["Stated", "Right", "Rows"]


def band_cells(reading: Reading, one: Calibration) -> list[list[Cell]]:
    """A line for each band; plain text."""
    low, high = ends_of(reading, one.target)
    places = decimals_for((high - low) / 10) if reading.regression else 2
    return [
        [
            Cell(content=fixed(band.predicted, places)),
            Cell(content=fixed(band.observed, places), note=between(band.low, band.high, places)),
            Cell(content=count(band.n)),
        ]
        for band in one.bands
    ]


def advised(reading: Reading) -> list[Calibration]:
    """What is known of the advised cell, target by target."""
    return [one for one in enough(reading) if one.cell == reading.winner.id]


def _bands(reading: Reading) -> Markup:
    tables = [
        data_table(
            [Column(title=name, class_="num") for name in band_titles(reading)],
            [Row(cells=each) for each in band_cells(reading, one)],
            caption=bands_caption(reading, one.target),
            class_="quiet",
        )
        for one in advised(reading)
    ]
    summary = f"Bands of {reading.winner.label} in numbers"
    return element("details", element("summary", summary), *tables, class_="more") if tables else Markup()
