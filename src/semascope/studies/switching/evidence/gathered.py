"""All evidence of one question, before the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.studies.switching.evidence.constant import constant_side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.result import Note
    from semascope.studies.retrieval.telling.shown import Pair
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.studies.switching.result import (
        CosinesApart,
        Judged,
        Neighborhoods,
        Reencoding,
        RowChange,
        StoredAs,
        Thresholds,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """Of texts, or of a collection."""

    old: Placed
    new: Placed
    neighborhoods: Neighborhoods
    found: Neighborhoods | None = None
    cosines: CosinesApart
    judged: Sequence[Judged] = ()
    rows: Sequence[RowChange] = ()
    queries: Pair | None = None
    storage: Sequence[StoredAs] = ()
    reencoding: Reencoding
    thresholds: Thresholds | None
    notes: Sequence[Note] = ()
    # texts, rows of either side, queries: for the record
    counted: Mapping[str, int] = field(default_factory=dict)

    @property
    def constant(self) -> str:
        """The side whose vectors are all the same; "" for neither."""
        return constant_side(self.old.vectors, self.new.vectors)
