"""As much of HTTP/1.1 as clients of an embeddings server use, on asyncio's streams, and ways to break it."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from .faults import Fault


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent; header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None: it was closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Request(method, target.partition("?")[0], headers, body)


def write_head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line and headers."""
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode("latin-1")


class Connection:
    """One connection, and how answers go over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        writer.transport.set_write_buffer_limits(high=0)  # drained means that the kernel took all of it

    @property
    def gone(self) -> bool:
        """Whether the client closed it."""
        return self.reader.at_eof() or self.writer.is_closing()

    async def send(self, status: int, headers: Mapping[str, str], body: bytes, fault: Fault | None) -> bool:
        """Whether the whole answer was handed over; after False the connection is of no use."""
        sending = fault.send if fault else "whole"
        named = {"Content-Type": "application/json", **headers}
        if sending in ("close", "reset", "hang"):
            return await self._say_nothing(sending)
        if sending == "gzip":
            body = gzip.compress(body)
            named["Content-Encoding"] = "gzip"
        if sending == "chunked":
            return await self._put(write_head(status, named | {"Transfer-Encoding": "chunked"}), _chunks(body))  # fmt: skip
        head = write_head(status, named | {"Content-Length": str(len(body))})
        if sending == "cut":
            await self._put(head, body[: len(body) // 2])
            self.writer.close()
            return False
        if sending == "trickle":
            return await self._trickle(head, body, fault.pace)
        return await self._put(head, body)

    async def _put(self, *pieces: bytes) -> bool:
        if self.gone:
            return False
        try:
            self.writer.writelines(pieces)
            await self.writer.drain()
        except ConnectionError:
            return False
        return not self.gone

    async def _trickle(self, head: bytes, body: bytes, pace: float) -> bool:
        whole, step = head + body, max(int(pace / 50), 1)
        for start in range(0, len(whole), step):
            if not await self._put(whole[start : start + step]):
                return False
            await asyncio.sleep(step / pace)
        return True

    async def _say_nothing(self, way: str) -> bool:
        if way == "hang":
            await self.reader.read()  # until the client gives up
        if way == "reset":
            handle = self.writer.get_extra_info("socket")
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        self.writer.close()
        return False


def _chunks(body: bytes, size: int = 16_384) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
