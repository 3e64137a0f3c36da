"""A learner's model into what its file holds, and back."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.learner.advice import advise
from semascope.learner.encoder_choice import CHAT_MODEL
from semascope.learner.examples import Examples
from semascope.learner.log import LOGGER
from semascope.learner.model import DEFAULT_ALPHA
from semascope.learner.model_file import SavedLearner
from semascope.learner.ridge.fit import Fit
from semascope.learner.vector_source import DEFAULT_DIM
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.own_encoder import files_inside

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.model import Model


def to_saved(model: Model) -> SavedLearner:
    """What a file of this ridge holds: all examples, those of the fit first.

    Raises
    ------
    DataError
        When examples of the fit were changed by hand.
    """
    fit, examples = model.fitted(), model.examples
    kept = tuple(examples.all())
    if not fit.is_of(examples.texts, examples.scores):
        raise DataError(
            "training_texts or training_scores were changed since training; call train() before saving"
        )
    return SavedLearner(
        card=_card(model),
        ridge=fit.line,
        examples=kept,
        fitted=len(fit.texts),
        vectors=fit.vectors,
        embedding_dim=model.source.dim,
        suggested=tuple(sorted(model.suggested)),
        held_out=tuple(model.held_out),
        own=files_inside(model.source.encoder),
        reached=model.reached,
    )


def _card(model: Model) -> Card:
    """What the file says of itself."""
    fit, encoder, instruction = model.fitted(), model.source.encoder, model.source.instruction
    fields: dict[str, Any] = {"encoder": "", "space": {}, "precision": "", "fingerprint": ""}
    if encoder is not None:  # else the vectors were made without one
        fields = encoder_fields(encoder)
    return Card(
        **fields,
        instruction="own" if instruction else "default",
        sentence=instruction,
        long="truncate" if encoder is None else encoder.space.long,
        dim=fit.vectors.shape[1],
        kind="regression",
        head="ridge",
        targets=(TargetCard(name=model.target),),
        measured="",
        rows=len(fit.texts),
        versions={"semascope": version("semascope"), "numpy": np.__version__},
        custom=model.source.custom,
    )


def take_saved(saved: SavedLearner, model: Model, encoder: Encoder | None, path: str | Path) -> None:
    """Become a saved model whose encoder is proved; a warning says what was asked for otherwise."""
    fitted = saved.examples[: saved.fitted]
    texts, scores = [each.text for each in fitted], [each.score for each in fitted]
    examples = Examples.of(saved.examples, saved.vectors)
    with model.lock:
        if differing := _made_otherwise(saved, model):
            advise([f"{path} was made with other settings: {', '.join(differing)} taken from the file"])
        model.alpha, model.target = saved.ridge.alpha, saved.card.targets[0].name
        model.source.take(saved.card, encoder, dim=saved.embedding_dim, known=examples.known)
        fit = Fit(texts, scores, saved.vectors, alpha=saved.ridge.alpha, line=saved.ridge)
        model.take(fit, examples, suggested=saved.suggested)
        model.held_out, model.reached = list(saved.held_out), saved.reached
    LOGGER.debug("loaded %d examples from %s", len(saved.examples), path)


def _made_otherwise(saved: SavedLearner, model: Model) -> list[str]:
    """What was asked for at construction and is otherwise in the file, in words; a default asks for nothing."""
    source = model.source
    # A remedy lies in the file itself: what was given by name was proved to be the same.
    is_inside = "remedy" in saved.card.space and isinstance(source.choice.given, str)
    asked_encoder = saved.card.encoder if is_inside else source.choice.asked
    return [
        f"{name} {found!r} (instead of {asked!r})"
        for name, asked, found, default in (
            ("encoder", asked_encoder, saved.card.encoder, CHAT_MODEL),
            ("embedding_dim", source.dim, saved.embedding_dim, DEFAULT_DIM),
            ("ridge_alpha", model.alpha, saved.ridge.alpha, DEFAULT_ALPHA),
            ("instruction", source.instruction, saved.card.sentence, ""),
            ("target", model.target, saved.card.targets[0].name, "score"),
        )
        if found not in ("", asked) and asked != default
    ]
