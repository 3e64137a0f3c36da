"""An archive of a folder of text files, read as the folder is: nothing is unpacked to the disk.

Members are read into memory, so no path can lead anywhere. Those that try to are passed over, and so are links and
devices; a remark names the first.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from semascope.data.archive_members import Archive
from semascope.data.building import CHUNK_CHARACTERS
from semascope.data.columns import require_columns
from semascope.data.decoding import decode_bytes
from semascope.data.read_folder import COLUMNS, ENDINGS, is_hidden
from semascope.data.table import Remark
from semascope.errors import DataError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.data.building import TableBuilder

_PASSED_OVER = {
    "path": ("path that leads out of the archive", "paths that lead out of the archive"),
    "link": ("link", "links"),
    "device": ("device or pipe", "devices or pipes"),
}


def read_archive(path: Path, builder: TableBuilder, *, columns: Sequence[str] | None) -> tuple[Remark, ...]:
    """Add the text files of a ``.tar``, ``.tar.gz``, ``.tgz`` or ``.zip``, sorted by path, as ``read_folder`` adds those of a folder.

    A top folder that holds everything is passed over, as if it had been named; not where texts lie in it directly and
    nowhere else, which have its name as label then. Of two members of one path the last one counts, as when they are
    unpacked.

    Raises
    ------
    DataError
        When it is damaged, holds no texts, holds one that is no text, or unpacks to more than 100 times its size (and 64 MiB).
    """
    require_columns(columns or (), available=COLUMNS, source=path.name)
    archive = Archive(path=path)
    texts: dict[PurePosixPath, str] = {}
    passed_over: dict[str, list[str]] = {}
    for member in archive.members():
        place = _place(member.name)
        if place is None:
            passed_over.setdefault("path", []).append(member.name)
        elif not _is_text(place):
            continue
        elif member.kind != "file":
            passed_over.setdefault(member.kind, []).append(member.name)
        else:
            texts[place] = decode_bytes(member.read(), name=f"{place} in {path.name}")
    remarks = _remarks(passed_over, path.name, is_open_ended=archive.is_open_ended)
    if not texts:
        said = "".join(f"; {remark.text}" for remark in remarks)
        raise DataError(
            f"{path.name} holds no text files{said}; accepted are .txt, .text, .md and files without an ending; pack a folder with some"
        )
    _add(texts, builder, dict.fromkeys(COLUMNS if columns is None else columns))
    return remarks


def _add(texts: dict[PurePosixPath, str], builder: TableBuilder, wanted: Mapping[str, object]) -> None:
    """Add the texts by path; they are forgotten here as they go."""
    top = _top(texts)
    below = {place.relative_to(top).as_posix(): place for place in texts}
    chunk: list[dict[str, str]] = []
    characters = 0
    for name in sorted(below):
        text = texts.pop(below[name])
        chunk.append({"path": name, "text": text, "label": PurePosixPath(name).parent.name})
        characters += len(text)
        if characters >= CHUNK_CHARACTERS or not texts:
            builder.add({each: [row[each] for row in chunk] for each in wanted}, len(chunk))
            chunk, characters = [], 0


def _top(places: Mapping[PurePosixPath, str]) -> PurePosixPath:
    """The folder that the paths of the texts begin below."""
    tops = {place.parts[0] for place in places}
    if len(tops) == 1 and any(len(place.parts) > 2 for place in places):
        return PurePosixPath(tops.pop())
    return PurePosixPath()


def _place(name: str) -> PurePosixPath | None:
    """Where a member lies in the archive; None where its path leads out of it, or nowhere."""
    place = PurePosixPath(name)
    return None if place.is_absolute() or ".." in place.parts or "\0" in name or not place.parts else place


def _is_text(place: PurePosixPath) -> bool:
    return place.suffix.lower() in ENDINGS and not is_hidden(place)


def _remarks(
    passed_over: Mapping[str, Sequence[str]], name: str, *, is_open_ended: bool
) -> tuple[Remark, ...]:
    remarks = []
    for odd, names in passed_over.items():
        one, more = _PASSED_OVER[odd]
        was = "was" if len(names) == 1 else "were"
        remarks.append(
            Remark(f"{count(len(names), one, more)} {was} passed over, {names[0]} first", warning=True)
        )
    if is_open_ended:
        remarks.append(
            Remark(
                f"{name} has no mark at its end: it may have been cut, and texts may be missing", warning=True
            )
        )
    return tuple(remarks)
