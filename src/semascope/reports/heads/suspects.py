"""Labels to check by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.reports.heads.worst import FIRST, others, text_of, written_numbers
from semascope.words.numbers import count
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import Suspect

TITLE = "Labels to check"
HOW = (
    "Training rows as predicted out of fold, held-out rows as judged, by every cell that reads the texts and beats the"
    " constants. Correct what is wrong in the file, then run the study again."
)


def section(reading: Reading) -> Section | None:
    """Rows whose label all good cells contradict; None where there are none."""
    found = reading.result.suspects
    if not found:
        return None
    items = [_item(reading, each) for each in found]
    return Section(
        id="labels",
        title=TITLE,
        lead=lead(reading),
        body=element(
            "div",
            element("ol", *items[:FIRST], class_="worst"),
            others(items[FIRST:]),
            element("p", HOW, class_="fineprint"),
        ),
    )


def lead(reading: Reading) -> str:
    """What all rows here have in common."""
    found = reading.result.suspects
    cells = max(len(each.predictions) for each in found)
    what = (
        "miss by far, all on the same side"
        if reading.regression
        else "call by another class, all by the same one"
    )
    return (
        f"{count(len(found), 'row')} that up to {cells} cells {what}, although none of them learnt from it. A wrong label, the"
        " wrong text or a hard row puts one here."
    )


def told(reading: Reading, each: Suspect) -> tuple[str, str, str]:
    """What the label is called, what it says, and what the cells predict."""
    predicted = list(each.predictions.values())
    if reading.regression:
        given, shown, _ = written_numbers(each.truth, float(np.median(predicted)))
    else:
        given, shown = (shorten(reading.result.classes[int(at)], 40) for at in (each.truth, predicted[0]))
    return "label" if len(reading.result.targets) == 1 else shorten(each.target, 30), given, shown


def facts_of(each: Suspect) -> list[str]:
    """The row's number, its side, and how many cells contradict."""
    side = "held out" if each.held_out else "training"
    return [f"row {each.row:,}", side, count(len(each.predictions), "cell")]


def _item(reading: Reading, each: Suspect) -> Markup:
    name, given, shown = told(reading, each)
    facts = " · ".join(facts_of(each))
    return element(
        "li",
        element(
            "div",
            element(
                "dl",
                element("div", element("dt", name, title=each.target), element("dd", given, class_="wrong")),
                element("div", element("dt", "predicted"), element("dd", shown)),
            ),
            class_="miss",
        ),
        element("div", text_of(each.text), element("p", facts, class_="facts")),
    )
