"""Quality against cost: two pictures and the figures behind them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.labelled import LabelledPoint, cost_chart, priced
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell, scoring_seconds
from semascope.store.speeds import ELSEWHERE
from semascope.studies.choice import FAR
from semascope.studies.heads.telling.advice import apart
from semascope.words.numbers import NOTHING, count, percent, seconds
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.choice import Choice, Standing
    from semascope.studies.heads.result import HeadResult


CAPTION = "Costs on this machine, wall time"
COLUMNS = {
    "Encode 1,000": "seconds to encode 1,000 texts, when they were last really encoded",
    "Predict 1,000": "the head alone; of a head on words, with the reading",
    "Training": "fitting the head on the training rows; of a tuned model, the whole training",
    "Behind": "the best out of fold on the training rows, with the standard error: what the choice goes by",
    "Tokens": "of all prompts",
    "Rows cut": "longer than the encoder reads",
    "Tokens lost": "share of all tokens",
    "Dims": "width of the vectors",
}
"""Title and what it means, of the columns behind the name."""
NETWORK = ("vectors", "texts")
"""What cells read that put texts through a network."""
SAME = 1.05  # costs within this ratio are one cost


def section(reading: Reading) -> Section:
    """Held-out quality over the seconds to score 1,000 texts and to train the head, and all costs in a table."""
    figures = [
        _picture(reading, scoring_seconds, "Scoring 1,000 texts", "seconds to encode and predict"),
        _picture(reading, lambda cell: cell.costs.fit_seconds, "Training the head", "seconds to fit"),
    ]
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
            _table(reading),
            how_chosen(reading),
        ),
    )


def _picture(reading: Reading, cost: Callable[[HeadResult], float], title: str, axis: str) -> Markup:
    points = points_of(reading, cost)
    known = priced(points)
    if known and not is_picture(points):
        return _same(title, known[0].x)
    unknown = [point.label for point in points if not (math.isfinite(point.x) and point.x > 0)]
    caption: list[Markup | str] = [element("b", title)]
    if unknown:
        caption.append(f" Not drawn, nothing was measured: {listing(unknown, limit=4)}.")
    body: Markup = Markup()
    if len(unknown) < len(points):
        body = cost_chart(
            points,
            x_label=axis,
            y_label=reading.measure.short,
            lower_is_better=reading.measure.lower_is_better,
            words=f"{picture_words(reading, title, axis, points)}; the same figures stand in the table below.",
        )
    return element("figure", element("figcaption", *caption), body)


def points_of(reading: Reading, cost: Callable[[HeadResult], float]) -> list[LabelledPoint]:
    """The cells that read texts, or all where none does, over what they cost."""
    cells = [cell for cell in reading.result.cells if reading.reads_texts(cell)] or list(reading.result.cells)
    return [_point(reading, cell, cost(cell)) for cell in cells]


def is_picture(points: Sequence[LabelledPoint]) -> bool:
    """Whether there is something to see: a cost that is known, and not the same for all of several cells."""
    known = [point.x for point in priced(points)]
    alike = len(points) > 1 and len(known) == len(points) and max(known) < SAME * min(known)
    return bool(known) and not alike


def picture_words(reading: Reading, title: str, axis: str, points: Sequence[LabelledPoint]) -> str:
    """What the picture shows, without a full stop."""
    return f"{title}: {reading.measure.long} of {count(len(priced(points)), 'cell')} over {axis}, logarithmic"


def mark_words(reading: Reading) -> str:
    """What the marks of the pictures mean."""
    both = reading.result.choice.by_cost
    marks = (
        "Blue: chosen. Ring: best on the training rows."
        if both
        else "Blue in a ring: chosen, and the best on the training rows."
    )
    return f"{marks} Dashed line: the best that can be had at each cost."


def _point(reading: Reading, cell: HeadResult, cost: float) -> LabelledPoint:
    figure, choice = reading.leading(cell), reading.result.choice
    said = ["chosen"] if cell.id == choice.advised else []
    said += ["best on the training rows"] if cell.id == choice.best else []
    return LabelledPoint(
        label=cell.label,
        x=cost,
        y=figure.value,
        low=figure.low,
        high=figure.high,
        tone=reading.role(cell),
        ringed=cell.id == choice.best,
        title=" and ".join(said),
    )


def _same(title: str, cost: float) -> Markup:
    return element(
        "figure",
        element("figcaption", element("b", title)),
        element("p", seconds(cost), class_="statement"),
        element(
            "p",
            "for every cell drawn: nearly all of it is encoding, and they share the vectors.",
        ),
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
    """What the chosen cell costs."""
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
    return f"{winner.label} {' and '.join(parts)}, on the machine that ran this study{encoded}."


def _table(reading: Reading) -> Markup:
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[name_cell(reading, cell), *cost_cells(reading, cell)],
        )
        for cell in reading.ordered
    ]
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        *[Column(title=title, class_="num", sortable=True, help=help_) for title, help_ in COLUMNS.items()],
    ]
    return data_table(columns, rows, caption=CAPTION, fold=SHOWN)


def cost_cells(reading: Reading, cell: HeadResult) -> list[Cell]:
    """What was measured; a head on no vectors has nothing to encode, and nobody counted tokens of given ones. Plain text."""
    costs = cell.costs
    found = [
        Cell(content=seconds(costs.encode_seconds_per_1000), sort=costs.encode_seconds_per_1000),
        Cell(content=seconds(costs.predict_seconds_per_1000), sort=costs.predict_seconds_per_1000),
        Cell(content=seconds(costs.fit_seconds), sort=costs.fit_seconds),
        _behind(reading, cell),
        Cell(content=count(costs.tokens), sort=float(costs.tokens)),
        Cell(content=count(costs.truncated_rows), sort=float(costs.truncated_rows)),
        Cell(content=percent(costs.tokens_lost_share, 1), sort=costs.tokens_lost_share),
        Cell(content=str(costs.dim), sort=float(costs.dim)),
    ]
    unknown = {"vectors": set(), "texts": set(), "given": {4, 5, 6}}.get(cell.reads, {0, 4, 5, 6, 7})
    return [
        Cell(content=NOTHING, sort=math.nan) if place in unknown else each for place, each in enumerate(found)
    ]


def _behind(reading: Reading, cell: HeadResult) -> Cell:
    """How far behind the best the cell is out of fold, and whether that is clearly so."""
    choice = reading.result.choice
    one = choice.by_cell[cell.id]
    if math.isnan(one.behind):
        return Cell(content=NOTHING, sort=math.nan)
    if cell.id == choice.best:
        return Cell(content="0", note="the best", sort=0.0)
    error = f" ± {apart(choice, one.error, write=reading.value)}" if math.isfinite(one.error) else ""
    return Cell(
        content=f"{apart(choice, one.behind, write=reading.value)}{error}",
        note=_how_clearly(choice, one),
        sort=one.behind,
    )


def _how_clearly(choice: Choice, one: Standing) -> str:
    if one.near:
        return "not clearly"
    if math.isnan(one.error):
        return ""
    return "too few rows to tell" if one.behind <= max(choice.margin, one.error) else "clearly"
