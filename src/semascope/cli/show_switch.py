"""What "may I switch?" prints: the answer, the tasks, the ways of keeping vectors, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console
from semascope.cli.show_study import verdict_word
from semascope.studies.switching.result import NEW, OLD
from semascope.studies.switching.telling import cosine, decimals_of, measure_of
from semascope.words.numbers import between, fixed, p_value, share, signed

if TYPE_CHECKING:
    from rich.console import Console

    from semascope.studies.switching.result import Judged, SwitchResult

_STANDS = {True: "yes", False: "no", None: "open"}


def print_switch(result: SwitchResult, *, verbose: bool) -> None:
    """The answer, what it rests on, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(result.headline):
        console.print(sentence, style="" if number else "bold", markup=False, highlight=False)
    if result.judged:
        _print_tasks(console, result)
    if verbose:
        _print_storage(console, result)
        _print_thresholds(console, result)
    for note in result.notes:
        if verbose or note.level == "warning":
            warning = note.level == "warning"
            told = f"{'Warning: ' if warning else ''}{note.title}: {note.text}"
            console.print(told, style="yellow" if warning else "", markup=False, highlight=False)
    console.print()
    for name, what in (("report.html", "page"), ("switch.json", "numbers")):
        console.print(f"{what:8} {result.folder}/{name}", markup=False, highlight=False, soft_wrap=True)


def _print_tasks(console: Console, result: SwitchResult) -> None:
    console.print()
    columns = [
        Column(title="task", name=True),
        Column(title="measure", right=False, leaves=1),
        Column(title="OLD"),
        Column(title="NEW"),
        Column(title="difference"),
        Column(title="95 % interval", leaves=3),
        Column(title="p (Holm)", leaves=2),
        Column(title="verdict", right=False),
        Column(title="stands", right=False),
    ]
    print_fitting(console, columns, [_task(task) for task in result.judged])


def _task(task: Judged) -> list[str]:
    verdict, decimals = task.verdict, decimals_of(task)
    return [
        escape(task.name),
        measure_of(task).short,
        fixed(task.values[OLD].value, decimals),
        fixed(task.values[NEW].value, decimals),
        signed(verdict.difference, decimals),
        between(verdict.low, verdict.high, decimals, sign=True) or "none",
        p_value(verdict.p_holm),
        verdict_word(verdict),
        _STANDS[task.stands],
    ]


def _print_storage(console: Console, result: SwitchResult) -> None:
    console.print()
    columns = [
        Column(title="kept as", name=True),
        Column(title="bytes"),
        Column(title="finds"),
        *[Column(title=escape(task.name)) for task in result.judged],
        Column(title="stands", right=False),
    ]
    rows = [
        [
            form.name,
            f"{form.bytes_searched:,.0f}",
            share(form.overlap.value),
            *[fixed(form.values[task.name], decimals_of(task)) for task in result.judged],
            _STANDS[form.stands],
        ]
        for form in result.storage
    ]
    print_fitting(console, columns, rows)


def _print_thresholds(console: Console, result: SwitchResult) -> None:
    if result.thresholds is None:
        return
    console.print()
    columns = [
        Column(title="cosine in OLD", name=True),
        Column(title="in NEW"),
        Column(title="nine in ten"),
        Column(title="as many pass"),
    ]
    rows = [
        [
            cosine(level.old),
            share(level.new),
            f"{share(level.low)} to {share(level.high)}" if level.new == level.new else "too few pairs",
            share(level.as_many),
        ]
        for level in result.thresholds.levels
    ]
    print_fitting(console, columns, rows)
