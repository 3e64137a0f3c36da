"""The worst errors of the chosen cell, with their texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.switcher import long_text
from semascope.words.numbers import count, decimals_for, fixed, percent, signed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.types import Floats

SHOWN = 20
FIRST = 6  # shown before the others are unfolded
OPENING = 260  # characters of a text before it is unfolded
TARGETS = 3  # targets shown beside a text, those with the largest errors
LEAD = (
    "Read these before trusting any figure: they show whether the head, the labels or the texts are at fault."
)
LONGEST = 6_000  # characters of a text that the page carries


def section(reading: Reading) -> Section | None:
    """The held-out rows that the chosen cell got most wrong; None when it erred nowhere."""
    order = worst_rows(reading)
    if not order:
        return None
    items = [_item(reading, at) for at in order]
    return Section(
        id="worst",
        title="The worst errors",
        lead=LEAD,
        body=element(
            "div",
            element("ol", *items[:FIRST], class_="worst"),
            others(items[FIRST:]),
            element(
                "p",
                f"The {count(len(items), 'row')} that {reading.winner.label} got most wrong, {by_what(reading)}. "
                "Rows are counted from 0 as in the file.",
                class_="fineprint",
            ),
        ),
    )


def others(items: list[Markup]) -> Markup:
    """The rest of a list, folded."""
    if not items:
        return Markup()
    summary = element("summary", f"Show {len(items)} more")
    return element("details", summary, element("ol", *items, class_="worst", start=FIRST + 1), class_="more")


def worst_rows(reading: Reading) -> list[int]:
    """Positions of the worst held-out rows, the worst first, at most ``SHOWN``; rows without error are left out.

    For classes: wrong ones by the probability given to the wrong class, then in order of the file.
    """
    if reading.result.winner not in reading.result.held_out.predictions:
        return []
    losses = reading.row_losses(reading.winner)
    severity = losses
    if not reading.regression:
        severity = losses * (1 + _confidence(reading))
    known = np.flatnonzero(np.isfinite(severity) & (losses > 0))
    order = known[np.argsort(-severity[known], kind="stable")]
    return [int(at) for at in order[:SHOWN]]


def _confidence(reading: Reading) -> Floats:
    held_out = reading.result.held_out
    probabilities = held_out.probabilities.get(reading.result.winner)
    if probabilities is None or not len(probabilities):
        return np.zeros(len(held_out.rows))
    surest: Floats = np.nan_to_num(np.asarray(probabilities, dtype=np.float64).max(axis=1))
    return surest


def by_what(reading: Reading) -> str:
    """What the order of the rows goes by."""
    if not reading.regression:
        return "the surest first"
    return (
        "by absolute error"
        if len(reading.result.targets) == 1
        else "by the mean of errors over the targets; figures are true → predicted"
    )


def text_with_facts(reading: Reading, at: int) -> Markup:
    """The text of a held-out row, and below it where it stands and what is known of it."""
    held_out = reading.result.held_out
    line: list[Markup | str] = [" · ".join(facts_of(reading, at))]
    if held_out.over_limit[at]:
        line += [" ", chip("mixed", "in windows" if held_out.long == "chunk" else "cut")]
    return element("div", text_of(held_out.texts[at]), element("p", *line, class_="facts"))


def _item(reading: Reading, at: int) -> Markup:
    errors = _classes(reading, at) if not reading.regression else _scores(reading, at)
    return element("li", errors, text_with_facts(reading, at))


def facts_of(reading: Reading, at: int) -> list[str]:
    """The row's number, length, language and slices."""
    held_out = reading.result.held_out
    facts = [f"row {int(held_out.rows[at]):,}", f"{int(held_out.tokens[at]):,} tokens"]
    if held_out.languages and held_out.languages[at]:
        facts.append(str(held_out.languages[at]))
    for column, given in reading.slice_columns.items():
        if given[at]:
            facts.append(f"{shorten(column, 40)}: {shorten(str(given[at]), 40)}")
    return facts


def missed(reading: Reading, at: int) -> list[tuple[str, float, float]]:
    """Target, true value and prediction of a row of a regression, the largest error first."""
    truth = np.asarray(reading.result.held_out.truth, dtype=np.float64)[at]
    prediction = np.asarray(reading.result.held_out.predictions[reading.result.winner], dtype=np.float64)[at]
    lines = [
        (name, t, p)
        for name, t, p in zip(reading.result.targets, truth.tolist(), prediction.tolist(), strict=True)
        if math.isfinite(t) and math.isfinite(p)
    ]
    return sorted(lines, key=lambda line: -abs(line[2] - line[1]))


def text_of(text: str) -> Markup:
    """A text that unfolds where it is long."""
    shown = text
    if len(text) > LONGEST:
        shown = f"{text[:LONGEST]}… [{len(text) - LONGEST:,} more characters are not shown here]"
    if not shown.strip():
        return element("p", "(empty)", class_="text none")
    return long_text(shown, opening=shown if len(shown) <= OPENING * 1.3 else shorten(shown, OPENING))


def _scores(reading: Reading, at: int) -> Markup:
    lines = missed(reading, at)
    if len(reading.result.targets) == 1:
        return element("div", _score(*lines[0][1:]), class_="miss")
    parts = [element("dl", *[_target(*line) for line in lines[:TARGETS]], class_="each")]
    if len(lines) > TARGETS:
        parts.append(element("p", f"and {count(len(lines) - TARGETS, 'target')} more", class_="more"))
    return element("div", *parts, class_="miss")


def _score(truth: float, prediction: float) -> Markup:
    given, predicted, error = written_numbers(truth, prediction)
    return element(
        "dl",
        element("div", element("dt", "true"), element("dd", given)),
        element("div", element("dt", "predicted"), element("dd", predicted, class_="wrong")),
        element("div", element("dt", "error"), element("dd", error)),
    )


def _target(name: str, truth: float, prediction: float) -> Markup:
    given, predicted, error = written_numbers(truth, prediction)
    return element(
        "div",
        element("dt", shorten(name, 40), title=name),
        element("dd", f"{given} → ", element("span", predicted, class_="wrong"), title=f"error {error}"),
    )


def written_numbers(truth: float, prediction: float) -> tuple[str, str, str]:
    """Truth, prediction and signed error, with the digits that they need."""
    places = max(1, decimals_for(max(abs(truth), abs(prediction)) / 10))
    given = fixed(truth, 0) if truth == round(truth) else fixed(truth, places)
    return given, fixed(prediction, places), signed(prediction - truth, places)


def _classes(reading: Reading, at: int) -> Markup:
    held_out, names = reading.result.held_out, reading.result.classes
    truth = int(held_out.truth[at, 0])
    prediction = int(held_out.predictions[reading.result.winner][at, 0])
    probabilities = held_out.probabilities.get(reading.result.winner)
    sure = ""
    if probabilities is not None and len(probabilities):
        sure = percent(float(probabilities[at, prediction]))
    return element(
        "div",
        element(
            "dl",
            element("div", element("dt", "true"), element("dd", shorten(names[truth], 40), class_="class")),
            element(
                "div",
                element("dt", "predicted"),
                element("dd", shorten(names[prediction], 40), class_="class wrong"),
            ),
            element("div", element("dt", "probability"), element("dd", sure, class_="class"))
            if sure
            else Markup(),
        ),
        class_="miss",
    )
