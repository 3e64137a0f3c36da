"""Predicted against true, for classes: the confusion matrix, and the pairs most confused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from semascope.pages.confusion import confusion_counts, confusion_table, most_erring
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.switcher import switcher
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.words.numbers import count, percent
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult
    from semascope.types import Ints

PAIRS = 10


def section(reading: Reading) -> Section | None:
    """Confusion matrices of a few cells and the chosen cell's commonest errors; None without held-out rows."""
    if not reading.pictured or not len(reading.result.held_out.rows):
        return None
    counts = counts_of(reading, reading.pictured[0])
    panels = [(cell.label, _matrix(reading, cell)) for cell in reading.pictured]
    body = [switcher(panels, label="Confusions of")]
    if pairs := _pairs(reading, counts):
        body.append(element("div", pairs, class_="pictures one"))
    return Section(
        id="predictions",
        title="Predicted against true",
        lead=lead(reading, counts),
        body=element("div", *body),
    )


def confused_pairs(counts: Ints) -> list[tuple[int, int, int]]:
    """(true class, predicted class, rows) of the errors, the commonest first.

    Examples
    --------
    >>> confused_pairs(np.array([[5, 1], [3, 2]]))
    [(1, 0, 3), (0, 1, 1)]
    """
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")
    places = [divmod(int(at), len(counts)) for at in order]
    return [(i, j, int(wrong[i, j])) for i, j in places if wrong[i, j] > 0]


def counts_of(reading: Reading, cell: HeadResult) -> Ints:
    """(c, c) rows by true class and predicted class."""
    truth = np.asarray(reading.result.held_out.truth, dtype=np.float64)[:, 0]
    prediction = np.asarray(reading.result.held_out.predictions[cell.id], dtype=np.float64)[:, 0]
    known = np.isfinite(truth) & np.isfinite(prediction)
    return confusion_counts(
        truth[known].astype(np.int64),
        prediction[known].astype(np.int64),
        classes=len(reading.result.classes),
    )


def _matrix(reading: Reading, cell: HeadResult) -> Markup:
    counts = counts_of(reading, cell)
    shown = most_erring(counts)
    caption = f"Rows are the true class, columns what {cell.label} predicted; {int(counts.sum()):,} rows."
    if len(shown) < len(counts):
        caption += f" Of {len(counts)} classes, the {len(shown)} that take part in the most errors."
    names = [reading.result.classes[index] for index in shown]
    return confusion_table(counts[np.ix_(shown, shown)], names, caption=caption)


def _pairs(reading: Reading, counts: Ints) -> Markup:
    pairs = confused_pairs(counts)[:PAIRS]
    if not pairs:
        return Markup()
    rows = [Row(cells=pair_cells(reading, counts, pair)) for pair in pairs]
    columns = [
        Column(title="True class"),
        Column(title="taken for"),
        Column(title="Rows", class_="num", sortable=True),
        Column(title="Share", class_="num", sortable=True),
    ]
    return element(
        "div", element("h3", "Most confused"), data_table(columns, rows, caption=pairs_caption(reading))
    )


def pairs_caption(reading: Reading) -> str:
    """What the table of pairs holds."""
    return f"Most confused pairs of {reading.pictured[0].label}"


def pair_cells(reading: Reading, counts: Ints, pair: tuple[int, int, int]) -> list[Cell]:
    """A true class, what it was taken for, and how often; plain text."""
    i, j, n = pair
    total, names = int(counts[i].sum()), reading.result.classes
    return [
        Cell(content=shorten(names[i], 40), title=names[i]),
        Cell(content=shorten(names[j], 40), title=names[j]),
        Cell(content=f"{n:,} of {total:,}", sort=float(n)),
        Cell(content=percent(n / total), sort=n / total),
    ]


def lead(reading: Reading, counts: Ints) -> str:
    """How often the chosen cell was wrong, and in what."""
    pairs = confused_pairs(counts)
    label = reading.pictured[0].label
    if not pairs:
        return f"{label} made no error on {count(int(counts.sum()), 'held-out row')}."
    i, j, n = pairs[0]
    names = reading.result.classes
    total = int(counts.sum())
    return (
        f"{label} was wrong on {int(total - np.trace(counts)):,} of {total:,} rows. Most often it took "
        f"“{shorten(names[i], 60)}” for “{shorten(names[j], 60)}”: {n:,} of {int(counts[i].sum()):,} rows."
    )
