"""What was forgotten: base and tuned encoder on sets of another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.studies.tuned.telling.forgotten import decimals_of, short_of
from semascope.words.numbers import NOTHING, between, count, fixed, p_value, roughly, signed
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.pages.strips import StripAxis
    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.judging.forgetting import Forgot

_WAYS = {
    "retrieval": "queries find documents",
    "ridge": "ridge on its vectors",
    "logistic": "logistic regression on its vectors",
    "similarity": "cosines against scores of likeness",
}
PLURAL = {"query": "queries"}


def forgotten_part(reading: Reading) -> Part | None:
    """One line a set; None where none was judged."""
    forgot = reading.result.forgot
    if not forgot:
        return None
    axis = strip_axis((_in_margins(one) for one in forgot), zero=0.0, margin=1.0)
    return Part(
        id="forgotten",
        title="What it forgot",
        nav="Forgotten",
        lead=_lead(reading),
        blocks=[
            Grid(
                caption=f"{reading.result.tuned} against {reading.result.base} on what it was not tuned for",
                first="Set",
                noun="set",
                heads=[
                    Head(title="Measure", number=False),
                    Head(title="Floor", help="what is reached without looking at a text"),
                    Head(title=reading.result.base, class_="estimate"),
                    Head(title=reading.result.tuned, class_="estimate"),
                    Head(title="Difference", class_="diff"),
                    Head(
                        title="Gain in margins",
                        number=False,
                        class_="drawn drawn-diff",
                        ruler=strip_ruler(axis),
                    ),
                    Head(title="Verdict", number=False, class_="verdict"),
                ],
                lines=[_line(one, axis) for one in forgot],
                class_="cells cards",
            ),
            Paragraph(text=_how(forgot), opening="How it was judged.", small=True),
        ],
    )


def _lead(reading: Reading) -> str:
    forgot = reading.result.forgot
    said = {
        "worse": f"worse than {reading.result.base}",
        "unresolved": "not to be told",
        "equivalent": "no better and no worse",
        "better": "better",
    }
    counted = {word: sum(one.word == word for one in forgot) for word in said}
    if len(forgot) == 1:
        return f"{capital(said[forgot[0].word])} on the one set of another kind."
    told = [f"{words} on {counted[word]:,}" for word, words in said.items() if counted[word]]
    return f"{capital(listing(told))} of {count(len(forgot), 'set')} of another kind."


def _line(one: Forgot, axis: StripAxis) -> Line:
    decimals = decimals_of(one)
    left = f"; {one.left_out:,} left out that an encoder was tuned on" if one.left_out else ""
    return Line(
        name=one.name,
        note=f"{count(one.n, one.unit, PLURAL.get(one.unit, ''))}{left}",
        cells=[
            Said(text=short_of(one), note=_WAYS.get(one.kind, one.kind)),
            # The head says what a floor is; the whole sentence would push the verdict off a narrow page.
            _value(one.floor, decimals, one.floor_of.removeprefix("always answering ")),
            _value(one.base, decimals),
            _value(one.tuned, decimals),
            number(one.difference, signed(one.difference, decimals), between(one.low, one.high, decimals)),
            Said(drawing=strip(*_in_margins(one), axis=axis, tone=one.word)),
            Said(word=one.word, note=_notes(one)),
        ],
    )


def _value(value: float, decimals: int, note: str = "") -> Said:
    return Said(text=NOTHING) if value != value else number(value, fixed(value, decimals), note)


def _in_margins(one: Forgot) -> tuple[float, float, float]:
    """Interval and gain in margins, more being better: sets of different measures share one axis."""
    if not one.margin > 0:
        return (float("nan"),) * 3
    turned = 1.0 if (one.gain >= 0) == (one.difference >= 0) else -1.0
    low, high = sorted((turned * one.low, turned * one.high)) if one.low == one.low else (one.low, one.high)
    return low / one.margin, one.gain / one.margin, high / one.margin


def _notes(one: Forgot) -> str:
    notes = [f"p {p_value(one.p_holm)}"] if one.p_holm == one.p_holm else []
    if one.word == "unresolved" and one.needed:
        notes.append(f"about {roughly(one.needed)} {PLURAL.get(one.unit, one.unit + 's')} would settle it")
    return "; ".join([*notes, *([one.reason] if one.reason else [])])


def _how(forgot: Sequence[Forgot]) -> str:
    told = dict.fromkeys(f"{one.test}, interval by {one.interval}" for one in forgot if one.test)
    return (
        f"Both read the same rows. p: {'; '.join(told) or 'none could be had'}; Holm over the sets. The drawing counts in margins, so"
        " that measures of any unit have one axis, better to the right. A base that is no better than the floor has nothing to forget."
    )
