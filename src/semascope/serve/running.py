"""A service from its start to its end: loaded, listening, stopped when it has finished what it accepted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uvicorn
from threadpoolctl import threadpool_limits

from semascope.serve.app import build_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.serve.service import Service

_SWITCH_SECONDS = 0.001  # after which a thread that computes in Python lets another one on


def serve(service: Service, *, say: Callable[[str], None]) -> None:
    """Answer until somebody stops it.

    Parameters
    ----------
    say
        Gets one sentence for whoever started it.
    """
    settings = service.settings
    service.load()
    sys.setswitchinterval(_SWITCH_SECONDS)
    config = uvicorn.Config(
        build_app(service),
        host=settings.host,
        port=settings.port,
        loop="auto",
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=int(settings.stop_seconds),
    )
    say(f"serving on http://{settings.host}:{settings.port}")
    with threadpool_limits(
        1, user_api="blas"
    ):  # products of one row: a second thread costs more than it brings
        uvicorn.Server(config).run()
