"""Whether spaces tell two families of labels apart, and whether they do so for labels that they have not seen.

Letters: n texts, d dim, g labels of both families.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.measured import Measured
    from semascope.maps.contents import Labels
    from semascope.stats.results import Family
    from semascope.studies.geometry.comparing.families import LabelFamily
    from semascope.types import Ints, Progress, Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class ContrastInSpace:
    """Two families of labels in one space."""

    space: str
    auc: Measured  # of a linear probe on held-out texts of labels that it knows
    accuracy: Measured  # of the same probe
    votes: Measured  # accuracy of the k nearest neighbours' vote
    unseen: (
        Measured  # AUC on labels that the probe has not seen; NaN with a reason where a family has only one
    )
    regrouped: Measured  # AUC, on held-out texts, of families dealt at random from the same labels


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
    """Two families of labels in every space."""

    families: tuple[LabelFamily, LabelFamily]
    column: str
    texts: tuple[int, int]  # of either family
    left_out: int  # texts of neither
    k: int
    largest: float  # share of the larger family: what always naming it would reach
    spaces: dict[str, ContrastInSpace]
    probes: Family | None  # the probe's accuracy in every space against the first
    voters: Family | None  # the neighbours' accuracy in every space against the first
    why_not: str = ""  # why nothing can be said; "" when it can


def judge_contrast(
    spaces: Mapping[str, Vectors],
    labels: Labels,
    families: tuple[LabelFamily, LabelFamily],
    *,
    components: Ints | None = None,
    k: int = 10,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Contrast:
    """How well every space tells the two families apart."""
    raise NotImplementedError
