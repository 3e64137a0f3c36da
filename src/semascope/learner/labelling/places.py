"""Where a model may be saved: nothing else lies there, and no score that a person typed in is lost."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError, ConfigError
from semascope.learner.labelling.asking import ASKED
from semascope.learner.model_file import load_learner
from semascope.learner.online.journal import read_journal
from semascope.probes.artifact import read_card
from semascope.words.numbers import count

if TYPE_CHECKING:
    from pathlib import Path


def find_places(model: Path | None, output: Path | None, *, ask: bool) -> tuple[Path | None, Path]:
    """The model to go on with, and where the result goes.

    Raises
    ------
    ConfigError
        When no place is named, or it cannot be written.
    ArtifactError
        When something else lies there, or answers that were typed in would be lost.
    """
    place = output or model
    if place is None:
        raise ConfigError(
            "no --output is given; the model must be saved somewhere; name a file, such as --output model.zip"
        )
    _check_writable(place)
    if place.is_dir():
        raise ConfigError(
            f"{place} is a folder; a model is one file; name a file, such as {place / 'model.zip'}"
        )
    if model is not None and is_same(model, place):
        return model, place
    if place.exists() and place.stat().st_size > 0:
        answers = _answers_in(place)
        if ask and model is None:
            return place, place
        if answers:
            raise ArtifactError(
                f"{place} holds {count(answers, 'score')} typed in with --ask, which would be lost; add to it with"
                f" --model {place}, or choose another --output"
            )
    _refuse_journal(place)
    return model, place


def is_same(model: Path, place: Path) -> bool:
    """Whether both are one file that is there."""
    return model.exists() and place.exists() and place.samefile(model)


def _refuse_journal(place: Path) -> None:
    """Do not put another model beside the journal of one: what a service has learnt would be lost."""
    journal = read_journal(place)
    if journal is not None and journal.entries:
        raise ArtifactError(
            f"{journal.place} holds {count(len(journal.entries), 'operation')} of semascope serve that would be lost; add to that"
            f" model with --model {place}, or choose another --output"
        )


def _check_writable(place: Path) -> None:
    """Make a file like those that a save and its lock make beside the model, before anything is read or asked."""
    above = next((folder for folder in place.absolute().parents if folder.exists()), None)
    if above is None:
        return
    if not above.is_dir():
        raise ConfigError(f"{above} is a file; {place} cannot lie below it; choose another --output")
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{place.name}.", dir=above):
            pass
    except OSError as error:
        raise ConfigError(f"{place} cannot be written ({error.strerror}); choose another --output") from None


def _answers_in(path: Path) -> int:
    """Scores in a model file that a person gave at the terminal."""
    try:
        read_card(path)
    except ArtifactError as error:
        raise ArtifactError(
            f"{path} exists and is no model; it is not overwritten; choose another name ({error})"
        ) from error
    try:
        saved = load_learner(path)
    except ArtifactError:  # another scorer, which may be replaced
        return 0
    return len(saved.held_out) + sum(example.metadata == ASKED for example in saved.examples)
