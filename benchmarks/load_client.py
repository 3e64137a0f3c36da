"""A client that keeps so many requests under way, on bare sockets: its own cost must not hide the server's.

Command: python benchmarks/load_client.py PORT REQUESTS [--clients N] [--keep N]     (started by the benchmarks)
REQUESTS holds a request a line, ``/path {"a": "body"}``. Each of the clients has one connection, kept alive, and sends its
next request as soon as its answer is there. All bytes are made before the clock starts; of an answer only the status and
the length are read, and the bodies of ``--keep`` answers, evenly spread, are handed on. One thread; nothing beyond the
standard library. It prints a line of JSON: ``load_answers.Load``.
"""

from __future__ import annotations

import argparse
import gc
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 120.0  # seconds in which not one answer comes
CHUNK = 1 << 18
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)


class Lane:
    """One connection: a request under way, and as much of its answer as has come."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.came = bytearray()
        self.body = self.whole = 0  # where the body of the answer begins and ends; 0 while that is unknown
        self.place, self.began = 0, 0.0

    def send(self, place: int, request: bytes) -> None:
        """Start the clock of a request, and hand it to the system."""
        self.place, self.began = place, time.perf_counter()
        self.came.clear()
        self.body = self.whole = 0
        self.socket.sendall(request)

    def finished(self) -> bool:
        """Whether the answer is whole, after reading what has come."""
        if not (part := self.socket.recv(CHUNK)):
            raise ConnectionError(
                f"the server closed a connection before its answer to request {self.place} was whole"
            )
        self.came += part
        if not self.whole and (end := self.came.find(b"\r\n\r\n")) >= 0:
            self.body = end + 4
            self.whole = self.body + length_of(bytes(self.came[:end]))
        return bool(self.whole) and len(self.came) >= self.whole

    @property
    def status(self) -> int:  # noqa: D102
        return int(self.came[9:12])


def length_of(head: bytes) -> int:
    """Bytes of the body, out of the lines before it."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer states no Content-Length, which this client needs: {head[:200]!r}")
    return int(rest.partition(b"\r\n")[0])


def run(port: int, requests: list[bytes], clients: int, kept: set[int]) -> dict[str, object]:
    """All requests, ``clients`` at a time; milliseconds by request, statuses, the answers to keep and the first bad one."""
    lanes = [
        Lane(port) for _ in range(min(clients, len(requests)))
    ]  # one by one: some servers queue five connections
    took, statuses = [0.0] * len(requests), [0] * len(requests)
    answers: dict[int, str] = {}
    todo = iter(enumerate(requests))
    gc.disable()
    processor, began = time.process_time(), time.perf_counter()
    for lane in answered(lanes, todo, len(requests)):
        took[lane.place] = 1e3 * (time.perf_counter() - lane.began)
        statuses[lane.place] = lane.status
        if lane.place in kept or (lane.status != 200 and len(answers) <= len(kept)):
            answers[lane.place] = lane.came[lane.body : lane.whole].decode("utf8", "replace")
    return {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - processor,
        "milliseconds": took,
        "statuses": statuses,
        "answers": answers,
    }


def answered(lanes: list[Lane], todo: Iterator[tuple[int, bytes]], expected: int) -> Iterator[Lane]:
    """Lanes as their answers come; each then sends its next request, while there is one."""
    with selectors.DefaultSelector() as ready:
        for lane in lanes:
            lane.send(*next(todo))
            ready.register(lane.socket, selectors.EVENT_READ, lane)
        while expected:
            if not (events := ready.select(PATIENCE)):
                raise TimeoutError(f"no answer within {PATIENCE:g} seconds; {expected} are missing")
            for key, _ in events:
                if key.data.finished():
                    expected -= 1
                    yield key.data
                    if request := next(todo, None):
                        key.data.send(*request)


def read_requests(file: Path, port: int) -> list[bytes]:
    """Bytes of each request, head and body."""
    made = []
    with file.open(encoding="utf8") as lines:
        for line in lines:
            path, _, body = line.rstrip("\n").partition(" ")
            raw = body.encode()
            made.append(HEAD.format(path=path, port=port, length=len(raw)).encode() + raw)
    return made


def spread(count: int, wanted: int) -> set[int]:
    """So many places of ``count``, evenly apart."""
    return {count * number // wanted for number in range(min(count, wanted))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=Path)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--keep", type=int, default=0)
    settings = parser.parse_args()
    requests = read_requests(settings.requests, settings.port)
    print(json.dumps(run(settings.port, requests, settings.clients, spread(len(requests), settings.keep))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
