"""The flaws of a study's rows: what was found, as notes, and what was looked for in vain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.studies.result import Note
    from semascope.types import Ints


@dataclass(kw_only=True, slots=True)
class Flaws:
    """Notes in the order in which they were found.

    Parameters
    ----------
    loud
        What the answer itself must say; shown before the run and in the headline.
    notes
        Everything else.
    absent
        What was looked for and not found: half sentences.
    wild
        (k,) positions of wild values by target.
    """

    loud: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    wild: dict[str, Ints] = field(default_factory=dict)

    def keep(self, found: list[Note], absent: str, *, loud: bool = False) -> None:
        """Take what a check found; without anything, what it looked for."""
        (self.loud if loud else self.notes).extend(found)
        if not found:
            self.absent.append(absent)
