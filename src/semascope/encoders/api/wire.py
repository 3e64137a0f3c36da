"""The request of OpenAI's embeddings endpoint, and its reply, which is not believed until it is checked."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Vectors

Encoding = Literal["float", "base64"]


class Damaged(Exception):
    """A reply with status 200 that holds no vectors one could keep."""


class OtherWidth(Exception):
    """A sound reply whose rows have another width than those before: another model answers."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(f"rows of {width} numbers")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reply:
    """The vectors of one request."""

    rows: Vectors  # (n, d) unit length, in the order of the texts
    tokens: int | None  # as the provider counted them; None: it does not say
    model: str  # as the provider names it; "" when it does not


def write_request(
    texts: Sequence[str], *, model: str, encoding: Encoding | None, dimensions: int | None
) -> bytes:
    """The body that asks for the vectors of n texts.

    ``encoding_format`` is written wherever a provider knows it: what servers answer without it differs.
    """
    body: dict[str, Any] = {"model": model, "input": list(texts)}
    if encoding is not None:
        body["encoding_format"] = encoding
    if dimensions is not None:
        body["dimensions"] = dimensions
    return json.dumps(body, ensure_ascii=False).encode("utf8")


def read_reply(content: bytes, *, count: int, width: int | None) -> Reply:
    """The vectors of a reply to ``count`` texts, in the order of the texts and of unit length.

    Parameters
    ----------
    width
        Of the rows; None where it is not known yet.

    Raises
    ------
    Damaged
        For a body that is no JSON or of another shape, a wrong count, an ``index`` twice, ragged rows, and rows that
        are zero or not finite.
    OtherWidth
        When all rows have the same, wrong width.

    Examples
    --------
    >>> body = b'{"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]}'
    >>> read_reply(body, count=2, width=2).rows.tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 1.0]]
    """
    try:
        body = json.loads(content)
        items = body["data"]
        found = [item["embedding"] for item in items]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"a reply that is no list of embeddings ({_short(error)})") from error
    if len(found) != count:
        raise Damaged(f"{len(found)} vectors for {count} texts")
    rows = _rows([found[place] for place in _order(items)])
    if width is not None and rows.shape[1] != width:
        raise OtherWidth(rows.shape[1])
    norms = np.linalg.norm(rows, axis=1)
    if not np.isfinite(norms).all() or (norms == 0).any():
        bad = int((~np.isfinite(norms) | (norms == 0)).sum())
        raise Damaged(f"{bad} of {count} vectors are zero or not finite")
    unit = (rows / norms[:, None]).astype(np.float32)
    usage, model = body.get("usage"), body.get("model")
    return Reply(rows=unit, tokens=_tokens(usage), model=model if isinstance(model, str) else "")


def error_status(content: bytes) -> int | None:
    """The status that an error in a reply of status 200 stands for, as gateways send it; None where there is none.

    Examples
    --------
    >>> error_status(b'{"error": {"code": 429, "message": "slow down"}}'), error_status(b'{"error": "overloaded"}')
    (429, 500)
    >>> error_status(b'{"data": [], "error": null}') is None
    True
    """
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return code if type(code) is int and 400 <= code < 600 else 500


def usage_of(content: bytes) -> int | None:
    """Tokens that a reply counts, whatever else it holds; None where it does not say."""
    try:
        return _tokens(json.loads(content)["usage"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _order(items: Sequence[dict[str, Any]]) -> list[int]:
    """Place in the reply of each text: by ``index``; where no item has one, the order of the reply."""
    told = [item.get("index") for item in items]
    if all(index is None for index in told):
        return list(range(len(items)))
    places = {index: place for place, index in enumerate(told) if type(index) is int}
    if sorted(places) != list(range(len(items))):
        raise Damaged(f"indices that do not count from 0 to {len(items) - 1}, each once")
    return [places[index] for index in range(len(items))]


def _rows(found: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n, d) numbers out of lists, or out of base64 of little-endian float32, whichever came."""
    lists = [_decoded(one) if isinstance(one, str) else one for one in found]
    if not lists:
        return np.zeros((0, 0))
    widths = {len(one) if isinstance(one, list | np.ndarray) else -1 for one in lists}
    if len(widths) != 1 or min(widths) < 1:
        raise Damaged("vectors of several widths, or none")
    try:
        rows = np.asarray(lists, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise Damaged(f"entries that are no numbers ({_short(error)})") from error
    if rows.ndim != 2:
        raise Damaged("vectors of vectors")
    return rows


def _decoded(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    except (binascii.Error, ValueError) as error:
        raise Damaged(f"a vector that is no base64 of float32 ({_short(error)})") from error


def _tokens(usage: Any) -> int | None:
    """Tokens that the provider counted: ``prompt_tokens``, or ``total_tokens`` where that is all there is."""
    if not isinstance(usage, dict):
        return None
    for name in ("prompt_tokens", "total_tokens"):
        told = usage.get(name)
        if type(told) is int and told > 0:
            return told
    return None


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:120]
