"""What a study prints: the answer, the table of cells, and where everything lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console, print_json
from semascope.cli.show_slices import print_slices
from semascope.reports.forms.record import study_record
from semascope.reports.heads.reading import Reading
from semascope.stats.standing import ALPHA
from semascope.studies.heads.telling.published_words import UNPAIRED, called
from semascope.studies.heads.telling.raced_words import by_fall, fallen_words, race_words
from semascope.words.numbers import between, count, p_value
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult, HeadsResult
    from semascope.studies.result import StudyResult
    from semascope.studies.tuned.result import TuneResult

WORDS = {"better": "green", "worse": "red", "equivalent": "cyan", "unresolved": "yellow", "baseline": "dim"}


def print_study(result: HeadsResult, *, verbose: bool) -> None:
    """The answer, the table of cells, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(result.headline):
        loud = "bold" if number == 0 else "yellow" if sentence.startswith("Warning") else ""
        console.print(sentence, style=loud, markup=False, highlight=False)
    console.print()
    _print_answers(result, console, verbose=verbose)
    reading = Reading(result)
    cells = sorted(result.cells, key=lambda cell: _gain(reading, cell), reverse=True)
    print_fitting(
        console, _cell_columns(result), [*(_cell_row(cell, result) for cell in cells), *_fallen(result)]
    )
    for line in _how(result):
        console.print(line, style="dim", markup=False, highlight=False)
    print_slices(reading, console, word=verdict_word)
    _print_notes(result, console, verbose=verbose)
    console.print()
    for name, what in (("report.html", "report"), ("winner", "winner"), ("records.jsonl", "records")):
        console.print(f"{what:8} {result.folder}/{name}", markup=False, highlight=False, soft_wrap=True)


def _print_answers(result: HeadsResult, console: Console, *, verbose: bool) -> None:
    """The questions of a study that tunes a model, and of any other when asked for."""
    if not (verbose or any(cell.reads == "texts" for cell in result.cells)):
        return
    for each in result.answers:
        console.print(each.question, style="bold", markup=False, highlight=False)
        console.print(f"  {each.answer}", markup=False, highlight=False)
    if result.answers:
        console.print()


def _print_notes(result: HeadsResult, console: Console, *, verbose: bool) -> None:
    """Warnings that the answer has not told yet; everything else when asked for."""
    told = " ".join(result.headline)
    notes = [note for note in result.notes if note.title not in told]
    shown = [note for note in notes if verbose or note.level == "warning"]
    if shown:
        console.print()
    for note in shown:
        warning = note.level == "warning"
        console.print(
            f"{'Warning: ' if warning else ''}{note.title}. {note.text}",
            style="yellow" if warning else "",
            markup=False,
            highlight=False,
        )


def _cell_columns(result: HeadsResult) -> list[Column]:
    """One line a cell; a narrow terminal does without the single split, then p, the difference, the interval."""
    found = [
        Column(title="", right=False),
        Column(title="cell", name=True),
        Column(title=Reading(result).measure.short),
        Column(title="95 % interval", leaves=4),
        Column(title="difference", leaves=3),
        Column(title="p (Holm)", leaves=2),
        Column(title="verdict", right=False),
    ]
    if Reading(result).repeated:
        found.append(Column(title="one split", right=False, leaves=1))
    return found


def _gain(reading: Reading, cell: HeadResult) -> float:
    gain = reading.leading(cell).verdict.gain
    return -math.inf if math.isnan(gain) else gain


def _cell_row(cell: HeadResult, result: HeadsResult) -> list[str]:
    reading = Reading(result)
    figure = reading.leading(cell)
    verdict = figure.verdict
    is_baseline = verdict.word == "baseline"
    word = verdict_word(verdict)
    if cell.verdict.mixed:
        word += " [yellow]mixed[/]"
    own = cell.verdict
    one_split = [verdict_word(own) if own.word != "baseline" else ""] if reading.repeated else []
    return [
        "*" if cell.id == result.winner else "",
        escape(cell.label),
        reading.value(figure.value),
        between(figure.low, figure.high, reading.decimals) or "none",
        "" if is_baseline else reading.difference(verdict.difference),
        "" if is_baseline else p_value(verdict.p_holm),
        word,
        *one_split,
    ]


