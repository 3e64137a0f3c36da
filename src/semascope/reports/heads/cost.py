"""Quality against cost: a picture for each cost, and the figures behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.labelled import LabelledPoint, cost_chart, priced
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.reports.heads import money, undominated
from semascope.reports.heads.cells import scoring_seconds
from semascope.reports.heads.cost_table import held, table, tells_memory
from semascope.store.speeds import ELSEWHERE, OVER_API
from semascope.studies.choice import FAR
from semascope.studies.heads.telling.advice import apart
from semascope.words.numbers import NOTHING, count, seconds, significant
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult


NETWORK = ("vectors", "texts")
"""What cells read that put texts through a network."""
MONEY = "Money"
SAME = 1.05  # costs within this ratio are one cost


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """A cost that is drawn: what one cell pays, and how that is written."""

    title: str
    axis: str
    of: Callable[[HeadResult], float]
    write: Callable[[float], str]
    unit: str = ""  # behind what is written, where it stands alone


def prices(reading: Reading) -> list[Price]:
    """The costs that are drawn; memory where it is known of any cell."""
    scoring = Price(
        title="Scoring 1,000 texts", axis="seconds to encode and predict", of=scoring_seconds, write=seconds
    )
    memory = Price(
        title="Memory",
        axis="weights of the encoder and the head",
        of=lambda cell: cell.costs.memory_bytes,
        write=held,
    )
    training = Price(
        title="Training the head",
        axis="seconds to fit",
        of=lambda cell: cell.costs.fit_seconds,
        write=seconds,
    )
    found = [scoring, *([memory] if tells_memory(reading) else []), training]
    return [*found, _money(reading)] if money.currency(reading) else found


def _money(reading: Reading) -> Price:
    """Where a provider charges, and all charges are in one currency."""
    currency = money.currency(reading)
    return Price(
        title=MONEY,
        axis=f"{currency} for a million texts",
        of=lambda cell: money.comparable(reading, cell),
        write=lambda value: significant(value, 3),
        unit=f" {currency} for a million texts",
    )


def section(reading: Reading) -> Section:
    """Held-out quality over the seconds to score 1,000 texts, memory and training, and all costs in a table."""
    figures = [_picture(reading, price) for price in prices(reading)]
    # a statement stands beside the picture
    pictures = sorted(figures, key=lambda figure: "<svg" not in figure)
    return Section(
        id="cost",
        title="What quality costs",
        nav="Quality and cost",
        lead=lead(reading),
        body=element(
            "div",
            element("div", *pictures, class_="pictures two"),
            _key(reading, drawn=any("<svg" in figure for figure in figures)),
            table(reading),
            element("p", element("b", "Dominated by: "), undominated.meaning(reading), class_="fineprint"),
            how_chosen(reading),
        ),
    )


def _picture(reading: Reading, price: Price) -> Markup:
    points = points_of(reading, price.of)
    known = priced(points)
    if known and not is_picture(points):
        return _same(price, known[0].x)
    unknown = [point.label for point in points if not (math.isfinite(point.x) and point.x > 0)]
    caption: list[Markup | str] = [element("b", price.title)]
    if unknown:
        why = money.missing(reading) if price.title == MONEY else "nothing was measured"
        caption.append(f" Not drawn, {why}: {listing(unknown, limit=4)}.")
    body: Markup = Markup()
    if len(unknown) < len(points):
        body = cost_chart(
            points,
            x_label=price.axis,
            y_label=reading.measure.short,
            lower_is_better=reading.measure.lower_is_better,
            words=f"{picture_words(reading, price, points)}; the same figures stand in the table below.",
            write=price.write,
        )
    return element("figure", element("figcaption", *caption), body)


def points_of(reading: Reading, cost: Callable[[HeadResult], float]) -> list[LabelledPoint]:
    """The cells that read texts, or all where none does, over what they cost."""
    cells = [cell for cell in reading.result.cells if reading.reads_texts(cell)] or list(reading.result.cells)
    found = undominated.dominators(reading)
    return [_point(reading, cell, cost(cell), dominated=found.get(cell.id) is not None) for cell in cells]


def is_picture(points: Sequence[LabelledPoint]) -> bool:
    """Whether there is something to see: a cost that is known, and not the same for all of several cells."""
    known = [point.x for point in priced(points)]
    alike = len(points) > 1 and len(known) == len(points) and max(known) < SAME * min(known)
    return bool(known) and not alike


def picture_words(reading: Reading, price: Price, points: Sequence[LabelledPoint]) -> str:
    """What the picture shows, without a full stop."""
    drawn = count(len(priced(points)), "cell")
    return f"{price.title}: {reading.measure.long} of {drawn} over {price.axis}, logarithmic"


def mark_words(reading: Reading) -> str:
    """What the marks of the pictures mean."""
    both = reading.result.choice.by_cost
    marks = (
        "Blue: chosen. Ring: best on the training rows."
        if both
        else "Blue in a ring: chosen, and the best on the training rows."
    )
    return f"{marks} Hollow: another cell dominates it. Dashed line: the best that can be had at each cost of the picture."


def _point(reading: Reading, cell: HeadResult, cost: float, *, dominated: bool) -> LabelledPoint:
    figure, choice = reading.leading(cell), reading.result.choice
    said = ["chosen"] if cell.id == choice.advised else []
    said += ["best on the training rows"] if cell.id == choice.best else []
    said += ["dominated"] if dominated else []
    return LabelledPoint(
        label=cell.label,
        x=cost,
        y=figure.value,
        low=figure.low,
        high=figure.high,
        tone=reading.role(cell),
        ringed=cell.id == choice.best,
        hollow=dominated,
        title=" and ".join(said),
    )


def _same(price: Price, cost: float) -> Markup:
    return element(
        "figure",
        element("figcaption", element("b", price.title)),
        element("p", f"{price.write(cost)}{price.unit}", class_="statement"),
        element("p", "for every cell drawn: nearly all of it is the encoder, and they share it."),
    )


def _key(reading: Reading, *, drawn: bool) -> Markup:
    """What the marks mean, and which cells the pictures leave out."""
    told = [mark_words(reading)] if drawn else []
    constant = [cell.label for cell in reading.result.cells if cell.reads == "nothing"]
    if constant and len(constant) < len(reading.result.cells):
        told.append(f"Not drawn: {listing(constant, limit=4)}, which read no text and cost nothing.")
    columns = [cell.label for cell in reading.result.cells if cell.reads == "column"]
    if columns:
        told.append(
            f"Not drawn, as what a column of the file cost is not known: {listing(columns, limit=4)}."
        )
    if (currency := money.currency(reading)) and (hour := reading.result.price) is not None:
        told.append(f"What an hour of this machine costs ({hour:g}) is taken to be in {currency}.")
    if len(undominated.currencies_of(reading.result.cells)) > 1:
        told.append(f"There is no picture of money: {money.missing(reading)}; the table has what is known.")
    return element("p", " ".join(told), class_="fineprint") if told else Markup()


def how_chosen(reading: Reading) -> Markup:
    """The rule, and the cells that it could have advised."""
    return element("p", element("b", "How it was chosen. "), chosen_words(reading), class_="fineprint")


def chosen_words(reading: Reading) -> str:
    """The rule in words, and the cells that it could have advised."""
    choice = reading.result.choice
    best = reading.by_id[choice.best].label
    if choice.rule == "best":
        return f"Advised is {best}, which did best out of fold on the training rows, whatever it costs (--choose best)."
    near = [reading.by_id[one.cell].label for one in choice.standings if one.near]
    others = [label for label in near if label != best]
    margin, far = (apart(choice, times * choice.margin, write=reading.value) for times in (1, FAR))
    text = (
        f"Of the cells that are not clearly behind the best out of fold on the training rows ({best}) the cheapest is advised."
        f" Not clearly behind: by at most the margin of {margin} or one standard error, and by no more than {far} even with one"
        " standard error more."
    )
    text += f" Here: {listing(others, limit=8)}." if others else " Here no other cell is that near."
    return text


def lead(reading: Reading) -> str:
    """What the chosen cell costs, and which cells nothing dominates."""
    return f"{_measured(reading)}{money.sentence(reading)}{_marked(reading)}"


def _measured(reading: Reading) -> str:
    winner = reading.winner
    parts = []
    if winner.reads in NETWORK and seconds(winner.costs.encode_seconds_per_1000) != NOTHING:
        parts.append(f"encodes 1,000 texts in {seconds(winner.costs.encode_seconds_per_1000)}")
    elif reading.reads_texts(winner) and winner.reads not in (*NETWORK, "given"):
        parts.append(f"reads and scores 1,000 texts in {seconds(winner.costs.predict_seconds_per_1000)}")
    if seconds(winner.costs.fit_seconds) != NOTHING:
        there = " once the vectors were there" if winner.encoder else ""
        parts.append(f"was trained in {seconds(winner.costs.fit_seconds)}{there}")
    if not parts:
        return "No cost was measured in this run: all vectors came from the store."
    timed = winner.costs.encoded_on
    encoded = f"; its vectors were encoded on {timed}" if timed.endswith(ELSEWHERE) else ""
    weights = f"; its weights take {held(winner.costs.memory_bytes)}" if _holds_much(winner) else ""
    where = "on the machine that ran this study"
    if timed == OVER_API:
        where = "its vectors at the pace of its provider, the rest on the machine that ran this study"
    return f"{winner.label} {' and '.join(parts)}, {where}{encoded}{weights}."


def _holds_much(cell: HeadResult) -> bool:
    return math.isfinite(cell.costs.memory_bytes) and cell.reads != "nothing"


def _marked(reading: Reading) -> str:
    """The cells that nothing dominates, of several, behind a space."""
    found = undominated.dominators(reading)
    labels = [reading.by_id[name].label for name, by in found.items() if by is None]
    if len(found) < 2:
        return ""
    are = "is" if len(labels) == 1 else "are"
    return f" {len(labels)} of {count(len(found), 'cell')} {are} dominated by no other: {listing(labels, limit=6)}."
