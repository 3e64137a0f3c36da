"""How training went: loss and choosing measure by step, how hard batches were by role, how roles were filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.pages.steps import steps_chart
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Picture, Said, number
from semascope.studies.tuned.telling.advice import kept_look, look_is_better
from semascope.words.numbers import NOTHING, count, fixed, percent, seconds
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.reports.parts import Block
    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.training.train import Trained

_DECIMALS = 3
_ROUNDS = 5  # of a table of roles: more columns have no room
WITHOUT = "all rows"


def course_part(reading: Reading) -> Part:
    """Curves first, then roles."""
    trained = reading.result.trained
    blocks: list[Block] = [*_curves(reading), _rounds(reading)]
    if any(trained.hardness):
        blocks += [_hardness(trained, reading), Paragraph(text=_hardness_words(reading), small=True)]
    if trained.filling:
        blocks.append(_filling(trained, reading))
    return Part(id="course", title="How training went", nav="Training", lead=_lead(reading), blocks=blocks)


def rounds_of(trained: Trained) -> list[int]:
    """The steps at which rounds ended."""
    return [
        min((place + 1) * trained.a_round, trained.steps)
        for place in range(max(len(trained.losses), len(trained.looks)))
    ]


def measure_of(reading: Reading) -> str:
    """What the choosing side is looked at by."""
    if reading.result.searched is not None:
        return reading.result.searched.measure
    return "nearest learnt texts of the same label" if reading.result.flavour == "labels" else "measure"


def _what(reading: Reading) -> str:
    """What rows are told apart by in a batch."""
    return "label" if reading.result.flavour == "labels" else "role"


def _lead(reading: Reading) -> str:
    trained = reading.result.trained
    rows = "pairs" if reading.result.flavour == "pairs" else "texts"
    rate = f", {trained.tokens / trained.seconds:,.0f} tokens a second" if trained.seconds > 0 else ""
    said = (
        f"{count(trained.steps, 'step')} of {trained.batch:,} {rows} in {seconds(trained.seconds)}{rate}; an epoch is"
        f" {count(trained.a_epoch, 'step')}. Step {trained.kept_step:,} is kept: {fixed(kept_look(trained), _DECIMALS)} in the looks at the"
        f" choosing side, {fixed(trained.before, _DECIMALS)} before."
    )
    if not look_is_better(trained):
        said += " No look was better than the base."
    return f"{said} {capital(trained.stopped)}." if trained.stopped else said


def _curves(reading: Reading) -> list[Picture]:
    trained, measure = reading.result.trained, measure_of(reading)
    steps = rounds_of(trained)
    found = []
    if trained.looks:
        points = [(0, trained.before), *zip(steps, trained.looks, strict=False)]
        told = f"from {fixed(trained.before, _DECIMALS)} before training to {fixed(kept_look(trained), _DECIMALS)} at step {trained.kept_step:,}, which is kept"
        found.append(
            Picture(
                caption="The choosing side after every round",
                drawing=steps_chart(
                    points,
                    level=trained.before,
                    level_name=f"{reading.result.base}, before",
                    kept=trained.kept_step,
                    y_label=measure,
                    words=f"{measure} of the choosing side by step: {told}",
                ),
            )
        )
    if trained.losses:
        last = trained.losses[-1]
        found.append(
            Picture(
                caption="The loss, mean of each round",
                drawing=steps_chart(
                    list(zip(steps, trained.losses, strict=False)),
                    y_label="loss",
                    words=f"Loss by step: {fixed(trained.losses[0], _DECIMALS)} in the first round, {fixed(last, _DECIMALS)} in the last",
                ),
            )
        )
    return found


def _rounds(reading: Reading) -> Grid:
    """The same figures, one line a round."""
    trained = reading.result.trained
    lines = [
        Line(
            name="before training",
            sort=0,
            role="baseline",
            cells=[Said(), number(trained.before, fixed(trained.before, _DECIMALS))],
        )
    ]
    for place, step in enumerate(rounds_of(trained)):
        loss, look = (
            values[place] if place < len(values) else float("nan")
            for values in (trained.losses, trained.looks)
        )
        lines.append(
            Line(
                name=f"step {step:,}",
                sort=step,
                role="chosen" if step == trained.kept_step else "plain",
                cells=[_figure(loss), _figure(look)],
            )
        )
    return Grid(
        caption="Every look",
        first="After",
        noun="look",
        heads=[Head(title="Loss"), Head(title=f"Choosing side, {measure_of(reading)}")],
        lines=lines,
    )


def _figure(value: float) -> Said:
    return number(value, fixed(value, _DECIMALS)) if value == value else Said(text=NOTHING)


def _hardness(trained: Trained, reading: Reading) -> Grid:
    """Share of queries whose own document was nearest in its batch, by role, and the cosines behind it."""
    places = _spread(len(trained.hardness))
    roles = list(dict.fromkeys(role for told in trained.hardness for role in told))
    steps = rounds_of(trained)
    return Grid(
        caption="How hard batches were: the share that found its own before all others",
        first=_what(reading).capitalize(),
        noun=_what(reading),
        heads=[
            Head(title="A round", help="queries, or texts"),
            *[Head(title=f"To step {steps[place]:,}") for place in places],
            Head(title="Cosine, right", help="first round, and last"),
            Head(title="Cosine, nearest wrong", help="first round, and last"),
            Head(title="Wrong answers", help="each was held against"),
        ],
        lines=[_hard_line(role, trained.hardness, places) for role in roles],
    )


def _hard_line(role: str, rounds: Sequence[Mapping[str, Any]], places: Sequence[int]) -> Line:
    own = [told[role] for told in rounds if role in told]
    first, last = own[0], own[-1]
    shares = [rounds[place][role]["first"] if role in rounds[place] else float("nan") for place in places]
    return Line(
        name=role or WITHOUT,
        cells=[
            number(last["queries"], f"{last['queries']:,}"),
            *[number(share, percent(share)) for share in shares],
            Said(text=_from_to(first["right"], last["right"]), sort=last["right"]),
            Said(
                text=_from_to(first["nearest_wrong"], last["nearest_wrong"]),
                sort=_known(last["nearest_wrong"]),
            ),
            number(last["wrong"], fixed(last["wrong"], 0)),
        ],
    )


def _spread(rounds: int) -> list[int]:
    """Places of the rounds that are shown: the first, the last, and some evenly between.

    Examples
    --------
    >>> _spread(3), _spread(20)
    ([0, 1, 2], [0, 5, 10, 14, 19])
    """
    if rounds <= _ROUNDS:
        return list(range(rounds))
    return [round(place * (rounds - 1) / (_ROUNDS - 1) + 1e-9) for place in range(_ROUNDS)]


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


def _from_to(before: float | None, after: float | None) -> str:
    first, last = (NOTHING if value is None else fixed(value, 2) for value in (before, after))
    return first if first == last else f"{first} to {last}"


def _hardness_words(reading: Reading) -> str:
    if reading.result.flavour == "labels":
        return "A text is held against every text of another label in its batch. A share near 100 % from the first round on teaches nothing."
    return (
        "A query is held against every document of its batch that is not known to answer it, and its hard negatives. A share near 100 %"
        " from the first round on teaches nothing."
    )


def _filling(trained: Trained, reading: Reading) -> Grid:
    return Grid(
        caption="What every batch is made of",
        first=_what(reading).capitalize(),
        noun=_what(reading),
        heads=[
            Head(title="Rows"),
            Head(title="In a batch"),
            Head(title="In an epoch"),
            Head(title="Times a row stands in an epoch"),
        ],
        lines=[
            Line(
                name=one["role"] or WITHOUT,
                cells=[
                    number(one["rows"], f"{one['rows']:,}"),
                    number(one["a_batch"], f"{one['a_batch']:,}"),
                    number(one["an_epoch"], f"{one['an_epoch']:,}"),
                    number(one["an_epoch"] / one["rows"], fixed(one["an_epoch"] / one["rows"], 2))
                    if one["rows"]
                    else Said(text=NOTHING),
                ],
            )
            for one in trained.filling
        ],
    )
