"""What a report of retrieval says behind its verdicts, in order; a section without anything to say is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.retrieval import compared, costs, failures, holes, measures, pairs, robust

if TYPE_CHECKING:
    from semascope.reports.parts import Part
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.retrieval.result import RetrievalResult


def parts_of(reading: Reading) -> list[Part]:
    """The sections between the verdicts and the notes."""
    made = [
        compared.hybrids(reading),
        robust.passage_lengths(reading),
        measures.by_cutoff(reading),
        measures.by_measure(reading),
        pairs.by_query(reading),
        robust.disturbed(reading),
        robust.seen_documents(reading),
        failures.why(reading),
        holes.unjudged(reading),
        costs.by_cost(reading),
    ]
    return [part for part in made if part is not None]


def _queries(result: RetrievalResult) -> str:
    if result.pair:
        return f"{result.estimating:,}, all to estimate on"
    return f"{result.choosing:,} to choose on, {result.estimating:,} to estimate on"


def counted(result: RetrievalResult) -> list[tuple[str, str]]:
    """What was counted, for the last section."""
    return [
        ("documents", f"{result.documents:,}"),
        ("queries", _queries(result)),
    ]
