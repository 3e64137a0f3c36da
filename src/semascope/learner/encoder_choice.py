"""Which encoder a learner's arguments stand for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.catalogue import ask, encoder_of_environment
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError
from semascope.learner.advice import LearnerWarning, advise
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.space_check import check_space

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.probes.card import Card
    from semascope.types import Precision

CHAT_MODEL = "qwen/qwen-2.5-72b-instruct"
"""The default that users of the learner know. It is a chat model, which makes no vectors."""
STANDS_FOR = "Qwen/Qwen3-Embedding-0.6B"
VARIABLE = "SEMASCOPE_ENCODER"

_said: set[str] = set()  # sentences of this process: each is said once


@dataclass(kw_only=True, slots=True)
class EncoderChoice:
    """What a learner was told about its encoder."""

    given: Encoder | str | None  # wins over the name and the address
    model_name: str
    api_key: str | None
    base_url: str | None
    precision: Precision
    device: str

    @property
    def asked(self) -> str:
        """What was asked for, as a card says it."""
        asked = self.given if isinstance(self.given, str) else self.model_name
        return ask(asked).source if asked.strip() else asked

    def load(self) -> Encoder:
        """The encoder; an error where vectors would have to come from an address."""
        if self.given is not None and not isinstance(self.given, str):
            return self.given
        name = self.given or encoder_name(self.model_name, api_key=self.api_key, base_url=self.base_url)
        return load_encoder(name, precision=self.precision, device=self.device)

    def load_saved(self, card: Card) -> Encoder:
        """The encoder of a saved model, with a warning where it computes in another precision.

        Raises
        ------
        ArtifactError
            When the encoder found is of another space.
        """
        encoder = self.given
        if encoder is None or isinstance(encoder, str):
            encoder = load_card_encoder(card, encoder or "", precision=self.precision, device=self.device)
        advise([check_space(card, encoder)])
        return encoder

    def cap(self, dim: int, encoder: Encoder, *, default: int) -> int:
        """``dim``, or the encoder's width where that is smaller; said unless ``default`` met an encoder given."""
        if dim <= encoder.dim:
            return dim
        if dim != default or self.given is None:
            advise(
                [
                    f"embedding_dim is {dim}; encoder {encoder.name!r} has {encoder.dim} dims: {encoder.dim} are used"
                ]
            )
        return encoder.dim


def encoder_name(model_name: str, *, api_key: str | None, base_url: str | None) -> str:
    """The name to load, with a warning once where it is not the one given.

    Raises
    ------
    ConfigError
        When the vectors would have to come from an address.
    """
    if named := encoder_of_environment():
        if api_key or base_url or model_name.casefold() not in (CHAT_MODEL, named.casefold()):
            given = f"model_name {model_name!r}" + (" and api_key" if api_key else "")
            warn_once(f"{VARIABLE} is set: vectors come from encoder {named!r}, not from {given}")
        return named
    if api_key or base_url:
        raise ConfigError(
            f"{'api_key' if api_key else 'base_url'} was given; embedding APIs are not supported yet; leave it out to use"
            f" a local checkpoint, or set {VARIABLE}=minilm to use the packaged encoder"
        )
    if model_name.casefold() == CHAT_MODEL:
        warn_once(f"{model_name!r} is a chat model, which makes no vectors: {STANDS_FOR} is used instead")
        return STANDS_FOR
    return model_name


def warn_once(sentence: str) -> None:
    """Warn of something that a process needs to hear once."""
    if sentence not in _said:
        _said.add(sentence)
        warnings.warn(sentence, LearnerWarning, stacklevel=3)
