"""A map as files: the linked page, a page and the vectors of each space, the numbers. A folder holds one map."""

from __future__ import annotations

import itertools
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.files import replace_file, replacing
from semascope.maps.drawing.page import render
from semascope.maps.telling.record import FORMAT
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.maps.contents import MapContents
    from semascope.spaces.preparing import Space
    from semascope.types import Ints, Progress

# characters of a space's name in the names of its files: four bytes each and an ending fit in 255
_LONGEST = 60
PAGES, VECTORS = "visualizations", "embeddings"
LINKED, RECORD, ROWS = "multitask_comparison.html", "map.json", "rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What lies in the folder now."""

    page: Path  # the linked page
    removed: tuple[Path, ...]  # files of the map that lay there before


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to; asked before the work, since the map is written after it."""
    if folder.suffix.casefold() in (".html", ".htm") and not folder.is_dir():
        raise DataError(
            f"output is {folder}, the name of a page; a map is a folder of pages and numbers; name a folder, such as"
            f" {folder.with_suffix('')}"
        )
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "may not be written to" if there.is_dir() else "is a file"
        raise DataError(f"the map cannot be written to {folder}: {there} {why}; name another folder")


def write_map(
    folder: Path,
    linked: str,
    alone: Sequence[MapContents],
    spaces: Sequence[Space],
    *,
    vector_rows: Ints | None,
    record: Mapping[str, Any],
    progress: Progress,
) -> Written:
    """Write everything; files of the map that lay there before and are not written again are removed.

    Which these are is read from that map's ``map.json``; a file that is not named after one of its spaces is left. What
    each part is says ``LinkedMap``; ``linked`` is its page.
    """
    pages, vectors = folder / PAGES, folder / VECTORS
    before = _files_of(folder, _recorded(pages / RECORD))
    # a space called "rows" gets a number, since rows.npy is taken
    names = file_names([space.name for space in spaces])
    files = [LINKED, *(f"{name}_embeddings.html" for name in names)]
    try:
        pages.mkdir(parents=True, exist_ok=True)
        written = {pages / file for file in files}
        for done, (file, contents) in enumerate(zip(files, (None, *alone), strict=True)):
            progress(Step(stage="writing pages", done=done, total=len(files), unit="pages"))
            replace_file(pages / file, (render(contents) if contents else linked).encode())
        written |= _write_vectors(spaces, vector_rows, names, vectors)
        numbers = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        removed = [path for path in before if path not in written and path.is_file()]
        for path in removed:
            path.unlink()
        # last: until then the earlier one names what to remove
        replace_file(pages / RECORD, f"{numbers}\n".encode())
        progress(Step(stage="writing pages", done=len(files), total=len(files), unit="pages"))
    except OSError as error:
        raise DataError(
            f"the map cannot be written to {folder} ({error.strerror or error}); name another folder"
        ) from error
    return Written(page=pages / LINKED, removed=tuple(removed))


def file_names(names: Sequence[str]) -> list[str]:
    """A plain file name for each space; where two would share one, also without regard to case, the later gets a number.

    Examples
    --------
    >>> file_names(["topic", "Topic", "a/b", "rows"])
    ['topic', 'Topic_2', 'a_b', 'rows_2']
    """
    taken = [ROWS]
    for name in names:
        plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:_LONGEST] or "space"
        numbered = (plain if count == 1 else f"{plain}_{count}" for count in itertools.count(1))
        taken.append(next(free for free in numbered if free.casefold() not in map(str.casefold, taken)))
    return taken[1:]


def _write_vectors(
    spaces: Sequence[Space], rows: Ints | None, names: Sequence[str], folder: Path
) -> set[Path]:
    """The (n, d) vectors of each space that has some, and the row in the file of each."""
    arrays = {
        folder / f"{name}.npy": np.asarray(space.vectors)
        for name, space in zip(names, spaces, strict=True)
        if space.vectors is not None
    }
    if arrays and rows is not None:
        arrays[folder / f"{ROWS}.npy"] = rows
    if arrays:
        folder.mkdir(parents=True, exist_ok=True)
    for path, array in arrays.items():
        with replacing(path) as stream:
            np.save(stream, array, allow_pickle=False)
    return set(arrays)


def _recorded(path: Path) -> list[str]:
    """Names of the spaces of the map that a ``map.json`` tells of; none where there is no such file of ours."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf8"))
        names = [panel["name"] for panel in found["panels"] if found["format"] == FORMAT]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return names if all(isinstance(name, str) for name in names) else []


def _files_of(folder: Path, spaces: Sequence[str]) -> list[Path]:
    """What a map of these spaces has written, beside what every map writes anew."""
    if not spaces:
        return []
    names = file_names(spaces)
    pages = [folder / PAGES / f"{name}_embeddings.html" for name in names]
    return [*pages, *(folder / VECTORS / f"{name}.npy" for name in (*names, ROWS))]
