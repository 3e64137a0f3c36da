"""How much of a space is explained by a column: text length, language, source. Letters: n texts, d dim, q components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.halves import Halves
    from semascope.geometry.measured import Measured
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Explained:
    """What one column explains of a space."""

    column: str
    kind: Literal["labels", "numbers"]
    texts: int  # that have a value
    values: int  # different ones
    share: Measured  # of the total variance, by a regression on the column; floor: the column shuffled
    adjusted: Measured  # the same less what the shuffled column explains, brought back to at most 1; about 0 by chance
    components: Floats  # (q,) R2 of each of the first components on the column
    component_shares: Floats  # (q,) of the variance, of each component
    component_floors: Floats  # (q,) what 95 % of shuffled columns stay below


def explained_by(
    vectors: Array,
    columns: Mapping[str, Sequence[object] | Array],
    *,
    halves: Halves,
    seed: int = 42,
) -> dict[str, Explained]:
    """What each column explains of the space, by the column's name."""
    return {}
