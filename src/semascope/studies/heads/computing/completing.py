"""Finished cells of a run folder that lack what the advice needs: an earlier version did not keep it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.encoders.instructions import Instruction
from semascope.studies.heads.asking.plan import Cell
from semascope.studies.heads.computing.folded import cells_in
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa

    from semascope.studies.heads.asking.settings import Study


def cell_of(record: Mapping[str, Any]) -> Cell:
    """The cell that a record is about."""
    cell = record["cell"]
    return Cell(
        encoder=cell["encoder"],
        instruction=Instruction(cell["instruction"], cell["sentence"]),
        long=cell["long"],
        dim=cell["dim"],
        head=cell["head"],
    )


def unfolded(study: Study, records: Mapping[str, Mapping[str, Any]], folded: pa.Table | None) -> list[Cell]:
    """Finished cells without out-of-fold predictions, where the rule of the study compares these."""
    known = cells_in(folded) if study.choose == "cheapest" else set(records)
    return [cell_of(record) for name, record in records.items() if name not in known]


def to_complete(
    study: Study, records: Mapping[str, Mapping[str, Any]], folded: pa.Table | None
) -> list[Cell]:
    """The same, and those that do not know what encoding costs, because their vectors came from a store."""
    found = {cell.id: cell for cell in unfolded(study, records, folded)}
    for name, record in records.items():
        if record["cell"]["encoder"] and math.isnan(record["costs"]["encode_seconds_per_1000"]):
            found.setdefault(name, cell_of(record))
    return list(found.values())


def folding_words(cells: int) -> str:
    """What is computed again, and why."""
    have, them = ("has", "it is") if cells == 1 else ("have", "they are")
    return (
        f"{count(cells, 'finished cell')} {have} no out-of-fold predictions, which an earlier version did not keep and by which the"
        f" advice compares: {them} fitted on the folds again (--choose best needs none)"
    )
