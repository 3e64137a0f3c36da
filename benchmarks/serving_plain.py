"""The servers that people write: FastAPI, and one call of an encoder for each request.

Command: python benchmarks/serving_plain.py ENGINE NAME PRECISION PORT [--prefix TEXT]     (started by serving.py)
ENGINE is ``semascope`` (our library) or ``st`` (sentence-transformers), NAME an encoder or its folder. The endpoint
is a plain ``def``, which FastAPI runs in a pool of threads; it answers in OpenAI's shape.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Asked(BaseModel):
    """A request for one vector."""

    input: str
    model: str
    encoding_format: str = "float"


def library(name: str, precision: str, prefix: str) -> Callable[[str], np.ndarray]:
    """Our encoder, one text a call."""
    from semascope.cli.freed_memory import keep_freed_memory
    from semascope.encoders.loading import load_encoder

    keep_freed_memory()  # as the command line does for itself
    encoder = load_encoder(name, precision=precision, device="cpu")  # type: ignore[arg-type]
    return lambda text: encoder.encode([prefix + text])[0]


def sentence_transformers(name: str, precision: str, prefix: str) -> Callable[[str], np.ndarray]:
    """sentence-transformers as it comes, but for the precision."""
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(name, device="cpu", model_kwargs={"dtype": getattr(torch, precision)})
    return lambda text: np.asarray(model.encode(prefix + text, show_progress_bar=False), dtype=np.float32)


def make_app(encode: Callable[[str], np.ndarray]) -> FastAPI:
    """Two routes."""
    app = FastAPI()

    @app.post("/v1/embeddings")
    def embeddings(asked: Asked) -> dict[str, Any]:
        row = encode(asked.input)
        written = (
            row.tolist() if asked.encoding_format == "float" else base64.b64encode(row.tobytes()).decode()
        )
        data = [{"object": "embedding", "index": 0, "embedding": written}]
        return {"object": "list", "data": data, "model": asked.model, "usage": {}}

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("semascope", "st"))
    parser.add_argument("name")
    parser.add_argument("precision")
    parser.add_argument("port", type=int)
    parser.add_argument("--prefix", default="")
    settings = parser.parse_args()
    engine = library if settings.engine == "semascope" else sentence_transformers
    encode = engine(settings.name, settings.precision, settings.prefix)
    encode("warm")  # loads what is loaded late
    uvicorn.run(make_app(encode), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
