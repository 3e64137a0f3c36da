"""What the report of a study of retrieval shows beside its verdicts: plain values, bounded, with the texts that they are about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.failures import Reason
    from semascope.stats.results import Verdict, Word
    from semascope.types import Floats

Span = tuple[int, int]
"""Characters of a text: the first, and the one behind the last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbed:
    """A cell on the estimating queries as they were asked and as they were disturbed, paired."""

    perturbation: str  # "typos", "case", "accents", or the name of a column of rewritten queries
    cell: str
    value: float  # of the measure, as asked
    disturbed: float
    difference: float  # disturbed minus as asked
    low: float  # 95 % interval of the difference; NaN where there is none
    high: float
    p: float  # after Holm; NaN where nothing can be compared
    word: Word  # of the difference: worse, equivalent, unresolved, better
    queries: int = 0  # that the perturbation changed; 0 where it was not counted


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthJudged:
    """One passage length of one encoder against another one of the same encoder."""

    cell: str
    encoder: str  # as the cell of whole documents is called, with instruction and width
    length: str  # as it is shown: "whole documents", "128", "256/32"
    value: float
    difference: float  # from the length that the others are held against; 0 for itself
    low: float
    high: float
    p: float  # after Holm
    word: Word  # "baseline" for the length that the others are held against


@dataclass(frozen=True, kw_only=True, slots=True)
class OnPart:
    """A cell on some of the estimating queries."""

    queries: int
    value: float
    difference: float  # from the baseline on the same queries
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenApart:
    """A cell whose encoder has seen documents of the collection, on queries with a seen relevant document and on the others."""

    cell: str
    seen: OnPart
    unseen: OnPart


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstPart:
    """A hybrid against the part that did best alone on the choosing queries."""

    cell: str
    part: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """The mean of a family of measures at several cutoffs, on the estimating queries."""

    family: str  # "nDCG"
    cutoffs: Sequence[int]  # ascending
    values: Mapping[str, Sequence[float]]  # by cell, one a cutoff


@dataclass(frozen=True, kw_only=True, slots=True)
class CellCost:
    """What searching in one way takes; NaN where it is not known."""

    seconds_per_1000: float  # queries, encoding them too
    seconds_per_1000_documents: float  # to make them ready
    bytes_per_document: float  # of vectors, or of postings
    median_wait: float = math.nan  # seconds of one query asked alone, encoding it too
    long_wait: float = math.nan  # the same, of the slowest twentieth
    start: float = math.nan  # seconds until the encoder is loaded
    is_billed: bool = False  # whether a provider is paid for the vectors, or for those of a part
    charge_per_million: float = 0.0  # of a provider, for a million queries
    charge_per_million_documents: float = 0.0  # likewise, to make them ready
    currency: str = ""  # of the charges; "" where there is none, or several


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A document in the list of a query."""

    document: str
    rank: int  # from 1
    grade: float | None  # None: nobody judged it
    title: str  # or how its text begins, or its id


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A query that one cell answers better than another, with what both found."""

    query: str
    text: str  # shortened
    scores: tuple[float, float]
    lists: tuple[Sequence[Listed], Sequence[Listed]]
    first: tuple[
        int | None, int | None
    ]  # rank of the first relevant document; None where it is not among those kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two cells, query by query; ``better`` and ``worse`` are those that changed most and are seen from the first to the second."""

    cells: tuple[str, str]
    counts: tuple[int, int, int]  # queries on which the second is better, worse, the same
    better: Sequence[Change]
    worse: Sequence[Change]


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """What is shown of a document: its title, and the passage that shares most of the query's words."""

    document: str
    title: str
    text: str
    marks: Sequence[Span]  # in the text: words that the query has too
    rank: int | None  # in the cell; None where it is not among those kept
    grade: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A query that the winner answers badly."""

    query: str
    text: str
    marks: Sequence[Span]  # words that the relevant document has too
    reason: Reason
    missed: bool  # no relevant document within the cutoff; else another cell did better
    relevant: Excerpt
    above: Sequence[Excerpt]  # the first documents that stand above it and are not relevant
    ranks: Mapping[str, int | None]  # of the relevant document, in every cell


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonCount:
    """How many queries a reason explains."""

    reason: Reason
    missed: int
    behind: int
    found_by: Mapping[str, int]  # of those missed, how many each other cell answers within the cutoff


@dataclass(frozen=True, kw_only=True, slots=True)
class Failures:
    """Why queries of one cell fail."""

    cell: str
    cutoff: int
    missed: int  # queries without a relevant document within the cutoff
    behind: int  # others on which another cell does better
    order_only: (
        int  # of these, such that nothing irrelevant stands above a relevant document: no reason is given
    )
    found_by: Mapping[str, int]  # of those missed, how many each other cell answers within the cutoff
    counts: Sequence[ReasonCount]  # those that occur, in the order in which they are looked for
    examples: Sequence[Example]
    topic: str = ""  # the column of topics; "" where none was named
    has_texts: bool = True  # without any no reason can be read


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PerQuery:
    """The measure of every estimating query in every cell."""

    queries: Sequence[str]  # (m,) ids
    scores: Mapping[str, Floats]  # by cell, (m,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """All of it."""

    curves: Sequence[Curve]
    costs: Mapping[str, CellCost]
    pairs: Sequence[Pair]  # the winner and the baseline first
    pairs_left_out: int
    failures: Failures
    per_query: PerQuery
