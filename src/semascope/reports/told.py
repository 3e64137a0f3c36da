"""What the report of any kind of study says, apart from its look: verdicts, notes on the data, how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.making import in_words, study_file
from semascope.reports.model import Cell, Code, Column, Heading, Items, Paragraph, Row, Section, Table
from semascope.reports.notes import lead, row_words, warnings_first
from semascope.reports.verdicts import COMPARED, decimals_of, estimate_cell, how_judged, verdict_notes
from semascope.words.numbers import between, count, signed
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.model import Block
    from semascope.stats.measure import Measure
    from semascope.studies.result import Finished, Note, StudyResult


def verdicts(result: StudyResult, measure: Measure | None = None, *, units: str = "rows") -> Section:
    """Every cell against the baseline, in plan order; ``verdicts.section`` in words."""
    decimals = decimals_of(result)
    family = result.family
    rows = []
    for cell in result.cells:
        verdict, chosen = cell.verdict, cell.id == result.winner
        baseline = verdict.word == "baseline"
        difference = Cell()
        if not baseline:
            difference = Cell(
                text=signed(verdict.difference, decimals), note=between(verdict.low, verdict.high, decimals)
            )
        rows.append(
            Row(
                cells=[
                    Cell(text=f"{cell.label} (chosen)" if chosen else cell.label),
                    Cell.of(estimate_cell(cell.estimate, decimals)),
                    difference,
                    Cell(text=verdict.word, note=verdict_notes(verdict, units=units)),
                ],
                stays=chosen or baseline,
            )
        )
    columns = [
        Column(title="Cell", number=False),
        Column(title=measure.short if measure else result.measure),
        Column(title="Difference"),
        Column(title="Verdict", number=False),
    ]
    caption = f"{count(len(result.cells), 'cell')}, each against {family.baseline}"
    return Section(
        title=COMPARED,
        blocks=[
            Table(caption=caption, columns=columns, rows=rows).limited("cell"),
            Paragraph(opening="How it was judged.", text=how_judged(result), small=True),
        ],
    )


def notes(result: Finished) -> Section | None:
    """All notes, warnings first, and what was looked for in vain; None when there is nothing."""
    if not result.notes and not result.looked_for:
        return None
    blocks: list[Block] = []
    if result.notes:
        blocks.append(Items(items=[_note(note) for note in warnings_first(result)]))
    if result.looked_for:
        blocks.append(Paragraph(text="", opening="Looked for and not found:"))
        blocks.append(Items(items=[Paragraph(text=capital(each)) for each in result.looked_for]))
    return Section(title="Notes on the data", lead=lead(result), blocks=blocks)


def _note(note: Note) -> Paragraph:
    rows = row_words(note)
    warning = "Warning: " if note.level == "warning" else ""
    return Paragraph(
        opening=f"{warning}{note.title}.",
        text=" ".join(filter(None, [note.text, f"{rows}." if rows else ""])),
    )


def making(result: Finished, counted: Sequence[tuple[str, str]]) -> Section:
    """Everything needed to make the study again; ``counted`` are pairs of what was counted and words."""
    pairs = [
        *counted,
        ("folder", result.folder),
        *[(key, in_words(value)) for key, value in result.made.items()],
    ]
    columns = [Column(title="What", number=False), Column(title="Value", number=False)]
    rows = [Row(cells=[Cell(text=name), Cell(text=words)]) for name, words in pairs]
    return Section(
        title="How it was made",
        blocks=[
            Table(caption="The run", columns=columns, rows=rows),
            Heading(text="The settings"),
            Code(text=study_file(result)),
        ],
    )
