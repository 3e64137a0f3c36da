"""The opening: the answer in words, four figures, and what the reader must be warned of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports.heads.reading import Reading, target_names
from semascope.reports.model import KeyFigure
from semascope.reports.opening import opening as render_opening
from semascope.studies.heads.telling.spoken import READS
from semascope.words.numbers import NOTHING, between, count, p_value, seconds
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.stats.results import Verdict


def opening(reading: Reading) -> Markup:
    """The part of the page above the contents."""
    return render_opening(
        reading.result,
        about=about(reading),
        figures=key_figures(reading),
        labels=[cell.label for cell in reading.result.cells],
    )


def about(reading: Reading) -> list[str]:
    """The data file, what is predicted, and of what kind that is."""
    result = reading.result
    kind = "regression" if reading.regression else count(len(result.classes), "class", "classes")
    return [result.name, target_names(result.targets), kind]


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
