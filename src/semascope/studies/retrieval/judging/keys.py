"""Which queries judge the cells of a folder, and which choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.retrieval.asking.seen import recorded_seen, seen_by

if TYPE_CHECKING:
    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Records


@dataclass(frozen=True, kw_only=True, eq=False)
class Keys:
    """What the queries of each side are measured by, without those that some encoder was tuned on."""

    choosing: AnswerKey
    estimating: AnswerKey
    pair: bool  # two cells that choose nothing: all queries estimate
    left_out: int  # queries that some encoder was tuned on

    @classmethod
    def of(cls, prepared: Prepared, records: Records) -> Keys:
        """Those for some cells.

        A pair of cells needs no choice: one test was fixed before any query was looked at, so all queries may judge it (what
        chooses a weight or a part is a hybrid, whose parts are two cells more). Splits that judgements give stay as they
        are: their figures are held against others of the same split.
        """
        seen = seen_by(recorded_seen(records))
        asked = prepared.asked
        pair = len(records) <= 2 and asked.sides.how == "drawn"
        return cls(
            choosing=asked.both(seen) if pair else asked.choosing(seen),
            estimating=asked.both(seen) if pair else asked.estimating(seen),
            pair=pair,
            left_out=len(seen),
        )
