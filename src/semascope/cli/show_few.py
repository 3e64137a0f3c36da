"""What a study with few judgements prints: the answer, the table of differences, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console
from semascope.cli.show_index import search_command
from semascope.cli.show_study import verdict_word
from semascope.studies.retrieval.few.told import DECIMALS
from semascope.words.numbers import between, p_value, signed

if TYPE_CHECKING:
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.few.result import FewResult

FILES = (
    ("report.html", "report"),
    ("winner", "winner"),
    ("judgements.tsv", "answers"),
    ("pool.tsv", "pool"),
    ("runs.parquet", "rankings"),
)


def print_few(result: FewResult, *, verbose: bool) -> None:
    """The answer, the table of cells, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(result.headline):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, highlight=False)
    console.print()
    columns = [
        Column(title="", right=False),
        Column(title="cell", name=True),
        Column(title="difference"),
        Column(title="95 % at every look", leaves=2),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]
    cells = sorted(result.cells, key=lambda cell: -cell.verdict.difference)
    print_fitting(console, columns, [_row(result, cell) for cell in cells])
    console.print(
        f"* advised. Differences in {result.measure} from {result.family.baseline}, over queries like these; intervals are unadjusted.",
        style="dim",
        markup=False,
        highlight=False,
    )
    for note in result.notes:
        if verbose or note.level == "warning":
            warning = note.level == "warning"
            console.print(
                f"{'Warning: ' if warning else ''}{note.title}. {note.text}",
                style="yellow" if warning else "",
                markup=False,
                highlight=False,
            )
    console.print()
    there = {"judgements.tsv": result.judgements > 0, "winner": result.recipe is not None}
    for name, what in FILES:
        if there.get(name, True):
            search = f" ({search_command(f'{result.folder}/{name}')})" if name == "winner" else ""
            console.print(
                f"{what:8} {result.folder}/{name}{search}", markup=False, highlight=False, soft_wrap=True
            )


def _row(result: FewResult, cell: CellResult) -> list[str]:
    verdict = cell.verdict
    unknown = verdict.word == "baseline" or bool(verdict.reason)
    return [
        "*" if cell.id == result.winner else "",
        escape(cell.label),
        "" if unknown else signed(verdict.difference, DECIMALS),
        "" if unknown else between(verdict.low, verdict.high, DECIMALS, sign=True),
        "" if unknown else p_value(verdict.p_holm),
        verdict_word(verdict),
    ]
