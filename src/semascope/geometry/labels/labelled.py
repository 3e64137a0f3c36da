"""How labels lie in each space, as plain values: what ``describing.py`` hands over. Letters: n texts, l labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate, Family
    from semascope.types import Ints

NO_LABEL = -1
"""Code of a text without a label, and the vote of a text that has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneLabel:
    """A label in one space."""

    name: str
    texts: int  # that have it
    accuracy: Estimate  # share of them whose nearest vote for it
    within: float  # mean cosine of two of them; NaN with fewer than two
    nearest: str  # the other label of the largest mean cosine; "" where there is none
    nearest_cosine: float  # mean cosine of a text of this label and one of the nearest


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """Texts of a label whose nearest vote for another one."""

    label: str
    voted: str
    texts: int
    share: float  # of the texts that have the label
    rows: tuple[int, ...]  # some of them, as numbers from 0 to n - 1, the clearest votes first


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelsInSpace:
    """The numbers of one space. Each stands beside its floor from shuffled labels."""

    knn: Measured  # accuracy of the k nearest neighbours' vote, [0, 1]
    silhouette: Measured  # of cosine distances, [-1, 1]
    within: Measured  # mean cosine of two texts of one label
    across: Measured  # mean cosine of two texts of different labels
    gap: Measured  # how much shorter distances are within labels than across, as a share of the latter; 1 at most
    labels: tuple[OneLabel, ...]  # those that a text has, the most frequent first
    confusions: tuple[Confusion, ...]  # the most frequent first
    votes: Ints = field(
        repr=False
    )  # (n,) code that each text's nearest vote for, -1 where it has no label or no voter


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Labelled:
    """How the labels of a column lie in each space, and what differs from the first space."""

    label: str  # name of the column
    k: int  # neighbours that vote; 0 where none can
    texts: int  # that have a label
    largest: float  # share of the most frequent label: what always naming it would reach
    spaces: dict[str, LabelsInSpace]  # by space; none where ``reason`` says why
    families: dict[str, Family]  # "knn", "silhouette", "gap": every space against the first
    notes: tuple[str, ...] = ()
    reason: str = ""  # why the labels tell nothing; "" when they do
