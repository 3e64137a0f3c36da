"""What is asked for on the command line: artifacts by their names, where they lie, and how their encoders compute."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import folder_of
from semascope.errors import ConfigError
from semascope.probes.card_encoder import load_card_encoder
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.probes.space_check import EncoderOnCard
    from semascope.types import Precision

_WINNER, _RECORDS = "winner", "records.jsonl"  # of a run folder
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_FILES = (".zip",)  # endings that no encoder's name has
_KINDS = "a scorer, a learner, an index, a run folder, an encoder or its folder"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One artifact as it was asked for."""

    name: str
    source: str  # a path, or the name of an encoder
    encoder: str = ""  # where the encoder that it stands on lies now; "" takes what it says

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"artifact {self.source!r} would be called {self.name!r}; a name has letters, digits and . - _ :, as it stands in"
                f" addresses; write NAME={self.source}"
            )

    @property
    def path(self) -> Path:
        """Where its files lie, of a run folder those of its winner; nothing lies there for the name of an encoder."""
        path = Path(self.source).expanduser()
        return path / _WINNER if (path / _WINNER).is_dir() else path


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """How encoders compute."""

    precision: Precision = "auto"
    device: str = "auto"
    trust_remote_code: bool = False

    def encoder(self, source: str) -> Encoder:
        """The encoder of a name."""
        return load_encoder(
            source,
            precision=self.precision,
            device=self.device,
            trust_remote_code=self.trust_remote_code,
        )

    def of_card(self, card: EncoderOnCard, given: str = "") -> Encoder:
        """The encoder of a scorer or an index, or the one that is given for it."""
        return load_card_encoder(
            card,
            given,
            precision=self.precision,
            device=self.device,
            trust_remote_code=self.trust_remote_code,
        )


def read_wanted(asked: str) -> Wanted:
    """``NAME=PATH`` or a path or an encoder; without a name the last part of the path, or the encoder's own.

    Examples
    --------
    >>> read_wanted("runs/taste.zip").name, read_wanted("ours=BAAI/bge-m3").name, read_wanted("BAAI/bge-m3").name
    ('taste', 'ours', 'bge-m3')
    """
    if Path(asked).exists() or "=" not in asked.partition("://")[0]:
        return Wanted(name=_name_of(asked), source=asked)
    name, _, source = asked.partition("=")
    if not name.strip() or not source.strip():
        raise ConfigError(
            f"artifact is {asked!r}; accepted are a path, an encoder, or NAME= before either; write for example taste=runs/x"
        )
    return Wanted(name=name.strip(), source=source.strip())


def with_encoders(wanted: Sequence[Wanted], moved: Sequence[str]) -> list[Wanted]:
    """The artifacts with where their encoders lie now: ``NAME=FOLDER``, or a folder alone for the only artifact."""
    names, found = [each.name for each in wanted], {}
    for each in moved:
        name, _, folder = each.partition("=")
        if len(names) == 1 and not _is_named(each):
            name, folder = names[0], each
        if name not in names or not folder.strip() or name in found:
            raise ConfigError(
                f"encoder is {each!r}; accepted is NAME=FOLDER, once for an artifact of {', '.join(names)}; write for example"
                f" {names[0]}=./encoder"
            )
        found[name] = folder.strip()
    return [replace(each, encoder=found.get(each.name, "")) for each in wanted]


def refuse_missing(source: str, path: Path) -> None:
    """Refuse a path at which nothing lies, so that it is not looked up as an encoder, and a run that has no winner."""
    if (path / _RECORDS).is_file():
        raise ConfigError(
            f"{source} is the folder of a run without a winner; what won is served; let the run finish, or name another folder"
        )
    if path.exists() or _is_no_path(source):
        return
    if any((beside := path.with_name(path.name + ending)).is_file() for ending in _FILES):
        raise ConfigError(
            f"artifact {source} does not exist, but {beside.name} does beside it; name that: {source}{beside.suffix}"
        )
    if _is_path(source):
        raise ConfigError(f"artifact {source} does not exist; accepted are {_KINDS}; check the path")


def refuse_runs(source: str, path: Path) -> None:
    """Refuse a folder that is no artifact, but holds run folders, which are."""
    if not path.is_dir():
        return
    runs = [each.name for each in sorted(path.iterdir()) if (each / _WINNER).is_dir()]
    if runs:
        raise ConfigError(
            f"{source} is a folder of runs: {listing(runs)}; accepted are {_KINDS}; name one of them, for example {Path(source) / runs[0]}"
        )


def taken_for(source: str) -> str:
    """As what a source was looked up that is no file or folder here; "" where it can mean nothing else."""
    if _is_no_path(source) or Path(source).expanduser().exists():
        return ""
    parent = Path(source).parent
    if parent != Path():
        return f"no folder {parent} is here, so {source} was taken for a hub id"
    return f"no file or folder {source} is here, so it was taken for the name of an encoder"


def _is_named(moved: str) -> bool:
    """Whether NAME= stands before a folder, and is no part of its path."""
    name, follows, _ = moved.partition("=")
    return bool(follows and _NAME.fullmatch(name)) and not Path(moved).expanduser().exists()


def _is_no_path(source: str) -> bool:
    return source.startswith(("hash:", "api:"))


def _is_path(source: str) -> bool:
    """Whether something that is not here can only be meant as a path: OWNER/NAME is one where a folder OWNER is here."""
    path = Path(source)
    below = len(path.parts) > 1 and (len(path.parts) > 2 or path.parent.is_dir())
    return path.is_absolute() or source.startswith((".", "~")) or path.suffix.lower() in _FILES or below


def _name_of(source: str) -> str:
    """The last part of a path; of a winner that of its run, of a tuning's encoder that of the tuning."""
    path = Path(source).expanduser()
    if path.exists():
        path = path.resolve() if ".." in path.parts else path.absolute()
        if path.name == _WINNER or folder_of(str(path.parent)) == path:
            path = path.parent
    return path.name.removesuffix(".zip") or source
