"""Which encoder a learner's arguments stand for."""

from __future__ import annotations

import warnings

from semascope.encoders.catalogue import encoder_of_environment
from semascope.errors import ConfigError
from semascope.learner.advice import LearnerWarning

CHAT_MODEL = "qwen/qwen-2.5-72b-instruct"
"""The default that users of the learner know. It is a chat model, which makes no vectors."""
STANDS_FOR = "Qwen/Qwen3-Embedding-0.6B"
VARIABLE = "SEMASCOPE_ENCODER"

_said: set[str] = set()  # sentences of this process: each is said once


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
            f"{'api_key' if api_key else 'base_url'} was given; vectors from an address are not built yet; leave it out to use"
            f" a local checkpoint, or set {VARIABLE}=minilm to use the packaged encoder"
        )
    if model_name.casefold() == CHAT_MODEL:
        warn_once(f"{model_name!r} is a chat model, which makes no vectors: it stands for {STANDS_FOR}")
        return STANDS_FOR
    return model_name


def warn_once(sentence: str) -> None:
    """Warn of something that a process needs to hear once."""
    if sentence not in _said:
        _said.add(sentence)
        warnings.warn(sentence, LearnerWarning, stacklevel=3)
