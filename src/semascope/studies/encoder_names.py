"""What the encoders of a study are called in its folder: by short names, the same ones in every run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.encoders.catalogue import ask, catalogue_id, name_encoders
from semascope.encoders.naming import write_asked
from semascope.errors import ConfigError
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GIVEN = "vectors:"
"""Before the path of a file of vectors, which stands for an encoder: no encoder's name begins so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyEncoders:
    """Source of each encoder of a study by its name; see ``encoders/naming.py``."""

    grid: Mapping[str, str]  # asked for, in the study's order
    pinned: str  # name of the pinned baseline's encoder; "" where none is pinned
    # of cells found in the folder and of the pinned baseline, without those of the grid
    others: Mapping[str, str]

    def written(self) -> list[str]:
        """The grid's encoders as a study file names them for every working directory; without files of vectors."""
        return [write_asked(name, source) for name, source in self.grid.items() if not given_file(source)]

    def written_given(self) -> list[str]:
        """The grid's files of vectors, NAME=FILE, for every working directory."""
        files = {name: given_file(source) for name, source in self.grid.items()}
        return [f"{name}={file}" for name, file in files.items() if file]

    def written_baseline(self, baseline: str) -> str:
        """A cell's id; where its encoder is not in the grid, which the study file lists, with the encoder's source."""
        name = _encoder_part(baseline, self.others)
        return f"{write_asked(name, self.others[name])}{baseline.removeprefix(name)}" if name else baseline


def given_file(source: str) -> Path | None:
    """The file of vectors that a source stands for; None for that of an encoder."""
    return Path(source.removeprefix(GIVEN)) if source.startswith(GIVEN) else None


def ask_given(written: str, *, beside: Path | None = None) -> str:
    """A file of vectors, written NAME=FILE, as an encoder is asked for.

    Parameters
    ----------
    beside
        Folder that a relative path is looked up in; None: the working directory.

    Raises
    ------
    ConfigError
        Where the name or the file is missing.

    Examples
    --------
    >>> ask_given("theirs=/data/theirs.npy")
    'theirs=vectors:/data/theirs.npy'
    """
    name, given, file = (part.strip() for part in written.partition("="))
    if not given or not name or not file:
        raise ConfigError(
            f"vectors is {written!r}; accepted is NAME=FILE; write for example theirs={file or name or 'vectors.npy'}"
        )
    path = Path(file.removeprefix(GIVEN)).expanduser()
    return f"{name}={GIVEN}{((beside or Path()) / path).absolute()}"


def name_for_folder(
    written: Sequence[str], *, pinned: str, records: Mapping[str, Mapping[str, Any]], folder: Path
) -> StudyEncoders:
    """The encoders of a study in its folder; one that has cells there keeps the name that they have.

    Parameters
    ----------
    written
        As the study gives them, one or more.
    pinned
        Encoder of the baseline that the study names whole: a name, or as ``written``; "" where it names none.
    records
        Finished cells of the folder.
    folder
        For messages.

    Raises
    ------
    ConfigError
        When an encoder is given another name than the folder has for it, and wherever ``name_encoders`` does.
    """
    recorded = recorded_sources(records)
    grid = _keeping(name_encoders(written), written, recorded, folder)
    others = dict(recorded)
    if pinned and pinned not in grid and pinned not in recorded:
        known = {_same(source): name for name, source in (recorded | grid).items()}
        name = known.get(_same(ask(pinned).source), "")
        if not name:
            together = name_encoders([*written, pinned])
            name = next(reversed(together))
            others[name] = together[name]
            grid = _keeping(
                {key: together[key] for key in together if key != name}, written, recorded, folder
            )
        pinned = name
    return StudyEncoders(
        grid=grid,
        pinned=pinned,
        others={name: source for name, source in others.items() if name not in grid},
    )


def recorded_sources(records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Source of each encoder that has a cell among the records, by the name that it has there."""
    return {
        record["cell"]["encoder"]: record["source"]
        for record in records.values()
        if record["cell"]["encoder"]
    }


def with_source(baseline: object, encoders: object) -> object:
    """A study file's baseline with the source of its encoder, which the file's own list gives.

    So the baseline still means the same cell where another list is put in place of the file's. What is no cell's id
    stays as it is.
    """
    listed = [encoders] if isinstance(encoders, str) else encoders
    if not isinstance(baseline, str) or not isinstance(listed, list):
        return baseline
    if not listed or not all(isinstance(one, str) for one in listed):
        return baseline
    sources = name_encoders(listed)
    name = _encoder_part(baseline, sources)
    return f"{write_asked(name, sources[name])}{baseline.removeprefix(name)}" if name else baseline


def taken_name(name: str, *, earlier: str, source: str, folder: Path) -> ConfigError:
    """That a folder calls another encoder so."""
    return ConfigError(
        f"encoder {source!r} would be called {name!r}, and folder {folder} calls another encoder so, read from {earlier!r};"
        f" give this one a name of its own: --encoder NAME={source}"
    )


def _keeping(
    named: Mapping[str, str], written: Sequence[str], recorded: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """The same encoders, by the names that the folder's cells have for them."""
    kept = {_same(source): name for name, source in recorded.items()}
    given = {asked.name for asked in map(ask, written)}
    found: dict[str, str] = {}
    for name, source in named.items():
        earlier = kept.get(_same(source), name)
        if earlier != name and name in given:
            raise ConfigError(
                f"encoder {source!r} is named {name!r}, and folder {folder} calls it {earlier!r}; in one folder an encoder has"
                " one name; leave the name out, or choose another --output"
            )
        for again in {name, earlier} & found.keys():
            raise taken_name(again, earlier=found[again], source=source, folder=folder)
        found[earlier] = source
    return found


def _same(source: str) -> str:
    """What two sources of one encoder have in common."""
    path = Path(source)
    return str(path.resolve()) if path.is_absolute() else catalogue_id(source)


def _encoder_part(cell_id: str, names: Mapping[str, str]) -> str:
    """The encoder that a cell's id begins with; "" where it begins with none of these."""
    return max((name for name in names if cell_id.startswith(f"{name}{BETWEEN}")), key=len, default="")
