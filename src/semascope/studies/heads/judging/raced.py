"""How a race went, with the names that the table gives to its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.plan import short_labels
from semascope.studies.racing import Raced

if TYPE_CHECKING:
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.racing import Fall
    from semascope.studies.task import Records


def raced_cells(prepared: Prepared, records: Records) -> Raced | None:
    """The race of the study, if there was one, with what fell in it or earlier and was not computed whole since."""
    if not prepared.races or not prepared.races[-1].heats:
        return None
    fallen: dict[str, tuple[Fall, Cell]] = {}
    for race in prepared.races:
        fallen = {name: one for name, one in fallen.items() if name not in race.lanes}  # it raced again
        fallen |= {name: (fall, cell_of(race.made[name])) for name, fall in race.falls.items()}
    left = {name: one for name, one in fallen.items() if name not in records}
    cells = [*(cell_of(record["cell"]) for record in records.values()), *(cell for _, cell in left.values())]
    return Raced(
        race=prepared.races[-1], labels=short_labels(cells), fallen=[fall for fall, _ in left.values()]
    )
