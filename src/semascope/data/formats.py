"""File formats, known by the ending of the name."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from semascope.errors import DataError

Format = Literal["csv", "tsv", "json", "jsonl", "parquet", "arrow"]

ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")
"""Endings of archives of text files."""
TEXT_FORMATS: tuple[Format, ...] = ("csv", "tsv", "json", "jsonl")


def is_archive(path: PurePath | str) -> bool:
    """Whether a name is that of an archive of text files; a folder may be called so too.

    Examples
    --------
    >>> is_archive("chunks.TAR.gz"), is_archive("reviews.csv.gz")
    (True, False)
    """
    return PurePath(path).name.lower().endswith(ARCHIVES)


def format_of(path: PurePath | str) -> Format:
    """The format that the ending of ``path`` names; ``.gz`` behind the ending of a text format is allowed.

    Raises
    ------
    DataError
        When the ending is not known; names those that are.

    Examples
    --------
    >>> format_of("reviews.jsonl.gz"), format_of("scores.FEATHER")
    ('jsonl', 'arrow')
    """
    path = PurePath(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    ending = "".join(suffixes[-2:-1] if packed else suffixes[-1:])
    found = ENDINGS.get(ending)
    if found is None or (packed and found not in TEXT_FORMATS):
        given = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise DataError(
            f"{path.name} has {given}; accepted are {', '.join(ENDINGS)}, the first five also with .gz, "
            f"and folders of text files, or archives of them ({', '.join(ARCHIVES)}); rename or convert the file"
        )
    return found
