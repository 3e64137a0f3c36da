"""What a kind of study gives. The rest is written once and knows no kind: folder, lock, resume, order of work, winner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from semascope.studies.folder import RunFolder
    from semascope.types import Progress

Record: TypeAlias = "Mapping[str, Any]"
"""What stands in ``records.jsonl`` of one cell: ``id``, and whatever the task wants to know of it again."""
Records: TypeAlias = "dict[str, Record]"
"""By cell id, in the order in which they were finished."""

Cell = TypeVar("Cell")
Finished = TypeVar("Finished")


@dataclass(frozen=True, kw_only=True, slots=True)
class CellValues:
    """What computing one cell gave. Nothing of it is written yet, and a task never writes it."""

    record: Record
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    """By what they hold, all that the task's ``tables`` names; none where a finished cell only gets a fuller record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """All that is known of the cells of a folder, whether this run or an earlier one computed them."""

    records: Records
    tables: Mapping[str, Mapping[str, pa.Table]]  # by what they hold, then by cell id
    new: int = 0  # cells computed by this run
    # cells that got no vectors, and why; what failed before there were cells is called by its encoder
    failed: Mapping[str, str] = field(default_factory=dict)


class Task(Protocol, Generic[Cell, Finished]):
    """One study of some kind: rows or queries with their split, its cells, how one is computed, what is concluded.

    Everything that can be wrong with what was asked is found before the first method is called, or by ``meeting``.
    """

    @property
    def kind(self) -> str: ...  # "study", as a locked folder calls it

    @property
    def frozen(
        self,
    ) -> Mapping[str, Any]: ...  # plain values that all cells of a folder share, ``data_digest`` among them

    @property
    def tables(self) -> Sequence[str]: ...  # what every cell hands over beside its record: "held_out", ...

    def meeting(self, records: Records) -> Self:
        """The task in a folder that holds these cells.

        Raises
        ------
        ConfigError
            When a cell found there is not the one that the study means by its name.
        """
        ...

    def written(self) -> str:
        """The study file, as resolved: what was left open is filled in."""
        ...

    def opening(self, records: Records, *, progress: Progress) -> Iterator[str]:
        """Lines worth reading before the work begins: what was taken, warnings, what it will cost."""
        ...

    def narrowed(
        self, records: Records, folder: RunFolder, *, progress: Progress, say: Callable[[str], None]
    ) -> Self:
        """The task with fewer cells to compute, where a race on samples leaves some behind (``racing.py``); else itself."""
        ...

    def batches(self, records: Records) -> Sequence[Sequence[Cell]]:
        """Cells to compute, those together that share work (vectors, a trained model)."""
        ...

    def asks(self, batch: Sequence[Cell]) -> Sequence[str]:
        """Names of the encoders that are asked for the vectors of a batch; none for cells that read none."""
        ...

    def compute(
        self, batch: Sequence[Cell], records: Records, *, starting: Callable[[str], None], progress: Progress
    ) -> Iterator[CellValues]:
        """The values of the cells of a batch, one after the other; each is kept before the next is asked for.

        ``starting`` is called with a cell's short name when its own work begins, after what the batch shares.
        """
        ...

    def conclude(self, computed: Computed, *, folder: Path, command: str) -> Finished:
        """The finished study: verdicts, choice, headline, notes. Computes no cell."""
        ...

    def hand_over(self, finished: Finished, place: Path, *, progress: Progress) -> None:
        """Write what won to ``place``, a folder that is replaced whole; nothing where it lies there already."""
        ...
