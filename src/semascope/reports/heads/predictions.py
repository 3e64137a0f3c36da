"""Predicted against true, for numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.agreement import MANY, ORDINAL, SIDE, agreement_chart
from semascope.pages.histogram import error_histogram
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.switcher import switcher
from semascope.words.numbers import count, fixed, percent, significant
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult
    from semascope.types import Floats

SMALL = 300  # side of the pictures when there are more than two targets
FEWEST = 10  # rows below which errors are not drawn as bars


def section(reading: Reading) -> Section | None:
    """One picture a target, for the chosen cell and a few others; None when no held-out row has a truth."""
    truth = np.asarray(reading.result.held_out.truth, dtype=np.float64)
    if not np.isfinite(truth).any() or not reading.pictured:
        return None
    panels = [(cell.label, _pictures(reading, cell, truth)) for cell in reading.pictured]
    return Section(
        id="predictions",
        title="Predicted against true",
        lead=lead(reading, truth),
        body=element("div", switcher(panels, label="Predictions of"), _how_to_read(truth)),
    )


def _pictures(reading: Reading, cell: HeadResult, truth: Floats) -> Markup:
    prediction = np.asarray(reading.result.held_out.predictions[cell.id], dtype=np.float64)
    side = SIDE if len(reading.result.targets) < 3 else SMALL
    pictures = [
        _picture(cell, target, truth[:, index], prediction[:, index], side=side)
        for index, target in enumerate(reading.result.targets)
    ]
    if len(pictures) == 1:
        pictures += _errors(cell, truth[:, 0], prediction[:, 0])
    return element("div", *pictures, class_=f"pictures {['one', 'two', 'many'][min(len(pictures), 3) - 1]}")


def _picture(cell: HeadResult, target: str, truth: Floats, prediction: Floats, *, side: int) -> Markup:
    known = np.isfinite(truth) & np.isfinite(prediction)
    name = shorten(target, 80)
    n = int(known.sum())
    caption = element("figcaption", element("b", name), f" {cell.label}, {count(n, 'row')}")
    if n == 0:
        return element("figure", caption, element("p", "No held-out row has this target.", class_="none"))
    words = picture_words(cell, target, truth, prediction)
    return element(
        "figure", caption, agreement_chart(truth[known], prediction[known], words=words, side=side)
    )


def picture_words(cell: HeadResult, target: str, truth: Floats, prediction: Floats) -> str:
    """What the picture shows of (m,) true values and predictions, one row of which at least has both."""
    known = np.isfinite(truth) & np.isfinite(prediction)
    return (
        f"Predictions of {cell.label} for {shorten(target, 80)} over the true values of {count(int(known.sum()), 'row')}; "
        f"mean absolute error {significant(float(np.abs(prediction - truth)[known].mean()), 3)}."
    )


def _errors(cell: HeadResult, truth: Floats, prediction: Floats) -> list[Markup]:
    """The spread of the errors beside the only target's picture; nothing for a handful of rows."""
    errors = (prediction - truth)[np.isfinite(truth) & np.isfinite(prediction)]
    if len(errors) < FEWEST:
        return []
    off = float((errors > 0).mean())
    words = f"Errors of {cell.label}: mean {significant(float(errors.mean()), 3)}; {percent(off)} of the predictions are too high."
    caption = element(
        "figcaption", element("b", "Errors"), f" {percent(off)} of the predictions are too high"
    )
    return [element("figure", caption, error_histogram(errors, words=words))]


def lead(reading: Reading, truth: Floats) -> str:
    """How far the predictions are pulled to the middle: the commonest flaw that the picture shows."""
    cell = reading.pictured[0]
    if truth.shape[1] > 1:
        return ""
    prediction = np.asarray(reading.result.held_out.predictions[cell.id], dtype=np.float64)[:, 0]
    known = np.isfinite(truth[:, 0]) & np.isfinite(prediction)
    t, p = truth[known, 0], prediction[known]
    if len(t) < 20 or np.ptp(t) == 0:
        return ""
    low, high = np.quantile(p, [0.05, 0.95]).tolist()
    true_low, true_high = np.quantile(t, [0.05, 0.95]).tolist()
    return (
        f"Nine in ten predictions of {cell.label} lie between {fixed(low, 2)} and {fixed(high, 2)}; "
        f"nine in ten true values between {fixed(true_low, 2)} and {fixed(true_high, 2)}."
    )


def _how_to_read(truth: Floats) -> Markup:
    ordinal = any(len(np.unique(column[np.isfinite(column)])) <= ORDINAL for column in truth.T)
    many = len(truth) > MANY
    parts = ["The diagonal is an exact answer."]
    if ordinal:
        parts.append(
            "Columns stand over the few true values: "
            + ("bars count the rows" if many else "every dot is a held-out row, moved sideways to be seen")
            + ", the thick line spans the middle half, the stroke is the median."
        )
    elif many:
        parts.append("Darker hexagons hold more rows.")
    else:
        parts.append("Every dot is a held-out row.")
    return element("p", " ".join(parts), class_="fineprint")
