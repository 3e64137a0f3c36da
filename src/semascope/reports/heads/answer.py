"""The opening: the answer in words, four figures, and what the reader must be warned of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.encoders.naming import BETWEEN
from semascope.pages.chips import chip, icon
from semascope.pages.markup import element, safe
from semascope.reports.heads.cells import WHOLE
from semascope.reports.heads.reading import Reading, target_names
from semascope.reports.model import KeyFigure
from semascope.studies.heads.telling.spoken import READS
from semascope.words.numbers import NOTHING, between, count, p_value, seconds
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.stats.results import Verdict

_LONG = 150  # characters above which the headline is set smaller


def opening(reading: Reading) -> Markup:
    """The part of the page above the contents."""
    headline = list(reading.result.headline) or ["This study gave no answer."]
    headline = [_labels_whole(sentence, reading) for sentence in headline]
    return element(
        "header",
        element("p", _kicker(reading), class_="kicker"),
        element("h1", unbroken(headline[0]), class_="long" if len(headline[0]) > _LONG else None),
        *[element("p", unbroken(_together(sentence)), class_="standfirst") for sentence in headline[1:]],
        _figures(reading),
        _warnings(reading),
        class_="opening",
    )


def _labels_whole(sentence: str, reading: Reading) -> str:
    """The sentence with the cells' names on one line each, or, where they are long, with a joint at a line's end."""
    for label in sorted((cell.label for cell in reading.result.cells), key=len, reverse=True):
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


def about(reading: Reading) -> list[str]:
    """The data file, what is predicted, and of what kind that is."""
    result = reading.result
    kind = "regression" if reading.regression else count(len(result.classes), "class", "classes")
    return [result.name, target_names(result.targets), kind]


def _kicker(reading: Reading) -> Markup:
    return Markup(' <span class="dot" aria-hidden="true">·</span> ').join(
        [element("span", part) for part in about(reading)]
    )


def _figures(reading: Reading) -> Markup:
    """The key figures; a verdict is shown by its shape and its word."""
    shown = [
        _figure(
            one.label, one.value, Markup("{} {}").format(chip(one.word), one.note) if one.word else one.note
        )
        for one in key_figures(reading)
    ]
    return element("dl", *shown, class_="figures")


def key_figures(reading: Reading) -> list[KeyFigure]:
    """What was chosen, what it reaches, what it is against the baseline, and on what that was judged."""
    return [*_of_winner(reading), _against_baseline(reading), _rows(reading)]


def _of_winner(reading: Reading) -> list[KeyFigure]:
    winner = reading.winner
    where = "over repeated splits" if reading.repeated else "on held-out rows"
    return [
        KeyFigure(label="Chosen on the training rows", value=winner.label, note=_made_of(reading)),
        KeyFigure(
            label=f"{reading.measure.short} {where}",
            value=reading.value(reading.leading(winner).value),
            note=_interval_words(reading),
        ),
    ]


def _against_baseline(reading: Reading) -> KeyFigure:
    winner = reading.winner
    if winner.id != reading.baseline.id:
        verdict = reading.leading(winner).verdict
        return KeyFigure(
            label=f"Against {shorten(reading.baseline.label, 28)}",
            value=reading.difference(verdict.difference),
            note=_judged(verdict),
            word=verdict.word,
        )
    guess, words = reading.result.guess, {cell: each.word for cell, each in reading.family.verdicts.items()}
    # constants, and cells that are not shown to beat one, are no find
    better = sum(guess is None or guess.beaten_by(cell) for cell, word in words.items() if word == "better")
    open_ = list(words.values()).count("unresolved")
    note = "the choice is the baseline itself"
    if better:  # found on the held-out rows only, which choose nothing
        note += ", made on the training rows"
    shown = f"{better:,} better" if better else "none shown better"
    shown += f"; {open_:,} unresolved" if open_ else ""
    return KeyFigure(label="Against the baseline", value=shown, note=note)


def _figure(label: str, value: str | Markup, note: str | Markup) -> Markup:
    size = "value words" if len(str(value)) > 12 else "value"
    return element(
        "div",
        element("dt", label),
        element("dd", value, class_=size),
        element("dd", note, class_="note") if note else Markup(),
    )


def _made_of(reading: Reading) -> str:
    winner = reading.winner
    if winner.reads in READS:
        return READS[winner.reads]
    cost = winner.costs.encode_seconds_per_1000
    parts = [winner.encoder]
    if winner.instruction != "default":
        parts.append(winner.instruction)
    if seconds(cost) != NOTHING:
        parts.append(f"{seconds(cost)} per 1,000 texts")
    return ", ".join(parts)


def _interval_words(reading: Reading) -> str:
    figure = reading.leading(reading.winner)
    written = between(figure.low, figure.high, reading.decimals)
    return f"95 % interval {written}" if written else figure.reason or "no interval"


def _judged(verdict: Verdict) -> str:
    """Its p; where nothing could be compared, why."""
    return verdict.reason if math.isnan(verdict.p_holm) else f"Holm p {p_value(verdict.p_holm)}"


def _rows(reading: Reading) -> KeyFigure:
    result = reading.result
    fewer = [reading.judged] if reading.judged else []
    fewer += ["those that did not leak"] if reading.winner.leak else []
    held_out = f"of {result.rows_test:,} held out, {', '.join(fewer)}" if fewer else "held out"
    repeat = reading.winner.repeat
    if reading.repeated and repeat:
        judged = reading.leading(reading.winner).verdict.n
        return KeyFigure(
            label="Judged on",
            value=count(repeat.repeats, "split"),
            note=f"of {count(judged, 'row')} each{', ' + reading.judged if reading.judged else ''}; trained on the others",
        )
    return KeyFigure(
        label="Judged on",
        value=count(reading.rows_judged, "row"),
        note=f"{held_out}; trained on {result.rows_train:,}",
    )


def warned_of(reading: Reading) -> tuple[int, str]:
    """How many warnings there are, and the titles of the first."""
    warnings = [note for note in reading.result.notes if note.level == "warning"]
    titles = "; ".join(note.title for note in warnings[:4])
    return len(warnings), titles + (f"; {len(warnings) - 4} more" if len(warnings) > 4 else "")


def _warnings(reading: Reading) -> Markup:
    number, titles = warned_of(reading)
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
