"""What was compared, what it costs and what each cell chose, as tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from semascope.reports.heads import (
    cells,
    choices,
    cost,
    cost_table,
    curve,
    leaks,
    long_texts,
    published,
    questions,
    raced,
    recipe,
    undominated,
)
from semascope.reports.heads.told.pictures import cells_picture, cost_pictures, race_picture
from semascope.reports.heads.told.tables import NAME, VERDICT, named, of_cells, worded
from semascope.reports.model import Cell, Column, Items, Paragraph, Row, Section, Table
from semascope.reports.verdicts import estimate_cell
from semascope.stats.measures import measure_named
from semascope.studies.heads.telling.raced_words import by_fall, fallen_words, how_it_raced
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.reports.model import Block
    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.heads.result import HeadResult, ReferenceResult


def compared(reading: Reading) -> Section:
    """All cells on the same held-out rows, and all their measures."""
    columns = [
        Column(title=reading.measure.short),
        Column(title="Difference"),
        VERDICT,
        *[Column(title=title) for title in ("Selection", "1,000 texts", "Training")],
    ]

    def figures(cell: HeadResult) -> list[Cell]:
        verdict = reading.result.family.verdicts.get(cell.id, cell.verdict)
        return [
            Cell.of(estimate_cell(cell.estimate, reading.decimals)),
            Cell.of(cells.difference_cell(reading, verdict)),
            worded(verdict),
            *map(Cell.of, cells.side_cells(reading, cell)),
        ]

    blocks: list[Block] = [
        of_cells(
            reading,
            columns,
            reading.ordered,
            figures,
            caption=cells.caption(reading),
            behind=_fallen(reading, len(columns)),
        ),
        Paragraph(text=cells.judged_words(reading), opening="How it was judged.", small=True),
        Paragraph(text=_column_words(reading), small=True),
        *cells_picture(reading),
    ]
    names = cells.measure_names(reading)
    if len(names) > 1:
        blocks.append(
            of_cells(
                reading,
                [Column(title=measure_named(name).short) for name in names],
                reading.ordered,
                lambda cell: [Cell.of(cells.measure_cell(cell, name)) for name in names],
                caption=cells.ALL_MEASURES,
            )
        )
    return Section(title=cells.title(reading), lead=cells.lead(reading), blocks=blocks)


def _fallen(reading: Reading, columns: int) -> list[Row]:
    """A line for each cell that a race left behind; the verdict is the third column."""
    return [
        Row(
            cells=[
                Cell(text=race.labels[fall.cell], note="raced, not judged"),
                *[Cell(text=fallen_words(fall) if place == 2 else "–") for place in range(columns)],
            ]
        )
        for race, fall in cells.fallen_of(reading)
    ]


def race(reading: Reading) -> Section | None:
    """How the race went; None where there was none."""
    found = reading.result.raced
    if found is None:
        return None
    rows = [
        Row(
            cells=[
                Cell(text=found.labels[fall.cell]),
                *map(Cell.of, raced.figures(reading, found, fall)),
            ]
        )
        for fall in by_fall(found)
    ]
    heads = [Column(title=title, number=title not in ("Against", "Why")) for title in raced.columns()]
    table = Table(caption=raced.caption(found), columns=[NAME, *heads], rows=rows).limited("cell")
    words = Paragraph(text=how_it_raced(reading.result), opening="How they raced.", small=True)
    return Section(
        title=raced.TITLE,
        lead=raced.lead(found),
        blocks=[*([table] if rows else []), words, *race_picture(reading, found)],
    )


def _column_words(reading: Reading) -> str:
    share = ", as a share of the baseline's error" if reading.relative else ""
    return (
        f"{capital(reading.measure.long)}: {reading.measure.side} is better. Difference: from the baseline, on the same rows."
        f" Selection: out of fold on the training rows, what chose the winner{share}. 1,000 texts: seconds to encode and"
        " predict them. Training: fitting the head."
    )


def repeated(reading: Reading) -> Section | None:
    """The cells over repeated splits; None when splits were not repeated."""
    pairs = {cell.id: repeat for cell, repeat in recipe.by_mean(reading)}
    if not pairs:
        return None

    def figures(cell: HeadResult) -> list[Cell]:
        return [
            Cell.of(recipe.mean_cell(reading, pairs[cell.id])),
            Cell.of(cells.difference_cell(reading, reading.leading(cell).verdict)),
            worded(recipe.verdict_of(reading, cell, pairs[cell.id])),
        ]

    table = of_cells(
        reading,
        [Column(title=f"Mean {reading.measure.short}"), Column(title="Difference"), VERDICT],
        [reading.by_id[cell] for cell in pairs],
        figures,
        caption="Means over the repeated splits, with the 95 % interval of the mean",
    )
    blocks: list[Block] = [table]
    if words := recipe.judged_words(reading):
        blocks.append(Paragraph(text=words, opening="How it was judged.", small=True))
    return Section(title="What was compared", lead=recipe.lead(reading), blocks=blocks)


def published_figures(reading: Reading) -> Section | None:
    """Every cell against published figures, and the bands of the measure; None where neither was asked for."""
    result = reading.result
    if not result.references and result.bands is None:
        return None
    columns = [
        Column(title=reading.measure.short),
        Column(title="Difference"),
        Column(title="Against it", number=False),
    ]
    blocks: list[Block] = [
        of_cells(
            reading,
            columns,
            reading.by_leading,
            partial(_against, reading, each),
            caption=published.caption(reading, each),
        )
        for each in result.references
    ]
    if result.references:
        blocks.append(
            Paragraph(text=published.judged_words(reading), opening="How it was judged.", small=True)
        )
    if result.bands is not None:
        blocks.append(Paragraph(text=published.band_words(reading)))
    return Section(title=published.title(reading), blocks=blocks)


def _against(reading: Reading, reference: ReferenceResult, cell: HeadResult) -> list[Cell]:
    figures = map(Cell.of, published.against_cells(reading, reference, cell))
    return [*figures, Cell(text=reference.cells[cell.id].word)]


def answered(reading: Reading) -> Section | None:
    """The questions of a study, each with its verdict; None where the cells can answer none."""
    answers = reading.result.answers
    if not answers:
        return None
    items = [
        Paragraph(
            opening=f"{each.question} ({each.verdict.word})" if each.verdict else each.question,
            text=each.answer,
        )
        for each in answers
    ]
    return Section(title=questions.TITLE, lead=questions.LEAD, blocks=[Items(items=items)])


def costs(reading: Reading) -> Section:
    """Quality over cost, and all costs."""
    columns, found = cost_table.columns(reading), cost_table.cost_cells(reading)
    table = of_cells(
        reading,
        [Column(title=title, number=title not in cost_table.WORDS) for title in columns],
        reading.ordered,
        lambda cell: [Cell.of(each) for each in found[cell.id]],
        caption=cost_table.CAPTION,
    )
    meant = "; ".join(
        f"{title}: {words}" for title, words in columns.items() if title not in cost_table.WORDS
    )
    return Section(
        title="What quality costs",
        lead=cost.lead(reading),
        blocks=[
            *cost_pictures(reading),
            table,
            Paragraph(text=f"{meant}.", small=True),
            Paragraph(text=undominated.meaning(reading), opening="Dominated by:", small=True),
            Paragraph(text=cost.chosen_words(reading), opening="How it was chosen.", small=True),
        ],
    )


def by_rows(reading: Reading) -> Section | None:
    """What the cells reach with fewer training rows; None where no curve was asked for."""
    found = curve.with_curve(reading)
    if not found:
        return None
    titles = [f"{rows:,} rows" for rows in curve.sizes(found)]
    table = of_cells(
        reading,
        [Column(title=title) for title in [*titles, f"all {reading.result.rows_train:,}"]],
        found,
        lambda cell: [Cell.of(each) for each in curve.figures(reading, cell)],
        caption=f"{reading.measure.long}, by training rows",
    )
    return Section(title=curve.TITLE, lead=curve.lead(reading), blocks=[table])


def chosen_inside(reading: Reading) -> Section | None:
    """Hyperparameters, notes and instructions; None where no cell has any."""
    found = choices.choosing(reading)
    if not found:
        return None

    def lines(cell: HeadResult) -> list[Cell]:
        parts = [
            "; ".join(choices.choice_words(reading, cell.choices)),
            *cell.notes,
            f"Instruction: {cell.sentence}" if cell.sentence else "",
        ]
        return [Cell(text="\n".join(filter(None, parts)))]

    column = Column(title="Chosen on the training rows", number=False)
    table = of_cells(reading, [column], found, lines, caption=choices.CAPTION)
    return Section(title="What each cell chose", blocks=[table])


def leaking(reading: Reading) -> Section | None:
    """Cells on clean, leaked and all rows; None when nothing leaks."""
    found = {cell.id: leak for cell, leak in leaks.leaking(reading)}
    if not found:
        return None

    def of(estimate: Estimate, verdict: Verdict) -> list[Cell]:
        return [
            Cell.of(estimate_cell(estimate, reading.decimals)),
            worded(verdict, note=leaks.difference_and_p(reading, verdict)),
        ]

    def figures(cell: HeadResult) -> list[Cell]:
        leak = found[cell.id]
        return [
            *of(cell.estimate, cell.verdict),
            *of(leak.on_leaked, leak.verdict_on_leaked),
            *of(leak.on_all, leak.verdict_on_all),
        ]

    columns = [column for side in leaks.SIDES for column in (Column(title=side), VERDICT)]
    among = [reading.by_id[cell] for cell in found]
    table = of_cells(reading, columns, among, figures, caption=leaks.caption(reading))
    return Section(title="The split leaks", lead=leaks.lead(reading, what="report"), blocks=[table])


def read_long(reading: Reading) -> Section | None:
    """Each way of reading long texts against truncation; None when there is one way only."""
    found = reading.result.long_texts
    if not found:
        return None

    def against(verdict: Verdict | None) -> list[Cell]:
        if verdict is None:
            return [Cell(text="–"), Cell(text="–")]
        if verdict.word == "baseline":
            return [Cell(text="–"), Cell(text="compared with")]
        return [Cell.of(cells.difference_cell(reading, verdict)), worded(verdict)]

    rows = [
        Row(
            cells=[
                named(reading, reading.by_id[way.cell]),
                Cell.of(long_texts.over_cell(reading, way)),
                *against(way.over),
                *against(way.everything),
                *map(Cell.of, long_texts.reading_cells(reading.by_id[way.cell])),
            ],
            stays=reading.role(reading.by_id[way.cell]) != "plain",
        )
        for recipe_ in found
        for way in recipe_.ways
    ]
    columns = [
        NAME,
        Column(title="Over the limit"),
        Column(title="Difference"),
        VERDICT,
        Column(title="All rows"),
        VERDICT,
        Column(title="Tokens lost"),
        Column(title="Windows"),
    ]
    table = Table(caption=long_texts.caption(reading), columns=columns, rows=rows).limited("cell")
    words = Paragraph(text=long_texts.compared_words(found), small=True)
    return Section(title="What truncation costs", lead=long_texts.lead(reading), blocks=[table, words])
