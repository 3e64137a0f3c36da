"""A service from its start to its end: loaded, listening, stopped when it has finished what it accepted."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from threadpoolctl import threadpool_limits

from semascope.errors import ConfigError
from semascope.serve.app import build_guarded
from semascope.serve.connections import Limits, connection_of
from semascope.serve.guarding.tokens import check_binding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from semascope.serve.guarding.tokens import Tokens
    from semascope.serve.service import Service

_SWITCH_SECONDS = 0.001  # after which a thread that computes in Python lets another one on
_IDLE_SECONDS = 75  # of a connection: longer than proxies and clients keep one, so that they close it
_SPARE_FILES = 200  # beside those of the connections
_UNSENT = (
    2**17
)  # bytes of an answer that the system takes before it has sent them: what is more, slow clients would seem not to read


def serve(service: Service, tokens: Tokens, *, say: Callable[[str], None]) -> None:
    """Answer until somebody stops it: SIGTERM and Ctrl-C finish what was accepted, a second Ctrl-C does not.

    Parameters
    ----------
    say
        Gets a sentence for whoever started it, now and then.

    Raises
    ------
    ConfigError
        For an address that cannot be listened on, or that others reach without a token.
    """
    settings = service.settings
    check_binding(settings.host, tokens, learn=settings.learn)
    app = build_guarded(service, tokens)
    listening = listen(settings.host, settings.port)
    try:
        _allow_files(settings.most_connections + _SPARE_FILES)
        service.load()
        # What is loaded stays, and is half a million objects: no collection needs to look at them again.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(_SWITCH_SECONDS)
        say(f"serving {_listed(service)} to {_whom(tokens)}, on {address_of(listening)} (Ctrl-C stops)")
        # Products of a row or two: a second thread costs more than it brings.
        with threadpool_limits(1, user_api="blas"):
            ServiceServer(config_of(app, service), service).run([listening])
    finally:
        listening.close()
    say("stopped: all that was accepted is answered")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; ``port`` 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2_048)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"host {host!r} and port {port} cannot be listened on ({_reason(error)}); an address of this machine and a free port are needed;"
            " --port 0 takes a free one"
        ) from error
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # connections have what their listening socket has
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
    return listening


def _reason(error: OSError | OverflowError) -> str:
    """In the system's words; Python's own repeat the address."""
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno)  # type: ignore[arg-type]
    # A name that is not known has numbers of its own.
    said: str = getattr(error, "strerror", None) or str(error)
    return said.partition(" (while")[0]


def address_of(listening: socket.socket) -> str:
    """Where it is reached, as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def config_of(app: ASGIApp, service: Service) -> uvicorn.Config:
    """How uvicorn runs the application of a service."""
    settings = service.settings
    limits = Limits(
        most=settings.most_connections,
        head_seconds=settings.head_seconds,
        read_seconds=settings.read_seconds,
    )
    return uvicorn.Config(
        app,
        loop="auto",
        http=connection_of(limits, service.memory),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # who asks is told to nobody, so no header about it is believed
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
    )


class ServiceServer(uvicorn.Server):
    """Uvicorn's, ended and told to read anew by signals; a signal that was obeyed ends the process with status 0."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, whose own raises a signal again when it has been obeyed."""
        loop = asyncio.get_running_loop()
        obeyed = {signal.SIGTERM: self._end, signal.SIGINT: self._end}
        added = []
        for number, obey in obeyed.items():
            with suppress(
                NotImplementedError, RuntimeError, ValueError
            ):  # not the main thread, or no such signals
                loop.add_signal_handler(number, obey)
                added.append(number)
        try:
            yield
        finally:
            for number in added:
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        self.force_exit = self.should_exit  # the second time
        self.should_exit = True
        self._service.is_ready = False  # a proxy that looks sends nothing more


def _listed(service: Service) -> str:
    """What is served, of what kind, and which of it learns."""
    learns = {each.name: each.about["learn"] for each in service.served.values() if each.kind == "learner"}
    kinds = {
        each.name: each.kind + (", learns" if learns.get(each.name) else "")
        for each in service.served.values()
    }
    return ", ".join(f"{name} ({kind})" for name, kind in kinds.items())


def _whom(tokens: Tokens) -> str:
    """Who may ask; without a token no address but one of this machine is listened on."""
    return "this machine only" if tokens.reading is None else "whoever sends a token"


def _allow_files(count: int) -> None:
    """Let the process hold so many files and connections, as far as the system lets it."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
