"""What can go wrong with an answer, one value each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .shapes import OUT_OF_MONEY, OUT_OF_RATE

Send = Literal["whole", "chunked", "gzip", "cut", "close", "reset", "hang", "trickle"]
Payload = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """How one answer differs from the right one."""

    name: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # None: the right answer, as the next fields change it
    change: Callable[[Payload], object] | None = None  # of the right answer, before it is written as JSON
    rewrite: Callable[[bytes], bytes] | None = None  # of what was written
    encoding: Literal["float", "base64"] | None = None  # whatever was asked for
    drift: int | None = None  # rows of another model
    dim: int | None = None
    send: Send = "whole"
    pace: float = 200.0  # bytes a second of "trickle"
    wait: float = 0.0  # seconds before the answer begins

    def after(self, seconds: float) -> Fault:
        """The same, later."""
        return replace(self, wait=seconds)


def status(code: int, body: object = None, **headers: str) -> Fault:
    """An answer of status ``code``; underscores of header names stand for hyphens."""
    said = {"error": {"message": f"status {code}", "type": "error", "param": None, "code": None}}
    written = body if isinstance(body, bytes) else json.dumps(said if body is None else body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(name=f"status {code}", status=code, body=written, headers=names)


def out_of_money(provider: str) -> Fault:
    """What a provider answers when there is nothing left to pay with; no waiting helps."""
    return status(*OUT_OF_MONEY[provider])


def out_of_rate(provider: str, **headers: str) -> Fault:
    """What it answers to a client that is too fast."""
    return status(*OUT_OF_RATE[provider], **headers)


def redirect(code: int, location: str) -> Fault:
    """A redirect to another address."""
    return Fault(name=f"redirect {code}", status=code, body=b"", headers={"Location": location})


def html_page(code: int) -> Fault:
    """The page of a proxy in between."""
    page = f"<html><head><title>{code}</title></head><body><h1>Bad gateway</h1></body></html>".encode()
    return Fault(name=f"page {code}", status=code, body=page, headers={"Content-Type": "text/html"})


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return Fault(name="slow", wait=seconds)


def trickle(pace: float) -> Fault:
    """The right answer at ``pace`` bytes a second."""
    return Fault(name="trickle", send="trickle", pace=pace)


def padded(size: int) -> Fault:
    """The right answer, with ``size`` bytes of white space behind it."""
    return Fault(name="padded", rewrite=lambda written: written + b" " * size)


CUT = Fault(name="cut", send="cut")
CLOSE = Fault(name="close", send="close")
RESET = Fault(name="reset", send="reset")
HANG = Fault(name="hang", send="hang")
CHUNKED = Fault(name="chunked", send="chunked")
GZIP = Fault(name="gzip", send="gzip")
NOT_JSON = Fault(name="not json", rewrite=lambda written: written[:-2] + b"]]")
EMPTY_BODY = Fault(name="empty body", body=b"")
FLOATS = Fault(name="floats", encoding="float")
BASE64 = Fault(name="base64", encoding="base64")
OTHER_MODEL = Fault(name="other rows", drift=1)


def other_width(dim: int) -> Fault:
    """Rows of another width."""
    return Fault(name=f"width {dim}", dim=dim)


def _of_rows(name: str, change: Callable[[list[Payload]], object]) -> Fault:
    """A change of the list of rows."""
    return Fault(name=name, change=lambda payload: change(payload["data"]), encoding="float")


def _shuffle(rows: list[Payload]) -> None:
    random.Random(len(rows)).shuffle(rows)
    if all(row["index"] == place for place, row in enumerate(rows)):
        rows.reverse()


def entry(value: object) -> Fault:
    """The first number of the last row is ``value``: NaN, Infinity, null, text."""
    return _of_rows(f"entry {value}", lambda rows: rows[-1]["embedding"].__setitem__(0, value))


def _double_index(rows: list[Payload]) -> None:
    rows[-1]["index"] = rows[0]["index"] if len(rows) > 1 else 1


FEWER = _of_rows("fewer rows", lambda rows: rows.pop())
MORE = _of_rows("more rows", lambda rows: rows.append({**rows[-1], "index": len(rows)}))
SHUFFLED = _of_rows("shuffled", _shuffle)
NO_INDEX = _of_rows("no index", lambda rows: [row.pop("index") for row in rows])
DOUBLE_INDEX = _of_rows("double index", _double_index)
FAR_INDEX = _of_rows("far index", lambda rows: rows[-1].update(index=10_000))
ZEROS = _of_rows("zeros", lambda rows: rows[-1].update(embedding=[0.0] * len(rows[-1]["embedding"])))
RAGGED = _of_rows("ragged", lambda rows: rows[-1]["embedding"].pop())
NO_ROW = _of_rows("no row", lambda rows: rows[-1].update(embedding=None))
NO_USAGE = Fault(name="no usage", change=lambda payload: payload.pop("usage", None))
NO_DATA = Fault(name="no data", change=lambda payload: payload.pop("data"))
OTHER_NAME = Fault(name="other name", change=lambda payload: payload.update(model="another"))
A_LIST = Fault(name="a list", rewrite=lambda written: b"[" + written + b"]")
BODY_ERROR = Fault(name="error of status 200", body=b'{"error":{"message":"overloaded","code":503}}')
