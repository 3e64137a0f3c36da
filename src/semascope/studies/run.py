"""Run a study: every cell once, resuming where an earlier run stopped, then verdict, winner and report."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from semascope.pages.numbers import count
from semascope.probes.threads import calm_threads
from semascope.store.place import default_store
from semascope.studies.completing import cell_of, folding_words
from semascope.studies.compute import compute_cells
from semascope.studies.forecast import forecast
from semascope.studies.foreign import language_notes
from semascope.studies.notes import reading_notes
from semascope.studies.outcome import conclude
from semascope.studies.prepare import prepare
from semascope.studies.winner import advice_note, holds, save_winner
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semascope.store.vectors import VectorStore
    from semascope.studies.prepare import Prepared
    from semascope.studies.result import StudyResult
    from semascope.studies.settings import Study
    from semascope.types import Progress


def complete_study(
    study: Study,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    finish: Callable[[StudyResult], object] = lambda result: None,
    command: str = "semascope.run_study",
) -> StudyResult:
    """The finished study; its folder holds records, predictions and the winner.

    Parameters
    ----------
    study
        What is asked.
    output
        Run folder; None takes ``runs/<file>-<digest>``. A folder that holds part of this study is completed.
    store
        Vectors are looked up and kept there; None takes the store of this user.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    trust_remote_code
        Whether code that comes with a checkpoint may run.
    progress
        Called after every batch and around every cell.
    say
        Gets lines worth reading before and during the run: what was taken, what it will cost, warnings.
    finish
        Called with the finished study while its folder is still ours: what else belongs into the folder is written there.
    command
        How it was called, for the record.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        Before anything is computed wherever that can be known.
    """
    with ExitStack() as held:
        prepared = prepare(
            study,
            output=output,
            store=store or default_store(),
            device=device,
            trust_remote_code=trust_remote_code,
            held=held,
            say=say,
        )
        _announce(prepared, say, progress)
        computed = compute_cells(prepared, progress=progress)
        with calm_threads(0):  # verdicts are many small products
            result = conclude(prepared, computed, command=command)
        cell = cell_of(computed.records[result.winner])
        if computed.new or not holds(prepared.folder.winner, cell, advice=advice_note(result)):
            save_winner(prepared, result, cell, progress=progress)
        finish(result)
    return result


def _announce(prepared: Prepared, say: Callable[[str], None], progress: Progress) -> None:
    rows = prepared.rows
    say(
        f"{prepared.study.data.name}: {count(len(rows), 'row')}, {len(rows.split.train):,} to learn from, {len(rows.split.test):,} held out"
    )
    for note in reading_notes(rows):
        say(f"WARNING: {note.text}" if note.level == "warning" else note.text)
    for remark in prepared.remarks:
        say(remark)
    for note in [*prepared.flaws.loud, *language_notes(rows, prepared.encoders)]:
        say(f"{'WARNING: ' if note.level == 'warning' else ''}{note.title}. {note.text}")
    if again := prepared.unfolded(prepared.folder.read_records()):
        say(folding_words(len(again)))
    say(f"{forecast(prepared, progress=progress)}; folder {prepared.folder.path}")
