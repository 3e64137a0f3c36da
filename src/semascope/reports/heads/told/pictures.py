"""The figures of a report: plots from plain arrays, with captions and with words for who cannot see them."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.confusion import most_erring
from semascope.plots.calibration import plot_calibration
from semascope.plots.classes import plot_confusion
from semascope.plots.costs import plot_costs
from semascope.plots.intervals import Interval, plot_intervals
from semascope.plots.lines import plot_lines
from semascope.plots.predictions import plot_held_out
from semascope.reports.heads import calibration, calibration_words, classes, cost, errors, predictions, raced
from semascope.reports.model import Figure
from semascope.words.numbers import between, count
from semascope.words.texts import capital, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.errors import Cut
    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult
    from semascope.studies.racing import Raced

CELLS = 20  # cells drawn in one picture
TARGETS = 8  # targets drawn
_ODD = re.compile(r"[^a-z0-9]+")


def file_name(words: str) -> str:
    """What a picture's file is called.

    Examples
    --------
    >>> file_name("Errors by true score")
    'errors-by-true-score'
    """
    return _ODD.sub("-", words.casefold()).strip("-")[:60].strip("-") or "picture"


def cells_picture(reading: Reading) -> list[Figure]:
    """The cells with their intervals, the best estimate first; none for a single cell."""
    known = [cell for cell in reading.ordered if math.isfinite(cell.estimate.value)]
    shown = [cell for place, cell in enumerate(known) if place < CELLS or reading.role(cell) != "plain"]
    if len(shown) < 2:
        return []
    few = f", the best {CELLS}" if len(shown) < len(known) else ""
    words = (
        f"{capital(reading.measure.long)} of {count(len(shown), 'cell')} on {count(reading.rows_judged, 'held-out row')}{few}, with 95 %"
        f" intervals; {reading.measure.side} is better."
    )
    rows = [
        Interval(
            name=cell.label,
            value=cell.estimate.value,
            low=cell.estimate.low,
            high=cell.estimate.high,
            words=_value_words(reading, cell),
            tone=reading.role(cell),
        )
        for cell in shown
    ]
    draw = partial(
        plot_intervals,
        rows,
        headline=shorten(f"{capital(reading.measure.long)} on held-out rows", 80),
        sentence=f"{words} Blue: chosen. Diamond: the baseline.",
        axis=reading.measure.short,
        line=reading.baseline.estimate.value,
        line_name="baseline",
    )
    return [Figure(name="cells", caption="All cells on the held-out rows", words=words, draw=draw)]


def _value_words(reading: Reading, cell: HeadResult) -> str:
    spread = between(cell.estimate.low, cell.estimate.high, reading.decimals)
    value = reading.value(cell.estimate.value)
    return f"{value} ({spread})" if spread else value


def cost_pictures(reading: Reading) -> list[Figure]:
    """Quality over what scoring and training take; none where nothing was measured or all costs are the same."""
    found = []
    for price in cost.prices(reading):
        points = cost.points_of(reading, price.of)
        if not cost.is_picture(points):
            continue
        words = f"{cost.picture_words(reading, price, points)}."
        named = f"{price.title[:1].lower()}{price.title[1:]}"
        found.append(
            Figure(
                name=f"quality-and-cost-{file_name(price.title)}",
                caption=f"Quality and cost: {named}",
                words=words,
                draw=partial(
                    plot_costs,
                    points,
                    headline=f"{reading.measure.short} over {named}",
                    sentence=f"{words} {cost.mark_words(reading)}",
                    x_label=price.axis,
                    y_label=reading.measure.short,
                    lower_is_better=reading.measure.lower_is_better,
                    write=price.write,
                ),
            )
        )
    return found


def race_picture(reading: Reading, found: Raced) -> list[Figure]:
    """The cells over the samples on which they raced."""
    words = f"{capital(raced.words_of(reading, found))}."
    draw = partial(
        plot_lines,
        raced.drawn_lines(reading, found),
        headline="Which cells were left behind",
        sentence=f"{words} Blue: chosen. Black: the baseline.",
        x_label="training rows",
        y_label=reading.measure.short,
    )
    return [Figure(name="race", caption="The race on samples of the training rows", words=words, draw=draw)]


def prediction_pictures(reading: Reading) -> list[Figure]:
    """The chosen cell's predictions of each target; none without a held-out truth."""
    if not reading.pictured:
        return []
    cell = reading.pictured[0]
    truth = np.asarray(reading.result.held_out.truth, dtype=np.float64)
    guesses = np.asarray(reading.result.held_out.predictions[cell.id], dtype=np.float64)
    several = len(reading.result.targets) > 1
    found = []
    for place, target in enumerate(reading.result.targets[:TARGETS]):
        known = np.isfinite(truth[:, place]) & np.isfinite(guesses[:, place])
        if not known.any():
            continue
        words = predictions.picture_words(cell, target, truth[:, place], guesses[:, place])
        draw = partial(
            plot_held_out,
            truth[known, place],
            guesses[known, place],
            target=target,
            headline=shorten(f"{target}: predicted and true", 80),
            sentence=words,
        )
        name = f"predicted-and-true-{place + 1}-{file_name(target)}" if several else "predicted-and-true"
        caption = f"{shorten(target, 80)}: predictions of {cell.label} over the true values, and their errors"
        found.append(Figure(name=name, caption=caption, words=words, draw=draw))
    return found


