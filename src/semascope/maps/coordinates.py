"""Spaces that come from elsewhere: columns that hold coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.spaces.preparing import Space
from semascope.spaces.sources import Sourced, notes_on_reading

if TYPE_CHECKING:
    from semascope.data.table import Table
    from semascope.maps.plan import MapPlan


def from_coordinates(plan: MapPlan, table: Table) -> Sourced:
    """A space for each pair of columns."""
    spaces = []
    for written in plan.coordinates:
        name, given, columns = written.partition("=")
        pair = [column.strip() for column in columns.split(",")]
        if not given or not name.strip() or len(pair) != 2 or not all(pair):
            raise ConfigError(
                f"coordinates are {written!r}; they must be NAME=X_COLUMN,Y_COLUMN; name two columns"
            )
        table.require(pair)
        places = np.stack([table.numbers(column) for column in pair], axis=1)
        caption = f"columns {pair[0]} and {pair[1]}"
        spaces.append(Space(name=name.strip(), caption=caption, coordinates=places))
    return Sourced(spaces=tuple(spaces), notes=tuple(notes_on_reading(table)))
