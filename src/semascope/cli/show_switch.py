"""What "may I switch?" prints: the answer, the tasks, the ways of keeping vectors, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.cli.show import plain_console

if TYPE_CHECKING:
    from semascope.studies.switching.result import SwitchResult


def print_switch(result: SwitchResult, *, verbose: bool) -> None:
    """The answer, what it rests on, and where everything lies."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(result.headline):
        console.print(sentence, style="" if number else "bold", markup=False, highlight=False)
