"""Which rows of a table to score next; the model remembers that they were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError, ConfigError
from semascope.files import sole_writer
from semascope.learner.labelling.file_rows import worth_scoring
from semascope.learner.online.journal import remove_journal
from semascope.learner.opening import load_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.learner.opening import Opened


@dataclass(frozen=True, kw_only=True, slots=True)
class NextRows:
    """Places of texts to score, the most useful first."""

    places: tuple[int, ...]
    left_aside: int  # texts that are empty, copies, or scored already
    forgotten: str  # why the model cannot remember them; "" where it does


def suggest_next(opened: Opened, path: Path, texts: Sequence[str], count: int) -> NextRows:
    """Up to ``count`` of the texts whose scores would teach the model most.

    Parameters
    ----------
    opened, path
        The model and its file, which remembers them: examples that were not drawn at random promise no coverage, and
        whoever learns them must know.
    """
    candidates = worth_scoring(opened.learner, texts)
    chosen = opened.learner.suggest_rows([texts[place] for place in candidates], min(count, len(candidates)))
    places, forgotten = tuple(candidates[number] for number in chosen), ""
    try:
        with sole_writer(path):  # read again: what another process has taught it since must stay
            latest = load_on(opened.encoder, path, opened.folder)
            latest.note_suggested(texts[place] for place in places)
            latest.save_model(path)
            remove_journal(path)
    except (ArtifactError, ConfigError, OSError) as error:
        forgotten = str(error)
    return NextRows(places=places, left_aside=len(texts) - len(candidates), forgotten=forgotten)
