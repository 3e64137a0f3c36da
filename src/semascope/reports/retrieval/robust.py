"""What changes with the question and with the texts: disturbed queries, passage lengths, documents that an encoder has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.retrieval.reading import after_holm, queries
from semascope.studies.retrieval.telling.told import BESIDE
from semascope.words.numbers import between
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.pages.strips import StripAxis
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.retrieval.result import RetrievalResult
    from semascope.studies.retrieval.telling.shown import Disturbed, LengthJudged, OnPart


def disturbed(reading: Reading) -> Part | None:
    """How much each cell loses on the same queries disturbed; None where none were."""
    found = reading.result.robustness
    if not found:
        return None
    axis = _axis(reading, found)
    grids = []
    for what in dict.fromkeys(one.perturbation for one in found):
        ones = [one for one in found if one.perturbation == what]
        changed = max(one.queries for one in ones)
        grids.append(
            Grid(
                caption=f"{capital(what)}{f': {queries(changed)} changed' if changed else ''}",
                heads=_heads(axis, "As asked", "Disturbed"),
                lines=[
                    reading.line(
                        one.cell,
                        [
                            number(one.value, reading.value(one.value)),
                            number(one.disturbed, reading.value(one.disturbed)),
                            *_differs(reading, one, axis),
                        ],
                    )
                    for one in ones
                ],
                class_="cells cards",
            )
        )
    return Part(
        id="robustness",
        title="How robust it is",
        nav="Robustness",
        lead=_robust_lead(reading.result, found),
        blocks=grids,
    )


def _robust_lead(result: RetrievalResult, found: Sequence[Disturbed]) -> str:
    own = [one for one in found if one.cell == result.winner]
    falls = [one.perturbation for one in own if one.word == "worse"]
    said = "The same queries, disturbed, against themselves as they were asked."
    if not own:
        return said
    if not falls:
        return f"{said} {result.winner} is not shown to lose by any of it."
    return f"{said} {result.winner} loses by {listing(falls)}."


def passage_lengths(reading: Reading) -> Part | None:
    """How long passages should be; None where one length was searched."""
    found = reading.result.lengths
    if not found:
        return None
    axis = _axis(reading, [one for one in found if one.word != "baseline"])
    grids = [
        Grid(
            caption=f"Passages of {encoder}, in tokens",
            first="Length",
            noun="length",
            heads=_heads(axis, reading.measure.short),
            lines=[
                Line(
                    name=one.length,
                    role="baseline" if one.word == "baseline" else "plain",
                    sort=float(place),
                    cells=[number(one.value, reading.value(one.value)), *_differs(reading, one, axis)],
                )
                for place, one in enumerate(each for each in found if each.encoder == encoder)
            ],
            class_="cells cards",
        )
        for encoder in dict.fromkeys(one.encoder for one in found)
    ]
    return Part(
        id="passages",
        title="How long should my chunks be?",
        nav="Chunks",
        lead=_lengths_lead(found),
        blocks=grids,
    )


def _lengths_lead(found: Sequence[LengthJudged]) -> str:
    """The answer for every encoder."""
    sentences = []
    for encoder in dict.fromkeys(one.encoder for one in found):
        ones = [one for one in found if one.encoder == encoder]
        against = next((one.length for one in ones if one.word == "baseline"), "the others")
        told = [
            f"{listing(lengths)} {'is' if len(lengths) == 1 else 'are'} {said} {against}"
            for word, said in BESIDE.items()
            if (lengths := [one.length for one in ones if one.word == word])
        ]
        sentences.append(f"With {encoder}, {'; '.join(told) or 'nothing is compared'}.")
    return " ".join(sentences)


def seen_documents(reading: Reading) -> Part | None:
    """Cells on queries whose relevant documents their encoder has seen, and on the others; None where none has."""
    found = reading.result.seen
    if not found:
        return None
    lines = [
        reading.line(
            one.cell,
            [*_on_part(reading, one.seen), *_on_part(reading, one.unseen)],
        )
        for one in found
    ]
    heads = [
        Head(title=f"{what}: {title}")
        for what in ("Seen", "Unseen")
        for title in ("queries", reading.measure.short, "from the baseline")
    ]
    table = Grid(
        caption="By whether the encoder was trained on a relevant document of the query",
        heads=heads,
        lines=lines,
    )
    return Part(
        id="seen",
        title="Documents that an encoder has seen",
        nav="Seen",
        lead="An encoder is expected to do better on documents that it was trained on; what holds for new ones stands at the right.",
        blocks=[table],
    )


def _on_part(reading: Reading, one: OnPart) -> list[Said]:
    return [
        number(one.queries, f"{one.queries:,}"),
        number(one.value, reading.value(one.value)),
        reading.of_difference(one.difference, one.low, one.high),
    ]


def _axis(reading: Reading, found: Sequence[Disturbed] | Sequence[LengthJudged]) -> StripAxis:
    triples = [(one.low, one.difference, one.high) for one in found]
    return strip_axis(triples, zero=0.0, margin=reading.result.family.margin)


def _heads(axis: StripAxis, *values: str) -> list[Head]:
    return [
        *[Head(title=value) for value in values],
        Head(title="Difference", class_="diff"),
        Head(title="95 %", number=False, class_="drawn drawn-diff", ruler=strip_ruler(axis)),
        Head(title="Verdict", number=False, class_="verdict"),
    ]


def _differs(reading: Reading, one: Disturbed | LengthJudged, axis: StripAxis) -> list[Said]:
    """A difference in numbers, drawn, and as a word."""
    if one.word == "baseline":
        zero: Markup = strip(float("nan"), 0.0, float("nan"), axis=axis, tone="baseline")
        return [Said(sort=0.0), Said(drawing=zero), Said(word="baseline")]
    return [
        number(
            one.difference, reading.difference(one.difference), between(one.low, one.high, reading.decimals)
        ),
        Said(drawing=strip(one.low, one.difference, one.high, axis=axis, tone=one.word)),
        Said(word=one.word, note=after_holm(one.p)),
    ]
