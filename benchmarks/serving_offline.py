"""What the service is held against: the library itself, in a process that does nothing else.

Command: python benchmarks/serving_offline.py NAME PRECISION PREFIX     (started by benchmarks/serving.py)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from semascope.cli.freed_memory import keep_freed_memory
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from workers import keep_replies_apart, serve

RESTED = "encode, rested"
REST = 1e-3  # seconds between two calls: what a client's answer and its next request take


def main() -> int:
    replies = keep_replies_apart()
    name, precision, prefix = sys.argv[1:]
    keep_freed_memory()  # as the command line does for itself
    encoder = load_encoder(name, precision=precision, device="cpu")  # type: ignore[arg-type]
    encoder.encode([prefix + "warm"])
    role = "query" if prefix else None
    one: dict[str, Callable[[str], object]] = {
        "encode": lambda text: encoder.encode([prefix + text]),
        RESTED: lambda text: encoder.encode([prefix + text]),
        "embed": lambda text: embed([text], encoder=encoder, role=role),
    }

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if call := request.get("one_by_one"):
            took = []
            for text in request["texts"]:
                took.append(1e3 * timed(one[call], text)[0])
                if call == RESTED:
                    time.sleep(REST)
            return {"milliseconds": took}
        texts, size = [prefix + text for text in request["texts"]], request["size"] or len(request["texts"])
        parts = [texts[first : first + size] for first in range(0, len(texts), size)]
        seconds, rows = timed(lambda each: [encoder.encode(part) for part in each], parts)
        if "rows" in request:
            np.save(request["rows"], np.concatenate(rows))
        return {"seconds": seconds}

    serve(answer, replies)
    return 0


def timed(call: Callable[[Any], Any], given: object) -> tuple[float, Any]:
    """Seconds, and what came out."""
    began = time.perf_counter()
    found = call(given)
    return time.perf_counter() - began, found


if __name__ == "__main__":
    sys.exit(main())
