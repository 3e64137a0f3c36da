"""Texts in languages that an encoder was not trained for: what every kind of study says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from semascope.data.language import languages_of
from semascope.data.language_names import LANGUAGE_COLUMNS, spoken_names
from semascope.studies.result import Note
from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from semascope.data.language import LanguageProfile
    from semascope.data.table import Table


def table_languages(table: Table, texts: Sequence[str], *, seed: int) -> LanguageProfile:
    """As a column of a usual name gives them, or as they are found in a sample."""
    column = next((name for name in LANGUAGE_COLUMNS if name in table.columns), None)
    given = None if column is None else table.strings(column)
    return languages_of(texts, column=given, column_name=column or "", seed=seed)


def reads_only(names: Sequence[str], languages: Iterable[str]) -> str:
    """What encoders read."""
    return f"{listing(list(names))} {'reads' if len(names) == 1 else 'read'} {spoken_names(languages)} only"


def unread_note(
    names: Sequence[str],
    reads: AbstractSet[str],
    languages: LanguageProfile,
    *,
    what: str = "texts",
    level: Literal["info", "warning"] = "warning",
) -> Note:
    """That encoders were not trained for the languages of some texts: how many, which languages, who says so.

    Parameters
    ----------
    names
        Encoders that all read ``reads``, one or more.
    """
    foreign = languages.foreign_rows(reads)
    shown = listing([code for code in languages.shares if code not in reads])
    return Note(
        level=level,
        title=reads_only(names, reads),
        text=f"{percent(languages.foreign_share(reads), space=' ')} of the {what} ({len(foreign):,} of {languages.known:,} whose"
        f" language is known) are in other languages ({shown}; from {languages.method}).",
        count=len(foreign),
    )
