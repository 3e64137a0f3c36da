"""What an encoder is called, and what it is loaded from.

A user writes ``minilm``, a hub id, a folder, or NAME= before any of these. The *source* is what loads the encoder from
any working directory: of a folder its whole path. The *name* is what cells, tables and sentences say.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.api.name import is_api, read_api_name
from semascope.errors import ConfigError
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semascope.encoders.protocol import Encoder

_HUB_CACHE = "models--"  # models--OWNER--NAME/snapshots/COMMIT
_COMMIT_SHOWN = 7
TRAINED, ENCODER = "training.json", "encoder"
"""Of the folder of a tuning: what says how it went, and the folder of the encoder in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One encoder as it was asked for."""

    written: str
    name: str  # given before the first "="; "" when it follows from the source
    source: str  # whole path of a folder; anything else as it was written
    is_folder: bool


def read_asked(written: str, *, packaged: Iterable[str] = ()) -> Asked:
    """What a user wrote for an encoder.

    A folder of exactly that path is that folder, whatever signs its path holds. Else what stands before the first ``=``
    is a name, and the rest is what it names.

    Parameters
    ----------
    packaged
        Names that stand for what is packaged, also where a folder of that name lies in the working directory.

    Examples
    --------
    >>> asked = read_asked("ours=BAAI/bge-m3")
    >>> asked.name, asked.source
    ('ours', 'BAAI/bge-m3')
    """
    if not written.strip():
        raise ConfigError(f"encoder is {written!r}; it must name one; see: semascope encoders")
    address_follows = is_api(written) and "=" not in written.partition("://")[0]  # which may hold one
    if written in packaged or address_follows or folder_of(written) is not None:
        return _asked(written, "", written, packaged)
    name, given, rest = written.partition("=")
    if not given:
        return _asked(written, "", written, packaged)
    name, rest = name.strip(), rest.strip()
    if not name or not rest:
        what = "what it names" if name else "the name"
        raise ConfigError(
            f"encoder is {written!r}, which lacks {what}; accepted is NAME=ENCODER; write for example ours=./models/tuned"
        )
    if not _can_be_given(name):
        raise ConfigError(
            f"encoder {rest!r} is named {name!r}; a name holds neither {BETWEEN.strip()!r}, which stands between the parts"
            " of a cell's name, nor signs that cannot be seen; choose another name"
        )
    return _asked(written, name, rest, packaged)


def write_asked(name: str, source: str) -> str:
    """What gives an encoder this name from any working directory, as far as that can be written.

    A folder's name that no user can give, because it holds ``=``, is not written: the path gives it again.
    """
    return f"{name}={source}" if name != source and _can_be_given(name) else source


def folder_of(source: str) -> Path | None:
    """The folder that a source stands for, of a tuning the one of its encoder; None where there is none."""
    if not source or source.startswith(("hash:", "api:")):
        return None
    try:
        folder = Path(source).expanduser()
        if not folder.is_dir():
            return None
        return folder / ENCODER if _is_tuning(folder) else folder
    except (OSError, ValueError, RuntimeError):  # no such user, a sign or a length that no file system takes
        return None


def _is_tuning(folder: Path) -> bool:
    """Whether an encoder was tuned in a folder, which then stands for it."""
    return (folder / TRAINED).is_file() and (folder / ENCODER).is_dir()


def hub_id_of(folder: Path) -> str:
    """OWNER/NAME of a folder in the hub's own cache; "" for any other folder.

    Examples
    --------
    >>> hub_id_of(Path("/cache/models--BAAI--bge-m3/snapshots/5617a9f61b02"))
    'BAAI/bge-m3'
    """
    kept = folder.parent.parent.name
    if folder.parent.name != "snapshots" or not kept.startswith(_HUB_CACHE):
        return ""
    return kept.removeprefix(_HUB_CACHE).replace("--", "/")


def commit_of(folder: Path) -> str:
    """The commit of a folder in the hub's own cache; "" for any other folder.

    Examples
    --------
    >>> commit_of(Path("/cache/models--BAAI--bge-m3/snapshots/5617a9f61b02"))
    '5617a9f61b02'
    """
    return folder.name if hub_id_of(folder) else ""


def source_of(encoder: Encoder) -> str:
    """What loads an encoder again, from any working directory: its name, for one that is not from a folder."""
    return str(getattr(encoder, "source", encoder.name))


def name_all(
    asked: Sequence[Asked],
    *,
    means_another: Callable[[str, str], bool],
    stands_for: Callable[[str], str] = str,
) -> dict[str, str]:
    """Source of each encoder by its name, in the order in which they were asked for.

    A name that was given stays. A folder is called by the last part of its path, or by as many of the last parts as no
    other folder's path ends in; one in the hub's cache by its OWNER/NAME. All else is called as it was written.

    Parameters
    ----------
    asked
        Those written alike are one.
    means_another
        Whether a name stands for another encoder than a source: ``minilm`` for a folder that is called so.
    stands_for
        What a source that is no folder stands for, the same for every way to write it.

    Raises
    ------
    ConfigError
        For one encoder under two names, one name for two encoders, and a name that stands for another encoder.
    """
    distinct = list({one.written: one for one in asked}.values())
    _refuse_twice(distinct, stands_for)
    given = _given(distinct, means_another)
    endings = {one.written: _endings(one.source) for one in distinct if one.written not in given}
    found: dict[str, str] = {}
    for one in distinct:
        others = (names for other, names in endings.items() if other != one.written)
        taken = {*given.values(), *(name for names in others for name in names)}
        name = given.get(one.written) or _free(one, endings[one.written], taken, means_another)
        found[name] = one.source
    return found


def _can_be_given(name: str) -> bool:
    return "=" not in name and BETWEEN.strip() not in name and name.isprintable()


def whole_path(source: str, *, packaged: Iterable[str] = ()) -> str | None:
    """The path of the folder that a source stands for, from any working directory; None where it stands for none.

    Parameters
    ----------
    packaged
        As in ``read_asked``.
    """
    folder = None if source in packaged else folder_of(source)
    if folder is None:
        return None
    path = folder.absolute()
    return str(path.resolve() if ".." in path.parts else path)


def _asked(written: str, name: str, source: str, packaged: Iterable[str]) -> Asked:
    if is_api(source):  # in one spelling, and without what must not be shown
        source = str(read_api_name(source, known=None))
    path = whole_path(source, packaged=packaged)
    return Asked(written=written, name=name, source=path or source, is_folder=path is not None)


def _refuse_twice(asked: Sequence[Asked], stands_for: Callable[[str], str]) -> None:
    seen: dict[str, Asked] = {}
    for one in asked:
        key = str(Path(one.source).resolve()) if one.is_folder else stands_for(one.source)
        first = seen.setdefault(key, one)
        if first is not one:
            what = "folder" if one.is_folder else "encoder"
            raise ConfigError(
                f"encoders {first.written!r} and {one.written!r} are the same {what}; leave one out"
            )


def _given(asked: Sequence[Asked], means_another: Callable[[str, str], bool]) -> dict[str, str]:
    """Names that do not depend on the other encoders, by what was written: those given, and all that is no folder."""
    owners: dict[str, Asked] = {}
    for one in asked:
        if one.name and means_another(one.name, one.source):
            raise ConfigError(
                f"encoder {one.source!r} is named {one.name!r}, which stands for another encoder; choose another name"
            )
        if name := one.name or ("" if one.is_folder else one.source):
            first = owners.setdefault(name, one)
            if first is not one:
                raise ConfigError(
                    f"encoders {first.source!r} and {one.source!r} are both called {name!r}; a name stands for one encoder;"
                    " give one of them another: NAME=ENCODER"
                )
    return {one.written: name for name, one in owners.items()}


def _endings(source: str) -> list[str]:
    """What a folder may be called, the shortest first; its whole path last."""
    path = Path(source)
    if hub_id := hub_id_of(path):
        return [hub_id, f"{hub_id}@{path.name[:_COMMIT_SHOWN]}", f"{hub_id}@{path.name}", source]
    if path.name == ENCODER and _is_tuning(path.parent):
        path = path.parent  # what a person called it
    parts = path.parts
    return [*("/".join(parts[-count:]) for count in range(1, len(parts))), source]


def _free(
    one: Asked, endings: Sequence[str], taken: set[str], means_another: Callable[[str, str], bool]
) -> str:
    for name in endings:
        if name not in taken and not means_another(name, one.source):
            return name
    raise ConfigError(
        f"encoder {one.source!r} would be called as another one is named; give it a name of its own:"
        f" NAME={one.source}"
    )
