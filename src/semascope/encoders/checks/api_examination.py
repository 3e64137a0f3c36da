"""What comes back from an encoder behind an API, before anybody pays for more: three requests, told in full."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.api import background
from semascope.encoders.api.client import Moved, Unanswered
from semascope.encoders.api.faults import clean, fault_of
from semascope.encoders.api.wire import Damaged, OtherWidth, read_reply, write_request
from semascope.encoders.protocol import KNOWN_PROMPT
from semascope.errors import NotServed

if TYPE_CHECKING:
    from semascope.encoders.api.client import Answer
    from semascope.encoders.api.encoder import ApiEncoder
    from semascope.encoders.api.wire import Reply
    from semascope.types import Vectors

SAME = 0.999
"""Smallest cosine of two rows of one text that still are the same row: servers compute in bfloat16 and batch as they like."""
_OTHERS = ("ebb", "the tide tables of this harbour give high and low water at noon for every ship " * 8)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiExamination:
    """What three requests to an encoder behind an API brought."""

    name: str
    address: str
    key: str  # where it is from: a variable's name, or "given"; "" where none was sent
    model: str  # as it was asked for
    answers_as: str  # as the replies call it; "" where they do not
    width: int
    expected_width: int | None  # by the table of providers; None: it does not say
    widths: tuple[int, ...]  # on offer through ``dimensions``, by the table
    encoding_asked: str  # "float", "base64"
    encoding_came: str
    norm: float  # of the row as it came; rows are brought to unit length here
    index: bool  # whether each row said which text it is of
    tokens_used: int | None  # of the one text, as the provider counts; None: it does not say
    tokens_counted: int  # as they are counted, or estimated, here
    first_ms: float  # wall time of the first request, which opens the connection
    second_ms: float
    again: float  # cosine of the row with that of a second request
    among: float  # and with that of a request that holds other texts too
    price: float | None  # of a million tokens
    currency: str
    failures: tuple[str, ...]  # a sentence each


def examine_api(encoder: ApiEncoder) -> ApiExamination:
    """Ask for one text twice, and once among others; nothing is tried again.

    Raises
    ------
    NotServed
        When a request brought no vectors, with what came instead.
    """
    if encoder.refusal:
        raise NotServed(encoder.refusal)
    expected = encoder.known_width
    first, first_ms, told = _asked(encoder, [KNOWN_PROMPT])
    second, second_ms, _ = _asked(encoder, [KNOWN_PROMPT])
    several, _, _ = _asked(encoder, [*_OTHERS, KNOWN_PROMPT])
    again, among = _cosine(first.rows[0], second.rows[0]), _cosine(first.rows[0], several.rows[-1])
    width = first.rows.shape[1]
    failures = []
    if expected is not None and width != expected:
        failures.append(f"rows have {width} numbers, and {expected} are expected")
    if again < SAME:
        failures.append(f"the same text got another row the second time (cosine {again:.4f})")
    if among < SAME:
        failures.append(f"a text among others got another row than alone (cosine {among:.4f})")
    return ApiExamination(
        name=encoder.name,
        address=encoder.address,
        key=encoder.key_origin,
        model=encoder.asking.model,
        answers_as=first.model,
        width=width,
        expected_width=expected,
        widths=encoder.widths,
        encoding_asked=encoder.asking.encoding,
        encoding_came=told.encoding,
        norm=told.norm,
        index=told.index,
        tokens_used=first.tokens,
        tokens_counted=encoder.count_tokens([KNOWN_PROMPT])[0],
        first_ms=first_ms,
        second_ms=second_ms,
        again=again,
        among=among,
        price=encoder.price,
        currency=encoder.currency,
        failures=tuple(failures),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What a reply says beside its rows."""

    encoding: str
    norm: float
    index: bool


def _asked(encoder: ApiEncoder, texts: list[str]) -> tuple[Reply, float, _Told]:
    """The reply to one request, its wall time in ms, and what it told."""
    asking, line = encoder.asking, encoder.line
    body = write_request(texts, model=asking.model, encoding=asking.encoding, dimensions=asking.dimensions)
    tokens = float(sum(encoder.count_tokens(texts)))
    answer, seconds = background.start(_post(encoder, body, tokens)).result()
    secret = line.client.secret
    if answer.status != 200:
        fault = fault_of(answer.status, answer.headers, answer.content, now=time.time(), secret=secret)
        raise NotServed(f"{encoder.name} at {encoder.address} brought no vectors: {fault.says}")
    try:
        reply = read_reply(answer.content, count=len(texts), width=None)
    except (Damaged, OtherWidth) as error:
        raise NotServed(
            f"{encoder.name} at {encoder.address} brought {clean(str(error), secret)} with status 200; is it an embeddings API?"
        ) from error
    return reply, 1000 * seconds, _told(answer)


async def _post(encoder: ApiEncoder, body: bytes, tokens: float) -> tuple[Answer, float]:
    """One request in its turn, counted like any other."""
    line = encoder.line
    turn = await line.turn(tokens)
    began = time.perf_counter()
    try:
        answer = await line.client.post(body)
    except (Unanswered, Moved) as error:
        line.withdrawn(turn)
        raise NotServed(f"{encoder.name} at {encoder.address} brought no vectors: {error}") from error
    line.judged(turn)
    return answer, time.perf_counter() - began


def _told(answer: Answer) -> _Told:
    """Of a reply that was read already, so that its shape is known."""
    items: list[dict[str, Any]] = json.loads(answer.content)["data"]
    raw = items[0]["embedding"]
    is_packed = isinstance(raw, str)
    row = (
        np.frombuffer(base64.b64decode(raw), dtype="<f4") if is_packed else np.asarray(raw, dtype=np.float64)
    )
    return _Told(
        encoding="base64" if is_packed else "float",
        norm=float(np.linalg.norm(row.astype(np.float64))),
        index=all(type(item.get("index")) is int for item in items),
    )


def _cosine(one: Vectors, other: Vectors) -> float:
    """Of two unit rows (d,); 0 where their widths differ."""
    return float(one.astype(np.float64) @ other.astype(np.float64)) if len(one) == len(other) else 0.0
