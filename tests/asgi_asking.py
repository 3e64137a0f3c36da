"""Ways to ask an ASGI application: one message after another, or by uvicorn over sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

LOCAL = {"host": "127.0.0.1:8000"}
JSON = LOCAL | {"content-type": "application/json"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error, which must have OpenAI's shape."""
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"message", "type", "param", "code"}
        assert "\n" not in self.json["error"]["message"]
        return self.json["error"]


def ask(app, method="POST", path="/v1/score", body=b"", headers=JSON, **more) -> Answer:
    """One request, given to ``app`` as a server would; see ``asked``."""
    return asyncio.run(asked(app, method, path, body, headers, **more))


async def asked(
    app, method, path, body, headers, *, chunks=None, whole=True, goes=False, root_path=""
) -> Answer:
    """The answer; its status is 0 where there is none.

    ``chunks`` instead of a body come one by one; after those of a body that is not whole no more comes. Then the
    client waits, or goes.
    """
    waiting = list(chunks if chunks is not None else [body])
    sent: list[dict[str, Any]] = []

    async def receive():
        if waiting:
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting) or not whole}
        await asyncio.sleep(0 if goes else 3600)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": root_path,
        "query_string": b"",
        "headers": [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in pairs
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    await app(scope, receive, send)
    return _answer(sent)


def _answer(sent) -> Answer:
    if not sent:
        return Answer(0, {}, b"")
    assert [message["type"] for message in sent].count("http.response.start") == 1
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert len(headers) == len(sent[0]["headers"]), "a header came twice"
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


@contextmanager
def listening(app, **options) -> Iterator[int]:
    """Serve ``app`` by uvicorn in a thread; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen(64)
        config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="off", **options)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield free.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


def exchange(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """What the server says to bytes that come part by part, until it closes; the client stays and listens."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        return b"".join(iter(lambda: connection.recv(65536), b""))
