"""What becomes of one request: counted, held against rule and limits, computed, answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .answers import Answer
from .asked import Asked, Entry, NotUnderstood, count_tokens, read_texts
from .connection import Connection, Request
from .faults import Fault
from .shapes import Reason, Refusal

if TYPE_CHECKING:
    from .server import FaultServer


@dataclass(frozen=True, slots=True)
class Said:
    """An answer before it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Handling:
    """The part of the server that knows embeddings."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.in_flight = 0
        self._before: Counter[str] = Counter()
        self._numbers = itertools.count()

    async def answer(self, request: Request, arrived: float, connection: Connection) -> bool:
        """Whether the connection may be used again."""
        if request.path.endswith("/embeddings") and request.method == "POST":
            return await self._embeddings(request, arrived, connection)
        entry = Entry(number=-1, at=arrived, path=request.path, headers=request.headers)
        self.server.log.append(entry)
        said = self._others(request)
        return await self._send(entry, said, None, connection)

    def _others(self, request: Request) -> Said:
        if (refused := self._of_key(request)) is not None:
            return refused
        if not request.path.endswith("/models"):
            return self._refuse("path")
        names = self.server.models or ("tiny",)
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in names]
        return Said(200, json.dumps({"object": "list", "data": listed}).encode())

    async def _embeddings(self, request: Request, arrived: float, connection: Connection) -> bool:
        entry = Entry(number=next(self._numbers), at=arrived, path=request.path, headers=request.headers)
        self.server.log.append(entry)
        self.in_flight += 1
        entry.in_flight = self.in_flight
        try:
            said, fault = await self._judge(request, entry)
            return await self._send(entry, said, fault, connection)
        finally:
            self.in_flight -= 1

    async def _judge(self, request: Request, entry: Entry) -> tuple[Said, Fault | None]:
        try:
            body, texts = read_texts(request.body)
        except NotUnderstood:
            return self._refuse("body"), None
        asked = self._note(entry, body, texts)
        wait = self.server.rule.take(asked.tokens, entry.at) if self.server.rule else None
        fault = self.server.script(asked) if self.server.script else None
        if fault is not None:
            entry.fault = fault.name
            await asyncio.sleep(fault.wait)
        elif (refused := self._of_limits(request, asked, wait)) is not None:
            return refused, None
        if fault is not None and fault.body is not None:
            return Said(fault.status, fault.body, fault.headers), fault
        await self._compute(asked, entry.at)
        return self._write(asked, fault), fault

    def _note(self, entry: Entry, body: dict[str, Any], texts: tuple[str, ...]) -> Asked:
        entry.texts, entry.body = texts, {key: value for key, value in body.items() if key != "input"}
        entry.tokens = sum(
            count_tokens(text, factor=self.server.factor, special=self.server.special) for text in texts
        )
        before = max((self._before[text] for text in texts), default=0)
        self._before.update(texts)
        return Asked(
            number=entry.number, texts=texts, tokens=entry.tokens, headers=entry.headers, body=body, before=before
        )  # fmt: skip

    def _of_key(self, request: Request) -> Said | None:
        given = request.headers.get("authorization", "")
        return self._refuse("key") if self.server.key and given != f"Bearer {self.server.key}" else None

    def _of_limits(self, request: Request, asked: Asked, wait: float | None) -> Said | None:
        if (refused := self._of_key(request)) is not None:
            return refused
        if wait is not None:
            after = {"Retry-After": str(math.ceil(wait))} if math.isfinite(wait) else {}
            return self._refuse("rate", headers=after, given=asked.tokens)
        server, shape = self.server, self.server.shape
        if server.at_once is not None and self.in_flight > server.at_once:
            return self._refuse("busy")
        if server.models and asked.body.get("model") not in server.models:
            return self._refuse("model", model=asked.body.get("model"))
        return self._of_texts(asked, shape.inputs, shape.input_tokens, shape.request_tokens)

    def _of_texts(self, asked: Asked, inputs: int | None, longest: int | None, most: int | None) -> Said | None:  # fmt: skip
        server = self.server
        long = max((count_tokens(text, factor=server.factor, special=server.special) for text in asked.texts), default=0)  # fmt: skip
        checks: list[tuple[Reason, bool, object, object]] = [
            ("no input", not asked.texts, 0, 1),
            ("empty text", any(not text.strip() for text in asked.texts), "", ""),
            ("inputs", inputs is not None and len(asked.texts) > inputs, len(asked.texts), inputs),
            ("input tokens", longest is not None and long > longest, long, longest),
            ("request tokens", most is not None and asked.tokens > most, asked.tokens, most),
            ("text", server.refuses is not None and any(map(server.refuses, asked.texts)), "", ""),
            ("base64", asked.body.get("encoding_format") == "base64", "base64", "float"),
            (
                "dimensions",
                asked.body.get("dimensions") is not None,
                asked.body.get("dimensions"),
                server.dim,
            ),
        ]
        for reason, holds, given, accepted in checks:
            if holds and reason in server.shape.refusals:
                return self._refuse(reason, given=given, most=accepted, model=asked.body.get("model"))
        return None

    def _refuse(self, reason: Reason, *, headers: Mapping[str, str] | None = None, **facts: object) -> Said:
        standard = Refusal(400, {"error": {"message": reason, "type": "error", "param": None, "code": None}})
        refusal = self.server.shape.refusals.get(reason, standard)
        after = dict(headers or {}) if refusal.retry_after else {}
        return Said(refusal.status, refusal.write({"most": "", "given": "", "model": "", **facts}), after)

    async def _compute(self, asked: Asked, arrived: float) -> None:
        if self.server.service is not None:
            ready = self.server.service.finish(asked.tokens, arrived)
            await asyncio.sleep(max(ready - time.monotonic(), 0.0))

    def _write(self, asked: Asked, fault: Fault | None) -> Said:
        server, shape = self.server, self.server.shape
        fault = fault or Fault(name="")
        wanted = asked.body.get("dimensions") if shape.dimensions else None
        encoding = fault.encoding or (asked.body.get("encoding_format") if shape.base64 else "float")
        answer = Answer(
            texts=asked.texts,
            dim=fault.dim or wanted or server.dim,
            drift=server.drift if fault.drift is None else fault.drift,
            model=str(asked.body.get("model")),
            tokens=asked.tokens,
            as_base64=encoding == "base64",
            shape=shape,
        )
        body = answer.write()
        if fault.change is not None:
            payload = answer.payload()
            fault.change(payload)
            body = json.dumps(payload).encode()
        if fault.rewrite is not None:
            body = fault.rewrite(body)
        return Said(fault.status, body, fault.headers)

    async def _send(self, entry: Entry, said: Said, fault: Fault | None, connection: Connection) -> bool:
        told = dict(self.server.shape.told)
        if self.server.rule is not None:
            told |= self.server.rule.headers(time.monotonic())
        silent = fault is not None and fault.send in ("close", "reset", "hang")
        entry.status = 0 if silent else said.status
        # noted before the client can have read it, so that the log is right as soon as the client goes on
        entry.whole = not connection.gone and (fault is None or fault.send in ("whole", "gzip", "chunked"))
        entry.whole = await connection.send(said.status, {**told, **said.headers}, said.body, fault)
        entry.done = time.monotonic()
        return entry.whole
