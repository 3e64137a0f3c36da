"""A value learner made anew, or opened from its file, with the encoder that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.embedding.width import check_dim
from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.errors import ArtifactError, ConfigError
from semascope.learner.encoder_choice import CHAT_MODEL, EncoderChoice
from semascope.learner.learner import ValueLearner
from semascope.learner.learner_saving import take_saved
from semascope.learner.model import DEFAULT_ALPHA, Model
from semascope.learner.model_file import load_learner
from semascope.learner.vector_source import DEFAULT_DIM, VectorSource, make_folder
from semascope.probes.artifact import load_attachments, read_card
from semascope.probes.card_encoder import load_card_encoder
from semascope.store.place import default_store

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.model_file import SavedLearner
    from semascope.probes.card import Card


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderWish:
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
        return self.store or default_store().root


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Opened:
    """A learner, and what it stands on."""

    learner: ValueLearner
    encoder: Encoder
    folder: Path  # of the vector store

    def fresh(self) -> ValueLearner:
        """The same learner without examples."""
        return ValueLearner(
            encoder=self.encoder,
            embedding_dim=self.learner.embedding_dim,
            ridge_alpha=self.learner.ridge_alpha,
            cache_dir=self.folder,
            instruction=self.learner.instruction,
            target=self.learner.target,
        )


def new_learner(wish: EncoderWish, *, target: str, alpha: float) -> Opened:
    """A learner without examples."""
    asked = parse_instruction(wish.instruction or "default")
    encoder = load_encoder(
        wish.encoder,
        precision=wish.precision,  # type: ignore[arg-type]
        device=wish.device,
        trust_remote_code=wish.trust_remote_code,
        long=wish.long or "truncate",
    )
    check_dim(wish.dim, encoder)
    learner = ValueLearner(
        encoder=encoder,
        embedding_dim=wish.dim or encoder.dim,
        ridge_alpha=alpha,
        cache_dir=wish.folder,
        instruction=asked.sentence,
        target=target,
    )
    return Opened(learner=learner, encoder=encoder, folder=wish.folder)


def open_learner(path: Path, wish: EncoderWish) -> Opened:
    """The learner saved at ``path``.

    Raises
    ------
    ArtifactError
        When it is no whole learner, or the encoder is of another space.
    ConfigError
        When something else is asked for than the model is made of.
    """
    card = read_card(path)
    if card.custom:
        raise ArtifactError(
            f"{path} was trained on vectors that class {card.custom!r} makes with code of its own; only that class can"
            " use it; load it there with load_model"
        )
    if not load_attachments(path):  # said before an encoder is loaded for nothing
        raise ArtifactError(
            f"{path} is a scorer ({card.head}) without examples; this needs the model of a learner; make one with"
            " semascope learn, or apply this one with semascope score"
        )
    _check_same_settings(path, card, wish)
    encoder = load_card_encoder(
        card,
        wish.encoder,
        precision=wish.precision,  # type: ignore[arg-type]
        device=wish.device,
        trust_remote_code=wish.trust_remote_code,
    )
    return Opened(learner=load_on(encoder, path, wish.folder), encoder=encoder, folder=wish.folder)


def load_on(encoder: Encoder, path: Path, folder: Path) -> ValueLearner:
    """The learner saved at ``path`` on an encoder that is loaded already."""
    learner = ValueLearner(encoder=encoder, cache_dir=folder)
    learner.load_model(path)
    return learner


def open_model(encoder: Encoder, path: Path, folder: Path) -> Model:
    """The model saved at ``path`` on an encoder that is loaded already, for a program that makes vectors itself."""
    return model_of(load_learner(path), encoder, path, folder)


def model_of(saved: SavedLearner, encoder: Encoder, path: Path, folder: Path) -> Model:
    """A saved model, read from ``path``, on an encoder that is loaded already."""
    choice = EncoderChoice(
        given=encoder, model_name=CHAT_MODEL, api_key=None, base_url=None, precision="auto", device="auto"
    )
    source = VectorSource(choice, make_folder(folder), instruction="", dim=DEFAULT_DIM, own=lambda: None)
    model = Model(source, DEFAULT_ALPHA, target="score")
    take_saved(saved, model, source.proved(saved.card, path), path)
    return model


def _check_same_settings(path: Path, card: Card, wish: EncoderWish) -> None:
    """A model keeps what it was made of: a wish may repeat it."""
    sentence = parse_instruction(wish.instruction).sentence if wish.instruction else None
    for name, asked, found in (
        ("instruction", sentence, card.sentence),
        ("dim", wish.dim, card.dim),
        ("long", wish.long or None, card.long),
    ):
        if asked is not None and asked != found:
            raise ConfigError(
                f"{name} is {asked or 'none'!r}; {path} was made with {found or 'none'!r} and keeps it; leave it out, or"
                " learn a new model"
            )