def class_pictures(reading: Reading) -> list[Figure]:
    """The chosen cell's confusions."""
    cell = reading.pictured[0]
    counts = classes.counts_of(reading, cell)
    shown = most_erring(counts)
    lead = classes.lead(reading, counts)
    found = [
        Figure(
            name="confusion",
            caption=f"True classes in rows, what {cell.label} predicted in columns",
            words=lead,
            draw=partial(
                plot_confusion,
                counts[np.ix_(shown, shown)],
                [reading.result.classes[index] for index in shown],
                headline=shorten(f"What {cell.label} takes for what", 80),
                sentence=f"{lead} Darker: a larger share of the true class.",
            ),
        )
    ]
    return found


def calibration_pictures(reading: Reading) -> list[Figure]:
    """Whether the advised cell's predictions come true, target by target."""
    found: list[Figure] = []
    shown = calibration.advised(reading)[:TARGETS]
    for one in shown:
        words = calibration_words.picture_words(reading, one)
        draw = partial(
            plot_calibration,
            one.bands,
            ends=calibration.ends_of(reading, one.target),
            names=calibration.names_of(reading),
            remarks=calibration.remarks_of(reading),
            headline=calibration_words.title(reading),
            sentence=f"{words} {calibration_words.told(reading, one)}",
        )
        name = "calibration" if len(shown) == 1 else f"calibration-{file_name(one.target)}"
        if any(each.name == name for each in found):
            name = f"{name}-{len(found) + 1}"
        found.append(Figure(name=name, caption=words.removesuffix("."), words=words, draw=draw))
    return found


def of_target(cut: Cut) -> str:
    """Which target a cut is of, where there are several: behind its title."""
    return f" ({cut.name})" if cut.name != cut.unit and cut.unit == "true score" else ""


def cut_names(cuts: Sequence[Cut]) -> list[str]:
    """Names of the files of their pictures, all different."""
    found: list[str] = []
    for cut in cuts:
        name = f"error-{file_name(cut.title)}"
        before = sum(each == name or each.startswith(f"{name}-") for each in found)
        found.append(f"{name}-{before + 1}" if before else name)
    return found


def cut_picture(reading: Reading, cut: Cut, *, name: str) -> list[Figure]:
    """The error of the chosen cell in each group, against that over all rows; none for a single group."""
    if sum(math.isfinite(error.value) for error in cut.errors) < 2:
        return []
    write, spread = errors.writers(reading, cut)
    what = f"{errors.caption(reading, cut)}{of_target(cut)}"
    words = f"{what}, in {count(len(cut.groups), 'group')}, with 95 % intervals."
    rows = [
        Interval(
            name=group.name,
            value=error.value,
            low=error.low,
            high=error.high,
            words=f"{write(error.value)}, n = {error.n:,}" if spread(error) else f"n = {error.n:,}",
            tone="worse" if errors.stands_out(error, cut.overall) else "plain",
        )
        for group, error in zip(cut.groups, cut.errors, strict=True)
    ]
    draw = partial(
        plot_intervals,
        rows,
        headline=shorten(f"Error {cut.title[:1].lower()}{cut.title[1:]}{of_target(cut)}", 80),
        sentence=f"{words} A triangle stands for a group whose whole interval lies above the error over all rows.",
        axis=cut.loss,
        line=cut.overall.value,
        line_name=f"{write(cut.overall.value)} over all rows",
    )
    return [Figure(name=name, caption=what, words=words, draw=draw)]
