"""The cells of a study of any kind: their short names, and the one that the others are held against."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from semascope.errors import ConfigError
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OWN = {"dim": "encoder"}
"""Parts that differ between cells by themselves: each is told only where cells with the same other part differ in it."""


class Planned(Protocol):
    """A cell before it is computed."""

    @property
    def id(self) -> str:
        """Unique in a study: "minilm · default · 384 · ridge"."""
        ...

    @property
    def parts(self) -> Mapping[str, str]:
        """What it is made of, in the order of its name; the last part is always told. Empty for a cell that is all one."""
        ...


Cell = TypeVar("Cell", bound=Planned)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan(Generic[Cell]):
    """Cells in the order in which they run, and the one that the others are held against."""

    cells: tuple[Cell, ...]
    baseline: Cell

    @property
    def labels(self) -> dict[str, str]:
        """Shortest name of each cell that is unique in this plan, by cell id."""
        return short_labels(self.cells)


def short_labels(cells: Sequence[Planned]) -> dict[str, str]:
    """Shortest name of each cell that is unique among ``cells``, by cell id: the parts in which they differ."""
    made = [cell.parts for cell in cells if cell.parts]
    told = {name for name in (made[0] if made else {}) if _differs(name, made)}
    return {
        cell.id: BETWEEN.join(
            part for name, part in cell.parts.items() if name in told or name == [*cell.parts][-1]
        )
        or cell.id
        for cell in cells
    }


def _differs(name: str, made: Sequence[Mapping[str, str]]) -> bool:
    values: dict[str, set[str]] = {}
    for parts in made:
        values.setdefault(parts[OWN[name]] if name in OWN else "", set()).add(parts[name])
    return any(len(found) > 1 for found in values.values())


def named_cell(name: str, cells: Sequence[Cell], *, of: Mapping[str, str]) -> Cell:
    """The cell that a person calls ``name``: by its id, its label, or a last part that only one cell has.

    Parameters
    ----------
    of
        Parts that decide where several cells have that last part; may be empty.

    Raises
    ------
    ConfigError
        When no cell or more than one is called so, with the cells that there are.
    """
    labels = short_labels(cells)
    fitting = [cell for cell in cells if name in (cell.id, labels[cell.id])]
    fitting = fitting or [cell for cell in cells if cell.parts and [*cell.parts.values()][-1] == name]
    if len(fitting) > 1:
        fitting = [cell for cell in fitting if of.items() <= cell.parts.items()] if of else fitting
    if len(fitting) == 1:
        return fitting[0]
    known = list(labels.values())
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "name one of them"
    what = "names several cells" if fitting else "names no cell"
    raise ConfigError(f"baseline is {name!r}, which {what}; cells are {', '.join(known)}; {hint}")