def _fallen(result: HeadsResult) -> list[list[str]]:
    """Cells that a race left behind: no figure, as no held-out row judged them."""
    if result.raced is None:
        return []
    columns = len(_cell_columns(result))
    return [
        [
            "",
            f"[dim]{escape(result.raced.labels[fall.cell])}[/]",
            "",
            "",
            "",
            "",
            f"[dim]{fallen_words(fall)}[/]",
        ]
        + [""] * (columns - 7)
        for fall in by_fall(result.raced)
    ]


def verdict_word(verdict: Verdict) -> str:
    """The verdict's word; where no comparison could be made, that."""
    if verdict.word == "unresolved" and math.isnan(verdict.p_holm):
        return "[dim]not compared[/]"
    return f"[{WORDS[verdict.word]}]{verdict.word}[/]"


def _how(result: HeadsResult) -> list[str]:
    """What the table means, in three lines."""
    reading = Reading(result)
    family = reading.family
    compared = count(family.comparisons, "comparison")
    margin = f"{reading.margin(family)}{' of its error' if reading.relative else ''}"
    short, long = reading.measure.short, reading.measure.long
    named = short if short.casefold() == long.casefold() else f"{short}, {long}"
    cheapest = ", the cheapest not clearly behind the best there" if result.choice.by_cost else ""
    lines = [
        f"* chosen on the training rows{cheapest}. {named}: {reading.measure.side} is better; intervals are 95 %, unadjusted.",
        f"Differences are from {reading.baseline.label}; within a margin of {margin} they count as none.",
        f"Intervals of differences: {family.interval}. p: {family.test}; Holm over {compared}."
        if family.comparisons
        else "No other cell could be compared with it.",
        *_not_compared(reading),
    ]
    if reading.repeated:
        lines.append(
            "All numbers are about fitting each cell anew on repeated splits; one split: the verdict on the heads of the study's"
            f" own split alone.{_columns(result)}"
        )
    race = [f"{race_words(result.raced)} What was left behind is not called worse."] if result.raced else []
    return [*lines, *race, *_held_back(reading), *_published(reading)]


def _columns(result: HeadsResult) -> str:
    """What was not fitted anew."""
    names = [cell.label for cell in result.cells if cell.reads == "column"]
    if not names:
        return ""
    return f" {listing(names)} {'is a column' if len(names) == 1 else 'are columns'} of the file, the same on every split."


def _published(reading: Reading) -> list[str]:
    """How all cells stand against each published figure, by word."""
    lines = []
    for reference in reading.result.references:
        words: dict[str, list[str]] = {"better": [], "worse": [], "cannot be told from it": []}
        for cell in reading.by_leading:
            word = reference.cells[cell.id].word
            words["cannot be told from it" if word == "unresolved" else word].append(cell.label)
        told = "; ".join(f"{word}: {listing(labels, limit=8)}" for word, labels in words.items() if labels)
        lines.append(
            f"Against {called(reference, reading.decimals)} ({UNPAIRED}; each 95 % interval for itself, no Holm): {told}."
        )
    return lines


def _not_compared(reading: Reading) -> list[str]:
    """Why cells could not be compared, each reason once."""
    found: dict[str, list[str]] = {}
    for cell in reading.ordered:
        verdict = reading.leading(cell).verdict
        if verdict.word == "unresolved" and math.isnan(verdict.p_holm) and verdict.reason:
            found.setdefault(verdict.reason, []).append(cell.label)
    return [f"Not compared: {listing(names, limit=6)} ({reason})." for reason, names in found.items()]


def _held_back(reading: Reading) -> list[str]:
    """Why a cell is unresolved where its p alone would have settled it."""
    found = []
    for cell in reading.ordered:
        verdict = reading.leading(cell).verdict
        if verdict.word == "unresolved" and verdict.reason and verdict.p_holm < ALPHA:
            found.append(
                f"{cell.label} is unresolved though p is {p_value(verdict.p_holm)}: {verdict.reason}."
            )
    return found


def print_study_json(result: StudyResult | TuneResult) -> None:
    """The finished study as JSON, without what lies in its Parquet files."""
    print_json(study_record(result))
