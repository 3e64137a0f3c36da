"""All checks of a study's rows, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.wild import wild_values
from semascope.studies.heads.flaws.classes import rare_classes, two_valued, unseen_classes
from semascope.studies.heads.flaws.columns import column_notes
from semascope.studies.heads.flaws.found import Flaws
from semascope.studies.heads.flaws.spelled import spelling_notes
from semascope.studies.heads.flaws.targets import id_notes, told_notes, wild_note

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows


def find_flaws(rows: Rows, *, seed: int) -> Flaws:
    """What is wrong with the rows as far as it can be known before anything is computed."""
    flaws = Flaws()
    flaws.loud += two_valued(rows)
    flaws.keep(told_notes(rows, seed=seed), "the target inside the text", loud=True)
    if rows.classes:
        flaws.keep(unseen_classes(rows), "classes that only the held-out rows have", loud=True)
        flaws.keep(rare_classes(rows), "classes of a few rows")
    else:
        flaws.wild = {
            name: found
            for place, name in enumerate(rows.targets)
            if len(found := wild_values(rows.truth[:, place]))
        }
        flaws.keep(id_notes(rows), "targets that are an id or a rank", loud=True)
        flaws.keep(
            [wild_note(rows, name) for name in flaws.wild],
            "values of a target that lie far from all others",
            loud=True,
        )
    spelled = spelling_notes(rows)
    if rows.classes:
        flaws.keep(spelled.classes, "classes in several spellings", loud=True)
    flaws.keep(spelled.others, "names in columns that look alike")
    flaws.keep(column_notes(rows), "columns of the file that predict the target without the text")
    return flaws
