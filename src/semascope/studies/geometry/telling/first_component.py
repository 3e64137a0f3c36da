"""What a first component is about, where a column explains most of it: the picture then shows that column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.shares import SPELLED_OUT, named_column, plain_name, told_share
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.columns.explaining import Explained

_MOST = 0.5  # of the first component


def first_component_sentences(spaces: Mapping[str, Mapping[str, Explained]]) -> list[str]:
    """A sentence for each column that explains more than half of some space's first component, beyond its floor.

    Parameters
    ----------
    spaces
        By space, then by column.
    """
    columns = dict.fromkeys(name for explained in spaces.values() for name in explained)
    return [said for column in columns if (said := _sentence(column, spaces))]


def _sentence(column: str, spaces: Mapping[str, Mapping[str, Explained]]) -> str:
    found = {
        name: explained[column]
        for name, explained in spaces.items()
        if column in explained and _is_most(explained[column])
    }
    if not found:
        return ""
    told = listing(
        [f"{told_share(float(each.components[0]))} in {plain_name(name)}" for name, each in found.items()],
        limit=SPELLED_OUT,
    )
    floor = max(float(each.component_floors[0]) for each in found.values())
    named = named_column(column)
    return capital(
        f"{named} explains most of the first component: {told} (shuffled at most {told_share(floor)}); what lies apart along it"
        f" does so by {named}, or by what goes with it."
    )


def _is_most(explained: Explained) -> bool:
    if not len(explained.components):
        return False
    first = float(explained.components[0])
    return first > _MOST and first > float(explained.component_floors[0])
