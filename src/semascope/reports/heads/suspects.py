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


def section(reading: Reading) -> Section | None:
    """Rows whose label all good cells contradict; None where there are none."""
    found = reading.result.suspects
    if not found:
        return None
    cells = max(len(each.predictions) for each in found)
    what = (
        "miss by far, all on the same side"
        if reading.regression
        else "call by another class, all by the same one"
    )
    items = [_item(reading, each) for each in found]
    return Section(
        id="labels",
        title="Labels to check",
        nav="Labels to check",
        lead=f"{count(len(found), 'row')} that up to {cells} cells {what}, although none of them learnt from it. A wrong label, the"
        " wrong text or a hard row puts one here.",
        body=element(
            "div",
            element("ol", *items[:FIRST], class_="worst"),
            others(items[FIRST:]),
            element(
                "p",
                "Training rows as predicted out of fold, held-out rows as judged, by every cell that reads the texts and beats the"
                " constants. Correct what is wrong in the file, then run the study again.",
                class_="fineprint",
            ),
        ),
    )


def _item(reading: Reading, each: Suspect) -> Markup:
    predicted = list(each.predictions.values())
    if reading.regression:
        middle = float(np.median(predicted))
        given, shown, _ = written_numbers(each.truth, middle)
    else:
        given, shown = (shorten(reading.result.classes[int(at)], 40) for at in (each.truth, predicted[0]))
    name = "label" if len(reading.result.targets) == 1 else shorten(each.target, 30)
    facts = (
        f"row {each.row:,} · {'held out' if each.held_out else 'training'} · {count(len(predicted), 'cell')}"
    )
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
