"""Quality against cost: two pictures and the figures behind them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.labelled import LabelledPoint, cost_chart
from semascope.pages.markup import element
from semascope.pages.numbers import NOTHING, count, percent, seconds
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.pages.text import listing
from semascope.reports.cells import SHOWN, name_cell, scoring_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.reports.reading import Reading
    from semascope.studies.result import CellResult


SAME = 1.05  # costs within this ratio are one cost


def section(reading: Reading) -> Section:
    """Held-out quality over the seconds to score 1,000 texts and to train the head, and all costs in a table."""
    figures = [
        _picture(reading, scoring_seconds, "Scoring 1,000 texts", "seconds to encode and predict"),
        _picture(reading, lambda cell: cell.costs.fit_seconds, "Training the head", "seconds to fit"),
    ]
    pictures = sorted(
        figures, key=lambda figure: "<svg" not in figure
    )  # a statement stands beside the picture
    return Section(
        id="cost",
        title="What quality costs",
        nav="Quality and cost",
        lead=_lead(reading),
        body=element(
            "div", element("div", *pictures, class_="pictures two"), _without(reading), _table(reading)
        ),
    )


def _picture(reading: Reading, cost: Callable[[CellResult], float], title: str, axis: str) -> Markup:
    cells = [cell for cell in reading.result.cells if reading.reads_texts(cell)] or list(reading.result.cells)
    points = [
        LabelledPoint(
            label=cell.label,
            x=cost(cell),
            y=cell.estimate.value,
            low=cell.estimate.low,
            high=cell.estimate.high,
            tone=reading.role(cell),
        )
        for cell in cells
    ]
    known = [point.x for point in points if math.isfinite(point.x) and point.x > 0]
    if known and len(points) > 1 and len(known) == len(points) and max(known) < SAME * min(known):
        return _same(title, known[0])
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
            words=f"{title}: {reading.measure.long} of {count(len(points) - len(unknown), 'cell')} over {axis}, "
            "logarithmic; the same figures stand in the table below.",
        )
    return element("figure", element("figcaption", *caption), body)


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


def _without(reading: Reading) -> Markup:
    """Which cells the pictures leave out, where they do."""
    constant = [cell.label for cell in reading.result.cells if not reading.reads_texts(cell)]
    if not constant or len(constant) == len(reading.result.cells):
        return Markup()
    return element(
        "p",
        f"Not drawn: {listing(constant, limit=4)}, which read no text and cost nothing.",
        class_="fineprint",
    )


def _lead(reading: Reading) -> str:
    winner = reading.winner
    parts = []
    if winner.encoder and seconds(winner.costs.encode_seconds_per_1000) != NOTHING:
        parts.append(f"encodes 1,000 texts in {seconds(winner.costs.encode_seconds_per_1000)}")
    elif reading.reads_texts(winner) and not winner.encoder:
        parts.append(f"reads and scores 1,000 texts in {seconds(winner.costs.predict_seconds_per_1000)}")
    if seconds(winner.costs.fit_seconds) != NOTHING:
        there = " once the vectors were there" if winner.encoder else ""
        parts.append(f"was trained in {seconds(winner.costs.fit_seconds)}{there}")
    if not parts:
        return "No cost was measured in this run: all vectors came from the store."
    return f"{winner.label} {' and '.join(parts)}, on the machine that ran this study."


def _table(reading: Reading) -> Markup:
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[name_cell(reading, cell), *_costs(cell)],
        )
        for cell in reading.ordered
    ]
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        *[
            Column(title=title, class_="num", sortable=True, help=help_)
            for title, help_ in (
                ("Encode 1,000", "seconds to encode 1,000 texts, when they were last really encoded"),
                ("Predict 1,000", "the head alone; of a head on words, with the reading"),
                ("Training", "fitting the head on the training rows"),
                ("Tokens", "of all prompts"),
                ("Rows cut", "longer than the encoder reads"),
                ("Tokens lost", "share of all tokens"),
                ("Dims", "width of the vectors"),
            )
        ],
    ]
    return data_table(columns, rows, caption="Costs on this machine, wall time", fold=SHOWN)


def _costs(cell: CellResult) -> list[Cell]:
    """What was measured; a head on no vectors has nothing to encode."""
    costs = cell.costs
    found = [
        Cell(content=seconds(costs.encode_seconds_per_1000), sort=costs.encode_seconds_per_1000),
        Cell(content=seconds(costs.predict_seconds_per_1000), sort=costs.predict_seconds_per_1000),
        Cell(content=seconds(costs.fit_seconds), sort=costs.fit_seconds),
        Cell(content=count(costs.tokens), sort=float(costs.tokens)),
        Cell(content=count(costs.truncated_rows), sort=float(costs.truncated_rows)),
        Cell(content=percent(costs.tokens_lost_share, 1), sort=costs.tokens_lost_share),
        Cell(content=str(costs.dim), sort=float(costs.dim)),
    ]
    about_vectors = {0, 3, 4, 5, 6}
    return [
        Cell(content=NOTHING, sort=math.nan) if not cell.encoder and place in about_vectors else each
        for place, each in enumerate(found)
    ]
