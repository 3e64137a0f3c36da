"""A plain client, for tests of the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import httpx2

    from .apart import ServerApart
    from .server import FaultServer

TEXTS = ("tide tables", "", "Gezeiten, heute!", "tide tables")


def post(server: FaultServer | ServerApart, texts: object = TEXTS, *, timeout: float = 5.0, headers: dict[str, str] | None = None, **more: Any) -> httpx2.Response:  # fmt: skip
    """What it answers for ``texts``, in floats unless another encoding is given."""
    import httpx2

    body = {"model": "m", "encoding_format": "float", "input": texts, **more}
    with httpx2.Client(timeout=timeout) as client:
        return client.post(f"{server.url}/embeddings", json=body, headers=headers)


def rows_of(answer: httpx2.Response) -> NDArray[np.float32]:
    """Its rows, in the order in which they stand."""
    return np.array([row["embedding"] for row in answer.json()["data"]], dtype=np.float32)
