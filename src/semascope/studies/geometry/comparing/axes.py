"""Whether two scores are one axis of a space or two. Letters: n texts, d dim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate
    from semascope.types import Floats, Ints, Progress, Vectors

AxesWord = Literal["one", "two", "open"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Two scores in one space."""

    space: str
    word: AxesWord  # one axis, two, or it cannot be told
    reason: str  # why it cannot be told; "" when it can
    own: tuple[Measured, Measured]  # how well each score's own probe orders it, out of fold
    cross: tuple[
        Measured, Measured
    ]  # how well the first's probe orders the second, and the second's the first
    reliability: tuple[Measured, Measured]  # cosine of two directions of one score, fitted on different texts
    agreement: Measured  # cosine of directions of the two scores, fitted on different texts
    cosine: Estimate  # the agreement that perfectly known directions would have
    angle: Estimate  # in degrees
    in_common: Estimate  # correlation of the two perfectly known axes over these texts


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoScores:
    """Two columns of scores, in every space."""

    first: str
    second: str
    texts: int  # that have both
    correlation: Estimate  # of the scores themselves, in ranks
    measures: tuple[str, str]  # what orders each: "Spearman", or "AUC" for two classes
    spaces: dict[str, Axes]
    why_not: str = ""  # why nothing can be said; "" when it can


def judge_axes(
    spaces: Mapping[str, Vectors],
    scores: Mapping[str, Floats],
    *,
    components: Ints | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> tuple[TwoScores, ...]:
    """Every two of the scores in every space."""
    raise NotImplementedError
