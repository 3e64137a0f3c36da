"""All checks of a study's rows, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.data.spellings import alike_words, joined_words
from semascope.data.wild import wild_values
from semascope.studies.heads.flaws.classes import rare_classes, two_valued, unseen_classes
from semascope.studies.heads.flaws.columns import column_notes
from semascope.studies.heads.flaws.found import Flaws
from semascope.studies.heads.flaws.targets import id_notes, told_notes, wild_note
from semascope.studies.result import Note
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.data.spellings import Spellings
    from semascope.studies.heads.asking.rows import Rows


def find_flaws(rows: Rows, *, seed: int) -> Flaws:
    """What is wrong with the rows as far as it can be known before anything is computed."""
    flaws = Flaws()
    flaws.loud += two_valued(rows)
    flaws.keep(told_notes(rows, seed=seed), "the target inside the text", loud=True)
    if rows.classes:
        flaws.keep(unseen_classes(rows), "classes that only the held-out rows have", loud=True)
        flaws.keep(rare_classes(rows), "classes of a few rows")
    else:
        flaws.wild = {
            name: found
            for place, name in enumerate(rows.targets)
            if len(found := wild_values(rows.truth[:, place]))
        }
        flaws.keep(id_notes(rows), "targets that are an id or a rank", loud=True)
        flaws.keep(
            [wild_note(rows, name) for name in flaws.wild],
            "values of a target that lie far from all others",
            loud=True,
        )
    spelled = spelling_notes(rows)
    if rows.classes:
        flaws.keep(spelled.classes, "classes in several spellings", loud=True)
    flaws.keep(spelled.others, "names in columns that look alike")
    flaws.keep(column_notes(rows), "columns of the file that predict the target without the text")
    return flaws


@dataclass(frozen=True, kw_only=True, slots=True)
class SpellingNotes:
    """Notes on the target's classes, and on the other columns."""

    classes: list[Note]
    others: list[Note]


def spelling_notes(rows: Rows) -> SpellingNotes:
    """What was joined and what looks alike, by column."""
    notes = SpellingNotes(classes=[], others=[])
    for column, found in rows.spelled.items():
        is_target = bool(rows.classes) and column in rows.targets
        is_group = not is_target and rows.groups is found.values
        noun = ("class", "classes") if is_target else ("group", "groups") if is_group else ("value", "values")
        kept = notes.classes if is_target else notes.others
        if found.joined:
            kept.append(_joined(column, found, noun, is_group=is_group))
        if found.alike:
            kept.append(_alike(column, found, noun))
    return notes


def _joined(column: str, found: Spellings, noun: tuple[str, str], *, is_group: bool) -> Note:
    are = "is" if len(found.joined) == 1 else "are"
    why = (
        " A group on both sides of a split would leak, so names that look alike are one." if is_group else ""
    )
    return Note(
        level="warning",
        title=f"{count(len(found.joined), *noun)} of “{column}” {are} spelt in several ways and joined",
        text=f"{joined_words(found)}.{why}",
    )


def _alike(column: str, found: Spellings, noun: tuple[str, str]) -> Note:
    return Note(
        level="warning",
        title=f"{sum(map(len, found.alike)):,} {noun[1]} of “{column}” look alike and are kept apart",
        text=f"{alike_words(found)}. If they mean the same, make them one in the file.",
    )
