"""The limits of the guards."""

from __future__ import annotations

from dataclasses import dataclass

from semascope.errors import ConfigError
from semascope.serve.guarding.hosts import name_of
from semascope.serve.guarding.tokens import OPEN_PATHS


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardSettings:
    """What a request may be, and how long it may take.

    Parameters
    ----------
    max_body_bytes
        Bytes of a body, 1 or more.
    most_memory
        Bytes of all bodies and unread answers above which no more is accepted, 1 or more.
    body_seconds
        That a body has at first, and the most that it ever has left, above 0.
    body_rate
        Bytes of a body that bring it another second, above 0.
    answer_seconds
        From then until an answer must have come, above 0.
    allowed_hosts
        Names without port by which the server may be asked; empty allows any. Only with a token: without one it
        answers to this machine's names alone.
    open_paths
        What needs no token.
    """

    max_body_bytes: int = 8 * 2**20
    most_memory: int = 2**30
    body_seconds: float = 30.0
    body_rate: float = 32 * 2**10
    answer_seconds: float = 60.0
    allowed_hosts: tuple[str, ...] = ()
    open_paths: frozenset[str] = OPEN_PATHS

    def __post_init__(self) -> None:
        for name in ("max_body_bytes", "most_memory", "body_seconds", "body_rate", "answer_seconds"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be above 0; choose a larger one")
        for host in self.allowed_hosts:
            if not host or host not in (name_of(host.encode()), name_of(f"[{host}]".encode())):
                raise ConfigError(
                    f"--allow-host is {host!r}; names in lower case without scheme, port and brackets are "
                    f"accepted; write it like example.org"
                )
