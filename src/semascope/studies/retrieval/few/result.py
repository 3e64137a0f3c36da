"""What a study with few judgements hands to its report and its caller: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.result import StudyResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.retrieval.asking.forecast import Beforehand, Effort
    from semascope.retrieval.asking.quality import Quality
    from semascope.retrieval.indexes.recipe import Recipe


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """A machine that judged too."""

    source: str  # its file
    pairs: int  # pooled pairs of query and document
    missing: int  # of them, those that it says nothing of
    quality: Quality  # on the pairs that a person judged too
    trust: Mapping[str, float]  # by cell, the weight of its judgements
    alone: Mapping[
        str, float
    ]  # by cell, the difference from the baseline by it alone: no verdict rests on it


@dataclass(frozen=True, kw_only=True, slots=True)
class FewResult(StudyResult):
    """A study in which judgements were asked for.

    Verdicts are about differences; what a cell comes to by itself is not known, and its ``estimate`` is NaN.
    """

    documents: int
    queries: int
    differing: int  # queries on which cells differ at all
    done: int  # queries that nothing can change any more, of those that the drawing brought up
    judgements: int  # by a person
    skipped: int
    known: int  # grades of pooled pairs that the collection had before anybody was asked
    settles: float  # the difference that the bound is made to settle soonest
    beforehand: Beforehand  # what that takes
    # by unsettled cell, once enough queries are done: what it takes if its difference stays as it is; None: more than there is
    open: Mapping[str, Effort | None]
    judge: Judge | None
    recipe: (
        Recipe | None
    )  # how the advised cell searches; None while nothing is settled, and for a run of others
