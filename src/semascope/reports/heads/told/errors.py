"""Predicted against true, and where the chosen cell errs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.reports.heads import calibration, classes, errors, predictions
from semascope.reports.heads import calibration_words as words
from semascope.reports.heads.told.pictures import (
    TARGETS,
    calibration_pictures,
    class_pictures,
    cut_names,
    cut_picture,
    of_target,
    prediction_pictures,
)
from semascope.reports.model import Cell, Column, Paragraph, Row, Section, Table
from semascope.words.numbers import count
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.reports.heads.errors import Cut
    from semascope.reports.heads.reading import Reading
    from semascope.reports.model import Block


def predicted(reading: Reading) -> Section | None:
    """Predicted against true; None without held-out predictions."""
    if reading.regression:
        pictures = prediction_pictures(reading)
        lead = ""
        if pictures:
            lead = predictions.lead(reading, np.asarray(reading.result.held_out.truth, dtype=np.float64))
        return Section(title="Predicted against true", lead=lead, blocks=pictures) if pictures else None
    if not reading.pictured or not len(reading.result.held_out.rows):
        return None
    counts = classes.counts_of(reading, reading.pictured[0])
    pairs = classes.confused_pairs(counts)[: classes.PAIRS]
    blocks: list[Block] = [*class_pictures(reading)]
    if pairs:
        rows = [
            Row(cells=[Cell.of(each) for each in classes.pair_cells(reading, counts, pair)]) for pair in pairs
        ]
        columns = [
            Column(title="True class", number=False),
            Column(title="taken for", number=False),
            Column(title="Rows"),
            Column(title="Share"),
        ]
        blocks.append(Table(caption=classes.pairs_caption(reading), columns=columns, rows=rows))
    return Section(title="Predicted against true", lead=classes.lead(reading, counts), blocks=blocks)


def calibrated(reading: Reading) -> Section | None:
    """Whether predictions come true; None where no cell's can be looked at."""
    if not reading.result.calibration:
        return None
    drawn = calibration.enough(reading)
    blocks: list[Block] = [*calibration_pictures(reading)]
    if drawn:
        rows = [Row(cells=[Cell.of(each) for each in words.line_cells(reading, one)]) for one in drawn]
        columns = [Column(title=title, number=number) for title, number in words.line_titles(reading)]
        blocks.append(Table(caption=words.lines_caption(reading), columns=columns, rows=rows))
        blocks.append(Paragraph(text=words.how_to_read(reading), small=True))
    for one in calibration.advised(reading)[:TARGETS]:
        rows = [Row(cells=[Cell.of(each) for each in row]) for row in calibration.band_cells(reading, one)]
        columns = [Column(title=title) for title in calibration.band_titles(reading)]
        blocks.append(Table(caption=words.bands_caption(reading, one.target), columns=columns, rows=rows))
    return Section(title=words.title(reading), lead=words.lead(reading), blocks=blocks)


def where(reading: Reading) -> Section | None:
    """The error by score, length, language, truncation and slice; None when the chosen cell has no predictions."""
    if not reading.pictured or reading.pictured[0].id != reading.result.winner:
        return None
    by_score, others = errors.score_cuts(reading), errors.other_cuts(reading)
    if not by_score and not others:
        return None
    blocks: list[Block] = []
    cuts = [cut for _, cut in by_score] + others
    for cut, name in zip(cuts, cut_names(cuts), strict=True):
        blocks += [_table(reading, cut), *cut_picture(reading, cut, name=name)]
    return Section(
        title="Where it errs",
        lead=errors.lead(reading, cuts),
        blocks=[*blocks, Paragraph(text=errors.how_to_read(reading), small=True)],
    )


def _table(reading: Reading, cut: Cut) -> Table:
    write, spread = errors.writers(reading, cut)
    rows = [
        Row(
            cells=[
                Cell(text=shorten(group.name, 60)),
                Cell(text=count(error.n)),
                Cell(text=write(error.value), note=spread(error) or errors.TOO_FEW),
            ]
        )
        for group, error in zip(cut.groups, cut.errors, strict=True)
    ]
    columns = [
        Column(title=cut.unit[:1].upper() + shorten(cut.unit[1:], 30), number=False),
        Column(title="Rows"),
        Column(title="Error" if reading.regression else "Wrong"),
    ]
    caption = f"{errors.caption(reading, cut)}{of_target(cut)}; {write(cut.overall.value)} over all rows"
    return Table(caption=caption, columns=columns, rows=rows)
