"""One batch on its way: paced, sent, sent again where that may help, and its reply checked."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from semascope.encoders.api.client import Moved, Unanswered
from semascope.encoders.api.faults import Fault, clean, fault_of
from semascope.encoders.api.retrying import MOST_PATIENCE, pause
from semascope.encoders.api.wire import (
    Damaged,
    OtherWidth,
    Reply,
    error_status,
    read_reply,
    usage_of,
    write_request,
)
from semascope.errors import EncoderError, NotServed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.api.client import Answer
    from semascope.encoders.api.line import Line, Turn
    from semascope.encoders.api.wire import Encoding

_LARGE_TRIES = 2  # of a size that was never answered, where smaller requests were: then it is the size
_DAMAGED_TRIES = 2  # of a reply that is no vectors: then it is one of the texts, or the server's way


class Refused(Exception):
    """A batch that the provider does not embed; in parts it may."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.says)


class GaveUp(Exception):
    """A batch that got no answer after all its tries, while others may."""

    def __init__(self, says: str) -> None:
        self.says = says
        super().__init__(says)


class Stopped(NotServed):
    """No other request can succeed either: the job ends."""


@dataclass(kw_only=True, slots=True)
class Asking:
    """What every request of an encoder asks for, and what was learnt from the replies."""

    name: str  # of the encoder, in messages
    model: str
    encoding: Encoding | None  # None: the field is not sent
    dimensions: int | None  # asked of the server; None: its full width
    width: int | None  # of the rows; None until the first reply
    without_key: str = ""  # why no key is sent; "" where one is, or none is needed
    learn: Callable[[float, float], None] | None = None  # tokens as they were counted, and as they were used
    answers_as: str = ""  # the model's name in replies; "" until one has it
    draw: random.Random = field(default_factory=random.Random)


@dataclass(kw_only=True, slots=True)
class Flight:
    """Where one batch is, for whoever ends the job: what is in the air was paid for and may land."""

    in_air: bool = False
    is_last: bool = False  # no further try
    tries: int | None = None  # at most, after the first; None: as the settings say
    retries: int = 0
    lost: float = 0.0  # tokens of replies that were paid for and held no vectors


async def ask(texts: Sequence[str], tokens: float, *, asking: Asking, line: Line, flight: Flight) -> Reply:
    """The vectors of one batch.

    Parameters
    ----------
    tokens
        As they are estimated, of the whole batch.

    Raises
    ------
    Refused
        When the provider takes the request and not these texts.
    GaveUp
        When no try was answered.
    Stopped
        When no request can succeed: key, quota, address, a model that changed, a provider that is gone.
    """
    body = write_request(texts, model=asking.model, encoding=asking.encoding, dimensions=asking.dimensions)
    line.budget.earn()
    tries, damaged, large = 0, 0, 0
    while True:
        try:
            found = await _once(body, len(texts), tokens, asking=asking, line=line, flight=flight)
        except EncoderError as error:
            raise error if isinstance(error, Stopped) else Stopped(f"{asking.name}: {error}") from error
        if isinstance(found, Reply):
            return found
        if found.is_final:
            raise Stopped(_final(found, asking))
        if found.kind == "again" and found.status is not None and line.never_answered(len(texts)):
            large += 1
            if large >= _LARGE_TRIES:
                line.too_large(len(texts))
                raise GaveUp(f"{found.says}, {large} times")
        # No fault of this request, and no try of it: how long that may go on, the line and its breaker say.
        excused = found.kind == "rate" or line.breaker.is_open
        tries += not excused
        damaged += found.status == 200
        if found.kind == "rejected" or damaged >= _DAMAGED_TRIES:
            raise Refused(found)
        if _too_long(found):
            raise Stopped(
                f"{asking.name} asks to wait {found.retry_after:,.0f} s before the next request ({found.says}); at most"
                f" {MOST_PATIENCE:g} s are waited; run again later: what came is stored"
            )
        if flight.is_last or tries > (line.max_retries if flight.tries is None else flight.tries):
            raise GaveUp(f"{found.says}, {tries} times")
        if not excused and not line.budget.spend():
            raise Stopped(
                f"{asking.name} fails too often: more than a fifth of all requests had to go again, the last for {found.says}; see what"
                " the provider says of its state, then run again: what came is stored"
            )
        line.till.retry()
        flight.retries += 1
        if not excused:
            await asyncio.sleep(pause(tries, retry_after=found.retry_after, draw=asking.draw))


