"""Predicted against true, where the chosen cell errs, and its worst errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.reports.heads import classes, errors, predictions, worst
from semascope.reports.heads.told.pictures import (
    class_pictures,
    cut_names,
    cut_picture,
    of_target,
    prediction_pictures,
)
from semascope.reports.model import Cell, Column, Paragraph, Row, Section, Table
from semascope.words.numbers import count, percent
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.reports.heads.errors import Cut
    from semascope.reports.heads.reading import Reading
    from semascope.reports.model import Block

WORST = 10  # rows shown
OPENING = 320  # characters of a text
MISSES = 3  # targets shown beside a text


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


def worst_errors(reading: Reading) -> Section | None:
    """The held-out rows that the chosen cell got most wrong; None when it erred nowhere."""
    order = worst.worst_rows(reading)[:WORST]
    if not order:
        return None
    titles = ["Text", "True", "Predicted", "Error" if reading.regression else "Probability"]
    columns = [Column(title=title, number=reading.regression and title != "Text") for title in titles]
    rows = [Row(cells=[_text(reading, at), *_miss(reading, at)]) for at in order]
    caption = (
        f"The {count(len(order), 'row')} that {reading.winner.label} got most wrong, {worst.by_what(reading)}"
    )
    return Section(
        title="The worst errors",
        lead=worst.LEAD,
        blocks=[
            Table(caption=caption, columns=columns, rows=rows),
            Paragraph(text="Rows are counted from 0 as in the file; long texts are cut.", small=True),
        ],
    )


def _text(reading: Reading, at: int) -> Cell:
    held_out = reading.result.held_out
    facts = worst.facts_of(reading, at)
    if held_out.over_limit[at]:
        facts.append("in windows" if held_out.long == "chunk" else "cut")
    text = " ".join(str(held_out.texts[at]).split())
    return Cell(text=shorten(text, OPENING) or "(empty)", note=" · ".join(facts))


def _miss(reading: Reading, at: int) -> list[Cell]:
    """True, predicted and by how much; with several targets a line each, those with the largest errors."""
    if not reading.regression:
        held_out, names = reading.result.held_out, reading.result.classes
        guess = int(held_out.predictions[reading.result.winner][at, 0])
        probabilities = held_out.probabilities.get(reading.result.winner)
        sure = ""
        if probabilities is not None and len(probabilities):
            sure = percent(float(probabilities[at, guess]))
        named = [shorten(names[int(held_out.truth[at, 0])], 40), shorten(names[guess], 40)]
        return [*[Cell(text=name) for name in named], Cell(text=sure)]
    lines = worst.missed(reading, at)[:MISSES]
    several = len(reading.result.targets) > 1
    found = [worst.written(truth, prediction) for _, truth, prediction in lines]
    names = [f"{shorten(name, 24)}: " if several else "" for name, _, _ in lines]
    return [
        Cell(
            text="\n".join(
                f"{name if place == 0 else ''}{one[place]}" for name, one in zip(names, found, strict=True)
            )
        )
        for place in range(3)
    ]
