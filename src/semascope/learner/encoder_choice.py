"""Which encoder a learner's arguments stand for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.api.name import is_api
from semascope.encoders.catalogue import ask, encoder_of_environment
from semascope.encoders.loading import load_encoder
from semascope.learner.advice import LearnerWarning, advise
from semascope.learner.api_choice import api_name, host_asked
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.space_check import check_space

if TYPE_CHECKING:
    from pydantic import SecretStr

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
    api_key: SecretStr | None
    base_url: str | None
    precision: Precision
    device: str

    @property
    def asked(self) -> str:
        """What was asked for, as a card says it."""
        asked = self.given if isinstance(self.given, str) else self._api or self.model_name
        return ask(asked).source if asked.strip() else asked

    @property
    def _api(self) -> str:
        """Name of the encoder behind an API that key, address or name stand for; "" for a local one."""
        if isinstance(self.given, str) and self.given:
            return source if is_api(source := ask(self.given).source) else ""
        if not (self.api_key or self.base_url or is_api(self.model_name)) or encoder_of_environment():
            return ""
        return api_name(self.model_name, chat_model=CHAT_MODEL, stands_for=STANDS_FOR, base_url=self.base_url)

    def load(self) -> Encoder:
        """The encoder, which gets the key that was given where it is behind an API."""
        if self.given is not None and not isinstance(self.given, str):
            return self.given
        name = self.given or self._api
        if not name:
            name = encoder_name(self.model_name, api_key=bool(self.api_key), base_url=self.base_url)
        elif self.model_name.casefold() == CHAT_MODEL and not self.given:
            warn_once(
                f"{self.model_name!r} is a chat model, which makes no vectors: {name!r} is asked instead"
            )
        api_key = self.api_key if self._api else None
        return load_encoder(name, precision=self.precision, device=self.device, api_key=api_key)

    def load_saved(self, card: Card) -> Encoder:
        """The encoder of a saved model, with a warning where it computes in another precision.

        Raises
        ------
        ArtifactError
            When the encoder found is of another space.
        """
        encoder = self.given
        if encoder is None or isinstance(encoder, str):
            encoder = load_card_encoder(
                card,
                encoder or "",
                precision=self.precision,
                device=self.device,
                api_key=self._key_for(encoder or card.encoder),
            )
        advise([check_space(card, encoder)])
        return encoder

    def _key_for(self, source: str) -> SecretStr | None:
        """The key that was given, where the encoder of a card is at the address that it was given for.

        A card is read from a file, which may come from anybody and name any address.
        """
        source = ask(source).source if source else ""
        if self.api_key is None or not is_api(source) or not (own := self._api):
            return None
        return self.api_key if host_asked(source) == host_asked(own) else None

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


def encoder_name(model_name: str, *, api_key: bool, base_url: str | None) -> str:
    """The name to load where no API is asked for, or the environment names another encoder; a warning once tells where it is
    not the one given.

    Parameters
    ----------
    api_key
        Whether one was given.
    """
    if named := encoder_of_environment():
        if api_key or base_url or model_name.casefold() not in (CHAT_MODEL, named.casefold()):
            given = f"model_name {model_name!r}" + (" and api_key" if api_key else "")
            warn_once(f"{VARIABLE} is set: vectors come from encoder {named!r}, not from {given}")
        return named
    if model_name.casefold() == CHAT_MODEL:
        warn_once(f"{model_name!r} is a chat model, which makes no vectors: {STANDS_FOR} is used instead")
        return STANDS_FOR
    return model_name


def warn_once(sentence: str) -> None:
    """Warn of something that a process needs to hear once."""
    if sentence not in _said:
        _said.add(sentence)
        warnings.warn(sentence, LearnerWarning, stacklevel=3)
