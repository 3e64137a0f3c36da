"""What a service has learnt, put into the model file by whoever learns into it next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.learner.online.journal import read_journal, remove_journal

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.learner.learner import ValueLearner


def fold_in(learner: ValueLearner, path: Path) -> None:
    """Save a learner that was just loaded from ``path``, where a journal lies beside it, and remove the journal.

    The caller is the one writer of the model (``sole_writer``), since before it was loaded.
    """
    if read_journal(path) is not None:
        learner.save_model(path)
        remove_journal(path)