async def _once(
    body: bytes, count: int, tokens: float, *, asking: Asking, line: Line, flight: Flight
) -> Reply | Fault:
    """One request when its turn has come, and what became of it."""
    turn = await line.turn(tokens)
    flight.in_air = True
    try:
        answer = await line.client.post(body)
    except Unanswered as error:
        line.failed(turn, str(error), in_time=False)
        return Fault(kind="again", says=str(error))
    except Moved as error:
        line.judged(turn)
        return Fault(kind="request", says=str(error))
    except BaseException:
        line.withdrawn(turn)
        raise
    finally:
        flight.in_air = False
    if answer.status != 200:
        return _fault(answer, turn, count, asking=asking, line=line)
    try:
        reply = read_reply(answer.content, count=count, width=asking.width)
        _same_model(reply, asking)
    except Damaged as error:
        if (status := error_status(answer.content)) is not None:
            return _fault(replace(answer, status=status), turn, count, asking=asking, line=line)
        says = clean(str(error), line.client.secret)
        flight.lost += usage_of(answer.content) or tokens
        _no_vectors(turn, says, count, line=line)
        return Fault(kind="again", says=says, status=200)
    except OtherWidth as error:
        line.judged(turn)
        raise Stopped(
            f"{asking.name} gives rows of {error.width} numbers, and {asking.width} are its width: another model answers under the"
            " same name, or a width is on offer that was not asked for; nothing of it was kept; check the model, and `dimensions`"
        ) from error
    except Stopped:
        line.judged(turn)
        raise
    line.answered(turn, answer.headers, texts=count, estimate=tokens, used=reply.tokens)
    if asking.learn is not None and reply.tokens is not None:
        asking.learn(tokens, reply.tokens)
    line.till.add(
        tokens=round(tokens) if reply.tokens is None else reply.tokens,
        texts=count,
        counted=reply.tokens is not None,
    )
    return reply


def _too_long(fault: Fault) -> bool:
    """Whether the provider asks to wait for longer than a job does."""
    return (fault.retry_after or 0.0) > MOST_PATIENCE


def _no_vectors(turn: Turn, says: str, count: int, *, line: Line) -> None:
    """An answer without vectors: by a size that was never answered it says nothing of the provider's health."""
    if line.never_answered(count):
        line.judged(turn)
    else:
        line.failed(turn, says, in_time=True)


def _fault(answer: Answer, turn: Turn, count: int, *, asking: Asking, line: Line) -> Fault:
    found = fault_of(
        answer.status, answer.headers, answer.content, now=time.time(), secret=line.client.secret
    )
    if found.kind == "rate":
        line.pushed_back(
            turn,
            answer.headers,
            0.0
            if _too_long(found)
            else pause(line.refusals + 1, retry_after=found.retry_after, draw=asking.draw),
        )
    elif found.kind == "again":
        _no_vectors(turn, found.says, count, line=line)
    else:
        line.judged(turn)
    return found


def _same_model(reply: Reply, asking: Asking) -> None:
    if asking.width is None:
        asking.width = reply.rows.shape[1]
    if not asking.answers_as:
        asking.answers_as = reply.model
    elif reply.model and reply.model != asking.answers_as:
        raise Stopped(
            f"{asking.name} answered as model {asking.answers_as!r} and now answers as {reply.model!r}; vectors of two models do not"
            " go together, so nothing of the second was kept; name one model that does not change"
        )


def _final(found: Fault, asking: Asking) -> str:
    if found.kind == "key":
        if asking.without_key:
            return f"{asking.name} answers nobody without a key ({found.says}); {asking.without_key}"
        return f"{asking.name} does not take the key ({found.says}); check it, and that it may use this model"
    if found.kind == "quota":
        return (
            f"{asking.name} has no quota left ({found.says}); waiting does not help: top the account up, then run again: what came"
            " is in the store"
        )
    return f"{asking.name} does not serve this ({found.says}); check model {asking.model!r}, the address and the settings"
