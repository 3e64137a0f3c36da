"""What a finished study of retrieval hands to its report and its caller: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from semascope.studies.result import StudyResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.indexes.recipe import Recipe
    from semascope.studies.retrieval.telling.shown import (
        AgainstPart,
        Details,
        Disturbed,
        LengthJudged,
        SeenApart,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Condensed:
    """A cell and the baseline on judged documents alone, where more holes than measure lie between them."""

    cell: str
    value: float
    baseline: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalResult(StudyResult):
    """A finished study of retrieval.

    ``measures`` of a cell are means over the estimating queries.
    """

    recipe: Recipe | None  # how the advised cell searches; None for a run of others
    documents: int
    choosing: int  # queries
    estimating: int
    split: Literal["given", "drawn"]
    beside: Sequence[str]  # names of the measures, the one of the verdicts first
    holes: Mapping[
        str, float
    ]  # by cell, the share of the first ten documents that nobody judged, where any was found
    silent: Mapping[str, int]  # by cell, estimating queries for which it found nothing: they count 0
    condensed: Sequence[Condensed]
    pair: bool  # two cells that chose nothing: all queries estimate
    against_parts: Sequence[AgainstPart] = ()  # hybrids whose best part is not the baseline
    robustness: Sequence[Disturbed] = ()  # by perturbation, then cell
    lengths: Sequence[LengthJudged] = ()  # by encoder, shortest first
    seen: Sequence[SeenApart] = ()  # cells whose encoder has seen documents
    details: Details  # what the report shows beside the verdicts
