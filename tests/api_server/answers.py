"""The bytes of an answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .shapes import Shape
from .vectors import make_row, write_row


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Which rows, under which name, in which form."""

    texts: Sequence[str]
    dim: int
    drift: int
    model: str
    tokens: int
    as_base64: bool
    shape: Shape

    def write(self) -> bytes:
        """JSON, put together of written numbers."""
        rows = [
            f'{{"object":"embedding","index":{place},"embedding":{self._row(text)}}}'
            for place, text in enumerate(self.texts)
        ]
        return f'{{"object":"list","data":[{",".join(rows)}],{self._rest()}}}'.encode()

    def payload(self) -> dict[str, Any]:
        """The same as values, for what changes them."""
        return json.loads(self.write())

    def _row(self, text: str) -> str:
        if not self.as_base64:
            return f"[{write_row(text, self.dim, self.drift)}]"
        raw = make_row(text, self.dim, self.drift).astype("<f4").tobytes()
        return f'"{base64.b64encode(raw).decode()}"'

    def _rest(self) -> str:
        rest: dict[str, Any] = {"model": self.model, **self.shape.more}
        if (usage := _usage(self.shape, self.tokens)) is not None:
            rest["usage"] = usage
        return json.dumps(rest)[1:-1]


def _usage(shape: Shape, tokens: int) -> Mapping[str, int] | None:
    told = 0 if shape.usage == "zeros" else tokens
    if shape.usage == "none":
        return None
    return {"prompt_tokens": told} | ({} if shape.usage == "prompt only" else {"total_tokens": told})
