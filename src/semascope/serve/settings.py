"""What a service is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeSettings:
    """Limits and permissions of a service; every default is safe on a machine that others reach."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0 takes a free one
    learn: bool = False  # whether learners learn over HTTP
    watch: bool = False  # whether an artifact that was written anew is read again
    most_waiting: int = 4_096  # texts that are accepted and have no answer yet, for each encoder
    most_texts: int = 2_048  # of one request
    most_characters: int = 200_000  # of one text
    most_body: int = 16 * 2**20  # bytes of a request
    most_memory: int = 2**30  # bytes of all bodies and unread answers, above which no more is accepted
    most_connections: int = 1_000
    head_seconds: float = 10.0  # in which the head of a request has to arrive
    read_seconds: float = 30.0  # that a client may read nothing of its answer
    body_seconds: float = 30.0  # that a body has at first, and the most that it ever has left
    body_rate: float = (
        32 * 2**10
    )  # bytes of it that bring another second: a slow link is waited for, one that drips is not
    answer_seconds: float = 120.0  # in which it is answered, else it is given up
    stop_seconds: float = 30.0  # in which what was accepted is finished when the service stops
    hosts: tuple[str, ...] = ()  # names by which it may be called, with a token; () for any
    log_requests: bool = False  # a line for each, without what it holds
    log_texts: bool = False  # the texts with it
