"""What a finished study of any kind hands to its report and its caller: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.racing import Raced


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something about the data or the run that the reader should know.

    ``level`` is ``warning`` for what can change the answer, ``info`` for what is only counted.
    """

    level: Literal["info", "warning"]
    title: str  # "12 exact duplicates"
    text: str  # one or two sentences: what it means, what was done
    rows: Sequence[int] = ()  # row numbers of the file, counted from 0; may be long, shown shortened
    count: int | None = None


class Finished(Protocol):
    """What the page of anything finished opens and closes with: a study, a geometry, a switch."""

    @property
    def name(self) -> str:
        """Of the data file."""

    @property
    def folder(self) -> str:
        """Where it lies."""

    @property
    def headline(self) -> Sequence[str]:
        """The answer in sentences, most important first."""

    @property
    def notes(self) -> Sequence[Note]:
        """What the reader should know of the data."""

    @property
    def looked_for(self) -> Sequence[str]:
        """Flaws that were looked for and not found: half sentences."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was asked, as resolved."""

    @property
    def made(self) -> Mapping[str, Any]:
        """How it was made: command, versions, times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellResult:
    """One cell: what was compared with the others."""

    id: str  # unique in the study: "minilm · default · 384 · ridge"
    label: str  # the shortest name that is unique in this study: "ridge"
    selection: float  # primary measure on the side that chooses: what ranks the cells
    estimate: Estimate  # primary measure on the held-out side
    measures: Mapping[str, float]  # all measures on the held-out side, e.g. {"mae": .., "rmse": .., "r2": ..}
    verdict: Verdict  # primary family; word "baseline" for the baseline
    # what was chosen inside: alpha per target, rounds
    choices: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()  # "best alpha of 'rating' lies on the edge of the grid"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyResult:
    """A finished study of any kind."""

    name: str  # of the data file: "reviews_food_clothing.jsonl"
    folder: str  # where it lies
    measure: str  # "mae", "accuracy", "ndcg@10", ...
    headline: Sequence[str]  # the answer in sentences, most important first
    cells: Sequence[CellResult]  # in plan order
    family: Family  # primary: all cells against the baseline on one measure
    choice: Choice  # how the winner was chosen, on the side that chooses
    winner: str  # cell id, the advised one
    raced: Raced | None = None  # how cells fell behind before they were computed whole; None where all were
    notes: Sequence[Note]  # data notes, warnings first
    looked_for: Sequence[str] = ()  # flaws that were looked for and not found: half sentences
    failed: Mapping[str, str] = field(default_factory=dict)  # cells that got no vectors, and why
    settings: Mapping[str, Any]  # the study file as resolved
    made: Mapping[str, Any]  # versions, digests, seeds, times, the command: how it was made
