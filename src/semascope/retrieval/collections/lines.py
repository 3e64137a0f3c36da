"""Files of lines with a few fields each: judgements and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.data.decoding import open_text
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank."""

    number: int  # from 1
    fields: list[str]


def fields_of(path: Path, *, tabs: bool | None = None) -> Iterator[Line]:
    """The lines of a file, blank ones left out.

    Parameters
    ----------
    tabs
        Whether tabs part the fields, or any white space; None: tabs where the first line has one.

    Raises
    ------
    DataError
        The file is missing, or its bytes are no text.
    """
    with open_text(path) as stream:
        for number, text in enumerate(stream, 1):
            if not text.strip():
                continue
            if tabs is None:
                tabs = "\t" in text
            fields = text.rstrip("\r\n").split("\t") if tabs else text.split()
            yield Line(number, [field.strip() for field in fields])


def id_without_spaces(name: str) -> str:
    """The id itself.

    Raises
    ------
    DataError
        It is empty or has white space: fields of TREC files are parted by it.
    """
    if not name or len(name.split()) != 1 or name != name.strip():
        raise DataError(
            f"id {name!r} is empty or has white space; a TREC file parts its fields by that; rename it, or keep the run as a table"
        )
    return name
