"""``race.json`` of a run folder: how a race went, so that what fell is not run again, and one that was killed goes on alike."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from semascope.errors import DataError
from semascope.plain import plain
from semascope.studies.racing import Fall, Heat, Race

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from semascope.studies.folder import RunFolder

NAME = "race.json"


def write_race(folder: RunFolder, race: Race, *, settings: Mapping[str, Any], ended: bool) -> None:
    """Replace the file; ``settings`` are plain values that decide who falls."""
    said = {"settings": settings, "ended": ended, **plain(race)}
    folder.write(NAME, json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1))


def read_race(
    folder: RunFolder, *, settings: Mapping[str, Any], cells: Collection[str]
) -> tuple[Race | None, bool]:
    """The race that is kept, and whether it has ended. None where none is, or one by other settings or without some of the cells.

    Raises
    ------
    DataError
        When the file is damaged.
    """
    file = folder.path / NAME
    if not file.is_file():
        return None, False
    try:
        said = json.loads(file.read_text(encoding="utf8"))
        race, ended = _race_of(said), bool(said["ended"])
        same = said["settings"] == json.loads(json.dumps(settings))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{file} is damaged ({error}); it says which cells a race left behind; delete it, and they race again"
        ) from None
    return (race, ended) if same and race.lanes.keys() >= set(cells) else (None, False)


def _race_of(said: Mapping[str, Any]) -> Race:
    return Race(
        units=said["units"],
        lanes=said["lanes"],
        free=said["free"],
        heats=[
            Heat(
                units=heat["units"],
                values={cell: math.nan if value is None else value for cell, value in heat["values"].items()},
                best=heat["best"],
            )
            for heat in said["heats"]
        ],
        falls={cell: Fall(**fall) for cell, fall in said["falls"].items()},
        prices={cell: (price[0], price[1]) for cell, price in said["prices"].items()},
    )
