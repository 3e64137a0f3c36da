"""Data notes: what the reader should know of the rows, warnings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.words.numbers import count
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.result import Finished, Note

ROWS = 12  # row numbers shown


def section(result: Finished) -> Section | None:
    """All notes of the study; None when there are none."""
    notes, looked = warnings_first(result), result.looked_for
    if not notes and not looked:
        return None
    return Section(
        id="notes",
        title="Notes on the data",
        lead=lead(result),
        body=Markup().join(
            [
                element("ul", *[_item(note) for note in notes], class_="notes") if notes else Markup(),
                _looked_for(looked),
            ]
        ),
    )


def warnings_first(result: Finished) -> list[Note]:
    """The notes in the order shown."""
    return sorted(result.notes, key=lambda note: note.level != "warning")


def lead(result: Finished) -> str:
    """How many notes can change the answer."""
    warnings = sum(note.level == "warning" for note in result.notes)
    if not warnings:
        return "Nothing was found that should change the answer."
    return f"{count(warnings, 'thing')} that can change the answer, {len(result.notes) - warnings:,} only counted."


def row_words(note: Note) -> str:
    """The rows that a note is about; empty where it names none."""
    rows = [int(row) for row in list(note.rows[:5_000])]
    return shortened_rows(rows, total=len(note.rows)) if rows else ""


def _looked_for(looked: Sequence[str]) -> Markup:
    """What was looked for in vain, folded: without it "nothing was found" says little."""
    if not looked:
        return Markup()
    return element(
        "details",
        element("summary", f"Looked for and not found: {count(len(looked), 'thing')}"),
        element("ul", *[element("li", capital(each)) for each in looked]),
        class_="more looked-for",
    )


def shortened_rows(rows: list[int], *, total: int) -> str:
    """Row numbers in words, runs joined.

    Examples
    --------
    >>> shortened_rows([3, 4, 5, 9], total=4)
    'Rows 3–5, 9'
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    written = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    shown, more = written[:ROWS], total - sum(len(run) for run in runs[:ROWS])
    noun = "Row" if total == 1 else "Rows"
    return f"{noun} {', '.join(shown)}" + (f" and {more:,} more" if more > 0 else "")


def _item(note: Note) -> Markup:
    mark = chip("mixed", "warning") if note.level == "warning" else Markup()
    rows = row_words(note)
    parts = [element("p", element("b", note.title), " ", mark, class_="note-title")]
    if note.text:
        parts.append(element("p", note.text))
    if rows:
        parts.append(element("p", rows, class_="rows"))
    return element("li", *parts, class_=note.level)
