"""A folder of text files: one row a file, the sub-folder is the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder
from semascope.data.columns import require_columns
from semascope.data.decoding import open_text
from semascope.data.table import Remark
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path, PurePath

ENDINGS = ("", ".txt", ".text", ".md")  # collections of posts often have no ending at all
COLUMNS = ("path", "text", "label")


def read_folder(folder: Path, builder: TableBuilder, *, columns: Sequence[str] | None) -> tuple[Remark, ...]:
    """Add the text files under ``folder``, sorted by path.

    The columns are ``path`` (below ``folder``, with slashes), ``text``, and ``label``: the name of the folder that holds
    the file, "" for files that lie in ``folder`` itself. Hidden files and folders, and other endings, are passed over;
    links that lead nowhere are, too, and the remarks say so.
    """
    require_columns(columns or (), available=COLUMNS, source=folder.name)
    files = _text_files(folder)
    if not files:
        raise DataError(
            f"{folder} holds no text files; accepted are .txt, .text, .md and files without an ending; name a folder with some"
        )
    wanted = dict.fromkeys(COLUMNS if columns is None else columns)
    for chunk in _chunks(folder, files):
        builder.add({name: [row[name] for row in chunk] for name in wanted}, len(chunk))
    return _dangling(folder)


def _text_files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()]
    shown = [path for path in found if not is_hidden(path.relative_to(folder))]
    return sorted(shown, key=lambda path: path.relative_to(folder).as_posix())


def _dangling(folder: Path) -> tuple[Remark, ...]:
    """What there is to say of links to files that are not there."""
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS and path.is_symlink() and not path.exists()
    )
    if not found:
        return ()
    word = "a link leads" if len(found) == 1 else f"{len(found):,} links lead"
    return (
        Remark(f"{word} to a file that is not there and was passed over, {found[0]} first", warning=True),
    )


def is_hidden(path: PurePath) -> bool:
    """Whether a path below the folder begins with a point, or goes through a folder that does."""
    return any(part.startswith(".") for part in path.parts)


def _chunks(folder: Path, files: list[Path]) -> Iterator[list[dict[str, str]]]:
    chunk: list[dict[str, str]] = []
    characters = 0
    for path in files:
        below = path.relative_to(folder)
        with open_text(path) as stream:
            text = stream.read()
        chunk.append({"path": below.as_posix(), "text": text, "label": below.parent.name})
        characters += len(text)
        if characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
