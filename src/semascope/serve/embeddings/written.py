"""The vectors of an answer as JSON, a slice at a time: what writes a million numbers lets other threads on."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from semascope.types import Vectors

WORTH_A_THREAD = 32_768  # numbers, which are written in some three milliseconds
_SLICE = 16_384  # numbers that are written without a pause


def write_list(rows: Vectors, *, as_base64: bool, rest: dict[str, Any]) -> bytes:
    """OpenAI's list of n vectors, and the fields of ``rest`` beside it.

    Examples
    --------
    >>> import numpy as np
    >>> write_list(np.array([[0.5, 1.0]], dtype=np.float32), as_base64=True, rest={"model": "m"})
    b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgD8="}],"model":"m"}'
    """
    step = max(1, _SLICE // max(1, rows.shape[1]))
    parts = [_items(rows[start : start + step], start, as_base64) for start in range(0, len(rows), step)]
    return b'{"object":"list","data":[' + b",".join(parts) + b"]," + to_json(rest)[1:]


def _items(rows: Vectors, start: int, as_base64: bool) -> bytes:
    """Some items of the list, without its brackets."""
    written = _base64(rows) if as_base64 else rows.tolist()
    items = [
        {"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(written, start)
    ]
    return to_json(items, inf_nan_mode="null")[1:-1]


def _base64(rows: Vectors) -> list[str]:
    return [base64.b64encode(row).decode("ascii") for row in rows.astype("<f4", order="C", copy=False)]
