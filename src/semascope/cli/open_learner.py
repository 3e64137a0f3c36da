"""A value learner made from flags, or opened from its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.errors import ArtifactError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.learner import ValueLearner
    from semascope.probes.card import Card


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderFlags:
    """How vectors are asked for; "" and None are not given."""

    encoder: str = ""
    instruction: str = ""
    long: str = ""
    dim: int | None = None
    precision: str = "auto"
    device: str = "auto"
    store: Path | None = None
    trust_remote_code: bool = False

    @property
    def folder(self) -> Path:
        """Of the vector store: the user's own unless named."""
        from semascope.store.place import default_store

        return self.store or default_store().root


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Opened:
    """A learner, and what it stands on."""

    learner: ValueLearner
    encoder: Encoder
    folder: Path  # of the vector store

    def fresh(self) -> ValueLearner:
        """The same learner without examples."""
        from semascope.learner.learner import ValueLearner

        return ValueLearner(
            encoder=self.encoder,
            embedding_dim=self.learner.embedding_dim,
            ridge_alpha=self.learner.ridge_alpha,
            cache_dir=self.folder,
            instruction=self.learner.instruction,
            target=self.learner.target,
        )


def new_learner(flags: EncoderFlags, *, target: str, alpha: float) -> Opened:
    """A learner without examples."""
    from semascope.embedding.width import check_dim
    from semascope.encoders.catalogue import load_encoder
    from semascope.encoders.instructions import parse_instruction
    from semascope.learner.learner import ValueLearner

    asked = parse_instruction(flags.instruction or "default")
    encoder = load_encoder(
        flags.encoder,
        precision=flags.precision,  # type: ignore[arg-type]
        device=flags.device,
        trust_remote_code=flags.trust_remote_code,
        long=flags.long or "truncate",
    )
    check_dim(flags.dim, encoder)
    learner = ValueLearner(
        encoder=encoder,
        embedding_dim=flags.dim or encoder.dim,
        ridge_alpha=alpha,
        cache_dir=flags.folder,
        instruction=asked.sentence,
        target=target,
    )
    return Opened(learner=learner, encoder=encoder, folder=flags.folder)


def open_learner(path: Path, flags: EncoderFlags) -> Opened:
    """The learner saved at ``path``.

    Raises
    ------
    ArtifactError
        When it is no whole learner, or the encoder is of another space.
    ConfigError
        When a flag asks for something else than the model is made of.
    """
    from semascope.probes.artifact import load_attachments, read_card
    from semascope.probes.card_encoder import load_card_encoder

    card = read_card(path)
    if card.custom:
        raise ArtifactError(
            f"{path} was trained on vectors that class {card.custom!r} makes with code of its own; only that class can"
            " use it; load it there with load_model"
        )
    _refuse_ensemble(path, card)
    if not load_attachments(path):  # said before an encoder is loaded for nothing
        raise ArtifactError(
            f"{path} is a scorer ({card.head}) without examples; this needs the model of a learner; make one with"
            " semascope learn, or apply this one with semascope score"
        )
    _refuse_other_settings(path, card, flags)
    encoder = load_card_encoder(
        card,
        flags.encoder,
        precision=flags.precision,  # type: ignore[arg-type]
        device=flags.device,
        trust_remote_code=flags.trust_remote_code,
    )
    return Opened(learner=load_on(encoder, path, flags.folder), encoder=encoder, folder=flags.folder)


def load_on(encoder: Encoder, path: Path, folder: Path) -> ValueLearner:
    """The learner saved at ``path`` on an encoder that is loaded already."""
    from semascope.learner.learner import ValueLearner
    from semascope.probes.artifact import read_card

    _refuse_ensemble(path, read_card(path))
    learner = ValueLearner(encoder=encoder, cache_dir=folder)
    learner.load_model(path)
    return learner


def _refuse_ensemble(path: Path, card: Card) -> None:
    if card.head == "ensemble":
        raise ArtifactError(
            f"{path} is an ensemble; this works on a single model; apply it with semascope score or rank without --interval,"
            " or use Ensemble.load in Python"
        )


def _refuse_other_settings(path: Path, card: Card, flags: EncoderFlags) -> None:
    """A model keeps what it was made of: flags may repeat it."""
    from semascope.encoders.instructions import parse_instruction

    sentence = parse_instruction(flags.instruction).sentence if flags.instruction else None
    for flag, asked, found in (
        ("--instruction", sentence, card.sentence),
        ("--dim", flags.dim, card.dim),
        ("--long", flags.long or None, card.long),
    ):
        if asked is not None and asked != found:
            raise ConfigError(
                f"{flag} asks for {asked or 'none'!r}; {path} was made with {found or 'none'!r} and keeps it; leave the flag out, or learn a"
                " new model without --model"
            )
