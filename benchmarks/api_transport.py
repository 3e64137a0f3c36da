"""Processor time of the client for one request of embeddings: which HTTP client, which encoding, which JSON parser.

Command: python benchmarks/api_transport.py [--requests N] [--rounds N] [--dim D] [--only a,b]
The server runs in a process of its own; clients take turns within a round, ten requests at once, and what is printed is the
median over rounds. Clients that are not installed are left out (pip install aiohttp orjson urllib3 to see all). Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from api_server import ServerApart

AT_ONCE = 10
TEXTS = 32
Send = Callable[[str, list[bytes]], list[bytes]]  # address and bodies -> answers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dim", type=int, default=1_024)
    parser.add_argument("--only", default=",".join(WAYS), help="separated by commas")
    settings = parser.parse_args()
    ways = {name: WAYS[name] for name in settings.only.split(",") if installed(name)}
    answers: dict[str, bytes] = {}
    print(f"{TEXTS} texts of {settings.dim} numbers a request, {AT_ONCE} at once, milliseconds a request\n")
    print("| client | encoding | processor time | wall |\n|---|---|---|---|")
    for encoding in ("float", "base64"):
        bodies = write_bodies(settings.requests, encoding)
        with ServerApart(dim=settings.dim) as server:
            took = measure(ways, f"{server.url}/embeddings", bodies, settings.rounds, answers, encoding)
        for name, pairs in took.items():
            cpu, wall = (1e3 * statistics.median(times) / settings.requests for times in zip(*pairs, strict=True))  # fmt: skip
            print(f"| {name} | {encoding} | {cpu:.2f} | {wall:.2f} |")
        print(f"| (the server) | {encoding} | {1e3 * server.seconds / len(server.log):.2f} | |")
    print("\n| reading an answer | encoding | bytes | processor time |\n|---|---|---|---|")
    for name, encoding, read in readers():
        print(f"| {name} | {encoding} | {len(answers[encoding]):,} | {1e3 * cost(read, answers[encoding]):.2f} |")  # fmt: skip
    return 0


def measure(
    ways: dict[str, Send], url: str, bodies: list[bytes], rounds: int, answers: dict[str, bytes], encoding: str
) -> dict[str, list[tuple[float, float]]]:  # fmt: skip
    """Seconds of processor and wall time of every round but a first one, by client."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, send in ways.items():
            cpu, wall = time.process_time(), time.perf_counter()
            came = send(url, bodies)
            if number:
                took[name].append((time.process_time() - cpu, time.perf_counter() - wall))
            assert len(came) == len(bodies)
            answers[encoding] = came[0]
    return took


def write_bodies(count: int, encoding: str) -> list[bytes]:
    """Requests of texts of some twenty words."""
    words = ["tide", "and", "harbour", "where", "ships", "come", "in", "from", "all", "over"] * 2
    return [
        json.dumps({"model": "m", "encoding_format": encoding, "input": [f"{number} {place} {' '.join(words)}" for place in range(TEXTS)]}).encode()
        for number in range(count)
    ]  # fmt: skip


def installed(name: str) -> bool:
    package = name.partition(" ")[0]
    return package == "bare" or importlib.util.find_spec(package) is not None


def in_threads(one: Callable[[bytes], bytes], bodies: list[bytes]) -> list[bytes]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, bodies))


def by_httpx2(url: str, bodies: list[bytes]) -> list[bytes]:
    import httpx2

    async def run() -> list[bytes]:
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:

            async def one(body: bytes) -> bytes:
                return (await client.post(url, content=body, headers=JSON)).content

            return await at_once(one, bodies)

    return asyncio.run(run())


def by_httpx2_threads(url: str, bodies: list[bytes]) -> list[bytes]:
    import httpx2

    with httpx2.Client(timeout=30, trust_env=False) as client:
        return in_threads(lambda body: client.post(url, content=body, headers=JSON).content, bodies)


def by_aiohttp(url: str, bodies: list[bytes]) -> list[bytes]:
    import aiohttp

    async def run() -> list[bytes]:
        async with aiohttp.ClientSession() as client:

            async def one(body: bytes) -> bytes:
                async with client.post(url, data=body, headers=JSON) as answer:
                    return await answer.read()

            return await at_once(one, bodies)

    return asyncio.run(run())


def by_urllib3(url: str, bodies: list[bytes]) -> list[bytes]:
    import urllib3

    pool = urllib3.PoolManager(maxsize=AT_ONCE)
    return in_threads(lambda body: pool.request("POST", url, body=body, headers=JSON).data, bodies)


def by_streams(url: str, bodies: list[bytes]) -> list[bytes]:
    """What there is below any client: asyncio's streams, one connection a lane."""
    address = urlsplit(url)

    async def run() -> list[bytes]:
        todo, came = iter(enumerate(bodies)), [b""] * len(bodies)

        async def lane() -> None:
            reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 20)
            for place, body in todo:
                writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (address.path.encode(), len(body)) + body)  # fmt: skip
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                came[place] = await reader.readexactly(length)
            writer.close()

        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        return came

    return asyncio.run(run())


async def at_once(one: Callable[[bytes], object], bodies: list[bytes]) -> list[bytes]:
    """Answers, so many requests at once, without a barrier."""
    todo, came = iter(enumerate(bodies)), [b""] * len(bodies)

    async def lane() -> None:
        for place, body in todo:
            came[place] = await one(body)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return came


JSON = {"Content-Type": "application/json"}
WAYS: dict[str, Send] = {
    "httpx2 async": by_httpx2,
    "httpx2 threads": by_httpx2_threads,
    "aiohttp": by_aiohttp,
    "urllib3 threads": by_urllib3,
    "bare streams": by_streams,
}


def readers() -> Iterable[tuple[str, str, Callable[[bytes], object]]]:
    """Ways from the bytes of an answer to an array."""
    for name in ("json", "orjson"):
        if importlib.util.find_spec(name) is not None:
            loads = __import__(name).loads
            yield f"{name} to values", "float", loads
            yield f"{name} to an array", "float", lambda raw, loads=loads: from_floats(loads(raw))
            yield f"{name} to an array", "base64", lambda raw, loads=loads: from_base64(loads(raw))


def from_floats(payload: dict) -> np.ndarray:
    return np.array([row["embedding"] for row in payload["data"]], dtype=np.float32)


def from_base64(payload: dict) -> np.ndarray:
    return np.stack([np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in payload["data"]])


def cost(read: Callable[[bytes], object], raw: bytes, times: int = 40) -> float:
    """Median seconds of processor time."""
    took = []
    for _ in range(times):
        begun = time.process_time()
        read(raw)
        took.append(time.process_time() - begun)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
