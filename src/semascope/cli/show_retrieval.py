"""What a study of retrieval prints: the answer, the table of cells, and where everything lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console
from semascope.cli.show_index import search_command
from semascope.cli.show_study import verdict_word
from semascope.words.numbers import between, count, fixed, measure_decimals, p_value, percent, signed

if TYPE_CHECKING:
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.result import RetrievalResult


def print_retrieval(result: RetrievalResult, *, verbose: bool) -> None:
    """The answer, the table of cells, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(result.headline):
        loud = "bold" if number == 0 else "yellow" if sentence.startswith("Warning") else ""
        console.print(sentence, style=loud, markup=False, highlight=False)
    console.print()
    decimals = _decimals(result)
    columns = [
        Column(title="", right=False),
        Column(title="cell", name=True),
        Column(title=result.measure),
        Column(title="95 % interval", leaves=3),
        Column(title="difference", leaves=4),
        Column(title="p (Holm)", leaves=2),
        Column(title="holes", leaves=1),
        Column(title="verdict", right=False),
    ]
    cells = sorted(result.cells, key=lambda cell: -cell.estimate.value)
    print_fitting(console, columns, [_row(result, cell, decimals) for cell in cells])
    for line in _how(result):
        console.print(line, style="dim", markup=False, highlight=False)
    _print_notes(result, verbose=verbose)
    console.print()
    places = [("report.html", "report"), ("runs.parquet", "rankings"), ("records.jsonl", "records")]
    if result.recipe is not None:
        places.insert(1, ("winner", "winner"))
    for name, what in places:
        ask = f" ({search_command(f'{result.folder}/{name}')})" if what == "winner" else ""
        line = f"{what:8} {result.folder}/{name}{ask}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _decimals(result: RetrievalResult) -> int:
    return measure_decimals(
        (cell.estimate.value for cell in result.cells),
        ((cell.estimate.high - cell.estimate.low) / 2 for cell in result.cells),
    )


def _row(result: RetrievalResult, cell: CellResult, decimals: int) -> list[str]:
    estimate, verdict = cell.estimate, cell.verdict
    baseline = verdict.word == "baseline"
    return [
        "*" if cell.id == result.winner else "",
        escape(cell.label),
        fixed(estimate.value, decimals),
        between(estimate.low, estimate.high, decimals) or "none",
        "" if baseline else signed(verdict.difference, decimals),
        "" if baseline else p_value(verdict.p_holm),
        percent(result.holes[cell.id]),
        verdict_word(verdict),
    ]


def _how(result: RetrievalResult) -> list[str]:
    """What the table means."""
    family = result.family
    compared = count(family.comparisons, "comparison")
    cheapest = ", the cheapest not clearly behind the best there" if result.choice.by_cost else ""
    return [
        f"* {'advised' if result.pair else 'chosen on the choosing queries'}{cheapest}; intervals are 95 %, unadjusted. Differences are from {family.baseline}.",
        f"Intervals of differences: {family.interval}. p: {family.test}; Holm over {compared}."
        if family.comparisons
        else "No other cell could be compared with it.",
        "Holes: the share of the first ten documents that nobody judged.",
        *(
            f"{cell.label} is {_word_of(cell)}: {cell.verdict.reason}."
            for cell in result.cells
            if cell.verdict.reason
        ),
    ]


def _word_of(cell: CellResult) -> str:
    return "not compared" if math.isnan(cell.verdict.p_holm) else cell.verdict.word


def _print_notes(result: RetrievalResult, *, verbose: bool) -> None:
    """Warnings; everything else when asked for."""
    console = plain_console()
    shown = [note for note in result.notes if verbose or note.level == "warning"]
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
