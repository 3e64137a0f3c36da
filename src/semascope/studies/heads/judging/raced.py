"""How a race went, with the names that the table gives to its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.plan import short_labels
from semascope.studies.racing import Raced

if TYPE_CHECKING:
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import Records


def raced_cells(prepared: Prepared, records: Records) -> Raced | None:
    """The race of the study, if there was one; a cell that fell and was computed whole later has no fall."""
    race = prepared.raced
    if race is None or not race.heats:
        return None
    fallen = [cell for cell in prepared.plan.cells if cell.id in race.falls and cell.id not in records]
    cells = [*(cell_of(record["cell"]) for record in records.values()), *fallen]
    train = prepared.rows.split.train
    return Raced(
        race=race,
        labels=short_labels(cells),
        fallen=[race.falls[cell.id] for cell in fallen],
        whole=len(prepared.rows),
        rows_per_unit=len(train) / max(1, int(prepared.rows.judged[train].sum())),
    )
