"""The opening of a page: what it is about, the answer in words, a few figures, and what the reader must be warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import chip, icon
from semascope.pages.markup import breakable, element, safe
from semascope.words.numbers import count
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.reports.model import KeyFigure
    from semascope.studies.result import Finished

_LONG = 150  # characters above which the headline is set smaller
WHOLE = 24  # characters of a word or a name up to which it stays on one line
NO_ANSWER = "This study gave no answer."


def opening(
    result: Finished, *, about: Sequence[str], figures: Sequence[KeyFigure], labels: Sequence[str] = ()
) -> Markup:
    """The part of the page above the contents.

    Parameters
    ----------
    about
        The data file, and of what kind the question is.
    figures
        Beside each other; a verdict among them is shown by its shape and its word.
    labels
        Names of cells that the answer holds: each stays on one line.
    """
    first, *more = [labels_whole(sentence, labels) for sentence in result.headline] or [NO_ANSWER]
    dot = Markup(' <span class="dot" aria-hidden="true">·</span> ')
    return element(
        "header",
        element("p", dot.join([element("span", part) for part in about]), class_="kicker"),
        element("h1", unbroken(first), class_="long" if len(first) > _LONG else None),
        *[element("p", unbroken(_together(sentence)), class_="standfirst") for sentence in more],
        element("dl", *[_figure(one) for one in figures], class_="figures"),
        _warnings(result),
        class_="opening",
    )


def labels_whole(sentence: str, labels: Iterable[str]) -> str:
    """The sentence with the cells' names on one line each, or, where they are long, with a joint at a line's end."""
    for label in sorted(labels, key=len, reverse=True):
        joint = "\u00a0·\u00a0" if len(label) <= WHOLE else "\u00a0· "
        sentence = sentence.replace(label, label.replace(BETWEEN, joint))
    return sentence


def _together(sentence: str) -> str:
    """The sentence with a percent sign beside its number and a p beside its value, on one line each."""
    return sentence.replace(" %", "\u00a0%").replace(" p ", " p\u00a0").replace("(p ", "(p\u00a0")


def unbroken(sentence: str) -> Markup:
    """The sentence with short hyphenated words kept on one line.

    Examples
    --------
    >>> unbroken("on held-out rows")
    Markup('on <span class="whole-word">held-out</span> rows')
    """
    sentence = sentence.replace(" %", "\u00a0%")
    words = [
        element("span", word, class_="whole-word") if "-" in word[1:-1] and len(word) < WHOLE else safe(word)
        for word in sentence.split(" ")
    ]
    return Markup(" ").join(words)


def _figure(one: KeyFigure) -> Markup:
    note: str | Markup = one.note
    if one.word:
        note = Markup("{} {}").format(chip(one.word), one.note)
    return element(
        "div",
        element("dt", one.label),
        element("dd", breakable(one.value), class_="value words" if len(one.value) > 12 else "value"),
        element("dd", note, class_="note") if note else Markup(),
    )


def warned_of(result: Finished) -> tuple[int, str]:
    """How many warnings there are, and the titles of the first."""
    warnings = [note for note in result.notes if note.level == "warning"]
    titles = "; ".join(note.title for note in warnings[:4])
    return len(warnings), titles + (f"; {len(warnings) - 4} more" if len(warnings) > 4 else "")


def _warnings(result: Finished) -> Markup:
    number, titles = warned_of(result)
    if not number:
        return Markup()
    return element(
        "aside",
        icon("mixed"),
        element(
            "p",
            element("b", count(number, "warning") + ". "),
            titles,
            ". ",
            element("a", "What it means" if number == 1 else "What they mean", href="#notes"),
        ),
        class_="warnings",
        aria_label="Warnings about the data",
    )
