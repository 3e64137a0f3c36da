"""``race.json`` of a run folder: how races went, so that what fell is not run again, and one that was killed goes on alike."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.errors import DataError
from semascope.plain import plain
from semascope.studies.racing import Fall, Heat, Race

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.folder import RunFolder

NAME = "race.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRace:
    """A race of the folder: ``settings`` are plain values that decide who falls, what the cells read among them."""

    race: Race
    settings: Mapping[str, Any]
    ended: bool

    def answers(self, settings: Mapping[str, Any]) -> bool:
        """Whether it is the race that these settings ask for."""
        return bool(self.settings == json.loads(json.dumps(settings)))


def write_races(folder: RunFolder, races: Sequence[KeptRace]) -> None:
    """Replace the file; the oldest race first."""
    said = [{"settings": one.settings, "ended": one.ended, **plain(one.race)} for one in races]
    folder.write(NAME, json.dumps({"races": said}, ensure_ascii=False, allow_nan=False, indent=1))


def read_races(folder: RunFolder) -> list[KeptRace]:
    """The races of a folder, the oldest first.

    Raises
    ------
    DataError
        When the file is damaged.
    """
    file = folder.path / NAME
    if not file.is_file():
        return []
    try:
        said = json.loads(file.read_text(encoding="utf8"))["races"]
        return [
            KeptRace(race=_race_of(one), settings=one["settings"], ended=bool(one["ended"])) for one in said
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{file} is damaged ({error}); it says which cells a race left behind; delete it, and they race again"
        ) from None


def _race_of(said: Mapping[str, Any]) -> Race:
    return Race(
        units=said["units"],
        lanes=said["lanes"],
        free=said["free"],
        heats=[
            Heat(
                units=heat["units"],
                values={cell: _number(value) for cell, value in heat["values"].items()},
                best=heat["best"],
            )
            for heat in said["heats"]
        ],
        falls={
            cell: Fall(
                cell=fall["cell"],
                units=fall["units"],
                against=fall["against"],
                behind=_number(fall["behind"]),
                error=_number(fall["error"]),
                least=_number(fall["least"]),
            )
            for cell, fall in said["falls"].items()
        },
        prices={cell: (rank, _number(seconds)) for cell, (rank, seconds) in said["prices"].items()},
        to_compute=said["to_compute"],
        left_out=said["left_out"],
        made=said["made"],
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value
