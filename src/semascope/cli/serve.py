"""``semascope serve``: artifacts behind HTTP."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semascope.cli import options

Artifacts = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTIFACT...",
        help="What to serve: a winner or its run folder, a learner, an index, a tuned folder, an encoder; NAME= before it names it.",
    ),
]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port; 0 takes a free one.")]


def serve(
    artifacts: Artifacts,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Answer requests over HTTP until it is stopped."""
    from semascope.extras import require

    for package in ("fastapi", "uvicorn", "prometheus_client"):
        require(package, purpose="semascope serve")
    from semascope.serve.running import serve as run
    from semascope.serve.served.opening import Computed, read_wanted
    from semascope.serve.service import Service
    from semascope.serve.settings import ServeSettings
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore

    service = Service(
        [read_wanted(each) for each in artifacts],
        ServeSettings(host=host, port=port),
        computed=Computed(precision=precision, device=device, trust_remote_code=trust_remote_code),  # type: ignore[arg-type]
        store=VectorStore(store) if store else default_store(),
    )
    run(service, say=lambda sentence: print(sentence, file=sys.stderr, flush=True))
