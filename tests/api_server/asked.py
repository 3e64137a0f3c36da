"""What a client asked for, and what became of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"\w+|[^\w\s]")


def count_tokens(text: str, *, factor: float = 1.0, special: int = 0) -> int:
    """Words and marks of ``text``, times ``factor`` and rounded up, and ``special`` ones of the model."""
    return math.ceil(len(_TOKEN.findall(text)) * factor) + special


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One request for embeddings as it arrived."""

    number: int  # in order of arrival, from 0
    texts: tuple[str, ...]
    tokens: int
    headers: Mapping[str, str]  # names in small letters
    body: Mapping[str, Any]
    before: int  # how often one of these texts was asked before, at most


@dataclass(kw_only=True, slots=True)
class Entry:
    """One request in the log; times are ``time.monotonic()``."""

    number: int
    at: float
    path: str
    headers: Mapping[str, str]
    texts: tuple[str, ...] = ()
    tokens: int = 0
    in_flight: int = 0  # requests on the server when this one had come, it among them
    status: int = 0  # 0: closed without one
    fault: str = ""
    done: float = math.nan
    whole: bool = False  # all bytes were handed over, and the client was still there
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """Whether the texts were computed, hence charged, whether or not the answer came through."""
        return self.status == 200 and bool(self.texts)


class NotUnderstood(Exception):
    """A request that is no JSON, or has no input."""


def read_texts(raw: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body and its texts.

    Raises
    ------
    NotUnderstood
        For what is no JSON object with a string or strings as ``input``.
    """
    try:
        body = json.loads(raw)
    except ValueError:
        raise NotUnderstood("the body is no JSON") from None
    given = body.get("input") if isinstance(body, dict) else None
    texts = [given] if isinstance(given, str) else given
    if not is_texts(texts):
        raise NotUnderstood("input must be a string or strings")
    return body, tuple(texts)


def is_texts(given: object) -> bool:
    """Whether ``given`` is a list of strings."""
    return isinstance(given, Sequence) and all(isinstance(text, str) for text in given)
