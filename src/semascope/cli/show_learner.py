"""What the verbs of the value learner print."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from semascope.cli.conversation import curve_lines
from semascope.cli.show import print_facts, print_json
from semascope.learner.answers.lines import lines
from semascope.learner.labelling.learning import Learnt
from semascope.words.numbers import count, decimals_for, fixed, significant, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.labelling.file_rows import Added
    from semascope.learner.labelling.session import Asked


def print_session(found: Learnt | Asked, *, text: Sequence[str], json: bool) -> None:
    """What a session with a learner came to."""
    if json:
        print_json(found)
    elif isinstance(found, Learnt):
        print_learnt(found, text=text)
    else:
        print_asked(found, text=text)


def print_learnt(learnt: Learnt, *, text: Sequence[str]) -> None:
    """What was learnt, how well, what to mind, and what to type next."""
    console = Console(highlight=False)
    line = _Lines(console)
    line(f"{learnt.model} has learnt {count(learnt.learnt, 'example')} of {learnt.target!r}", style="bold")
    for sentence in _rows_said(learnt):
        line(sentence)
    console.print()
    print_facts(console, _facts(learnt))
    console.print()
    console.print(_errors_table(learnt))
    if learnt.advice:
        console.print()
    for sentence in learnt.advice:
        line(f"Advice: {sentence}", style="yellow", wrap=True)
    console.print()
    for command in next_commands(learnt.model, text):
        line(command, style="dim")


def print_asked(asked: Asked, *, text: Sequence[str]) -> None:
    """How a loop of questions ended, and how to go on."""
    line = _Lines(Console(highlight=False))
    line("")
    if not asked.model:
        line("nothing was scored, so nothing was saved")
        return
    held = f" and holds {asked.held_out:,} out" if asked.held_out else ""
    line(f"{asked.model} has learnt {count(asked.learnt, 'example')}{held}", style="bold")
    for sentence in curve_lines(asked.curve) if asked.curve else ():
        line(sentence, wrap=True)
    line("the same command continues where you stopped")
    line("")
    for command in next_commands(asked.model, text):
        line(command, style="dim")


def print_explanations(rows: Sequence[int], explanations: Sequence[Explanation], *, json: bool) -> None:
    """Explanations one below the other, each under its row of the file."""
    if json:
        print_json([{"row": row, "explanation": each} for row, each in zip(rows, explanations, strict=True)])
        return
    line = _Lines(Console(highlight=False))
    for number, (row, explanation) in enumerate(zip(rows, explanations, strict=True)):
        if number:
            line("")
        line(f"row {row}", style="bold")
        for each in lines(explanation):
            line(each)


def next_commands(model: str, text: Sequence[str]) -> list[str]:
    """What can be typed next, ready to copy."""
    columns = " ".join(f"--text {shlex.quote(name)}" for name in text)
    named = shlex.quote(model)
    return [
        f"semascope rank {named} NEW.csv {columns}",
        f"semascope explain {named} NEW.csv {columns} --top 3",
        f"semascope suggest {named} NEW.csv {columns}",
    ]


def _rows_said(learnt: Learnt) -> list[str]:
    used = learnt.rows - sum(map(len, learnt.left_out.values()))
    said = [
        f"{used:,} of {count(learnt.rows, 'row')} of {learnt.source} {'was' if used == 1 else 'were'} used"
    ]
    said += [
        f"  left out, {reason}: {len(rows):,} ({some_rows(rows)}, counted from 0)"
        for reason, rows in learnt.left_out.items()
    ]
    return said + (_added_said(learnt.added) if learnt.added else [])


def _added_said(added: Added) -> list[str]:
    said = [f"  new to the model: {added.new:,}"]
    if added.known:
        said.append(f"  already in the model with the same score: {len(added.known):,}")
    if added.differing:
        what = (
            "their earlier scores were replaced"
            if added.replaced
            else "both scores were kept (--replace takes the new one)"
        )
        said.append(
            f"  already in the model with another score: {len(added.differing):,} ({some_rows(added.differing)}); {what}"
        )
    return said


def _facts(learnt: Learnt) -> dict[str, str]:
    tried = ", ".join(significant(float(alpha), 6) for alpha in learnt.alpha_errors)
    chosen = f", the best of {tried} by cross-validation" if tried else ""
    return {
        "encoder": f"{learnt.encoder}, {learnt.dim} dims",
        **({"instruction": learnt.instruction} if learnt.instruction else {}),
        "alpha": f"{significant(learnt.alpha, 6)}{chosen}",
    }


def _errors_table(learnt: Learnt) -> Table:
    """Errors under each other, beside what the best constant for squared errors, the mean, would give."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("error on rows that the fit has not seen", overflow="fold")
    table.add_column("MSE", justify="right", no_wrap=True)
    table.add_column("R2", justify="right", no_wrap=True)
    places = max(2, decimals_for(learnt.mean.mse / 10))
    held = "validation, rows held out once"
    for name, found in (
        ("leave-one-out, each row from all others", learnt.leave_one_out),
        (held, learnt.validation),
        (f"always the mean of all others, about {significant(learnt.mean_value, 3)}", learnt.mean),
    ):
        table.add_row(name, fixed(found.mse, places), fixed(found.r2, 2))
    return table


class _Lines:
    """Prints plain lines: no markup, no cutting of what is there to be copied."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, text: str, *, style: str = "", wrap: bool = False) -> None:
        self._console.print(text, style=style, markup=False, soft_wrap=not wrap)
