"""What was compared, for the forms that are no page; and what a hybrid adds to its best part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.strips import strip_axis, strip_ruler
from semascope.reports.parts import Grid, Head, Part, Said, number
from semascope.reports.retrieval.reading import after_holm
from semascope.reports.verdicts import difference_strip, verdict_notes
from semascope.words.numbers import between
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.reports.retrieval.reading import Reading
    from semascope.stats.results import Verdict


def verdict_said(verdict: Verdict) -> Said:
    """The word, with p and what keeps it from being settled."""
    return Said(word=verdict.word, note=verdict_notes(verdict, units="queries"))


def hybrids(reading: Reading) -> Part | None:
    """Hybrids against their best part; None where the baseline is the best part of all, or there is no hybrid."""
    judged = reading.result.against_parts
    if not judged:
        return None
    axis = strip_axis(
        ((one.verdict.low, one.verdict.difference, one.verdict.high) for one in judged),
        zero=0.0,
        margin=reading.result.family.margin,
    )
    lines = [
        reading.line(one.cell, [
                Said(text=one.part),
                number(one.verdict.difference, reading.difference(one.verdict.difference),
                       between(one.verdict.low, one.verdict.high, reading.decimals)),
                Said(drawing=difference_strip(one.verdict, axis)),
                Said(word=one.verdict.word, note=verdict_notes(one.verdict, units="queries") or after_holm(one.verdict.p_holm)),
            ],
        )
        for one in judged
    ]  # fmt: skip
    table = Grid(
        caption="Hybrids, each against the part that did best alone on the choosing queries",
        heads=[
            Head(title="Best part", number=False),
            Head(title="Difference", class_="diff"),
            Head(title="95 %", number=False, class_="drawn drawn-diff", ruler=strip_ruler(axis)),
            Head(title="Verdict", number=False, class_="verdict"),
        ],
        lines=lines,
        class_="cells cards",
    )
    return Part(id="hybrids", title="What a hybrid adds", nav="Hybrids", lead=_lead(reading), blocks=[table])


def _lead(reading: Reading) -> str:
    better = [one.cell for one in reading.result.against_parts if one.verdict.word == "better"]
    if not better:
        return "No hybrid is shown to be better than its best part alone."
    be = "is" if len(better) == 1 else "are"
    return f"{listing(better)} {be} better than the best part alone. Holm's correction goes over these comparisons."
