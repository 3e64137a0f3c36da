"""What a tuning prints: the answer, base against tuned on what was seen and what was not, what was forgotten, where all lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.cli.show import plain_console

if TYPE_CHECKING:
    from semascope.studies.tuned.result import TuneResult


def print_tune(found: TuneResult, *, verbose: bool) -> None:
    """The answer first."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(found.headline):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, highlight=False)
    console.print()
    if found.searched:
        for part in found.searched.parts:
            console.print(
                part.name,
                part.queries,
                {k: round(v.value, 4) for k, v in part.values.items()},
                part.verdict.word,
                part.verdict.difference,
                part.verdict.low,
                part.verdict.high,
                part.verdict.p_holm,
            )
    console.print(found.trained)
    console.print(found.separation)
    for one in found.forgot:
        console.print(one)
    for note in found.notes:
        if verbose or note.level == "warning":
            console.print(f"{note.title}. {note.text}", markup=False, highlight=False)
    console.print(f"encoder  {found.encoder}")
