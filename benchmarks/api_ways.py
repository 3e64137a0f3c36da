"""Ways to send many texts to an API, as users write them: for ``api_throughput.py``."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

PATIENCE = 1_000  # tries of one request: none may be lost to the limit


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be embedded, and what is known of the limit."""

    texts: list[str]
    batch: int
    at_once: int
    rate: float | None  # requests a second; None: no limit
    tokens: float | None  # a second; the usual scripts know nothing of it

    def batches(self) -> list[list[str]]:
        """Texts of one request each, in order."""
        return [self.texts[start : start + self.batch] for start in range(0, len(self.texts), self.batch)]


def gather_groups(url: str, job: Job) -> np.ndarray:
    """A group of requests at once, then the next group; each waits as Retry-After says when it is refused.

    The group starts no earlier than the rate allows: the pattern of most scripts that know their limit.
    """
    import httpx2

    async def one(client: httpx2.AsyncClient, texts: list[str]) -> list[list[float]]:
        for _ in range(PATIENCE):
            answer = await client.post(f"{url}/embeddings", json={"model": "m", "input": texts})
            if answer.status_code == 200:
                return [row["embedding"] for row in answer.json()["data"]]
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        raise RuntimeError("refused too often")

    async def run() -> list[list[float]]:
        batches, rows = job.batches(), []
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            for start in range(0, len(batches), job.at_once):
                begun = time.perf_counter()
                group = batches[start : start + job.at_once]
                for found in await asyncio.gather(*(one(client, texts) for texts in group)):
                    rows += found
                if job.rate and start + job.at_once < len(batches):
                    await asyncio.sleep(max(0.0, len(group) / job.rate - (time.perf_counter() - begun)))
        return rows

    return np.array(asyncio.run(run()), dtype=np.float32)


def openai_threads(url: str, job: Job) -> np.ndarray:
    """The ``openai`` client in a pool of threads, as fast as it goes; the client itself waits and tries again."""
    import openai

    client = openai.OpenAI(base_url=url, api_key="none", max_retries=PATIENCE)

    def one(texts: list[str]) -> list[list[float]]:
        return [row.embedding for row in client.embeddings.create(model="m", input=texts).data]

    with ThreadPoolExecutor(job.at_once) as pool:
        return np.array([row for rows in pool.map(one, job.batches()) for row in rows], dtype=np.float32)


def openai_paced(url: str, job: Job) -> np.ndarray:
    """The same, with starts spaced evenly at the allowed rate."""
    import openai

    client = openai.OpenAI(base_url=url, api_key="none", max_retries=PATIENCE)
    begun = time.perf_counter()

    def one(numbered: tuple[int, list[str]]) -> list[list[float]]:
        number, texts = numbered
        if job.rate:
            time.sleep(max(0.0, begun + number / job.rate - time.perf_counter()))
        return [row.embedding for row in client.embeddings.create(model="m", input=texts).data]

    with ThreadPoolExecutor(job.at_once) as pool:
        found = pool.map(one, enumerate(job.batches()))
        return np.array([row for rows in found for row in rows], dtype=np.float32)


def embed_to_store(url: str, job: Job) -> np.ndarray:
    """Ours: told the limit, every batch stored as it comes."""
    from semascope.embedding.path import embed
    from semascope.encoders.api.loading import load_api_encoder
    from semascope.encoders.api.settings import ApiSettings
    from semascope.store.vectors import VectorStore

    settings = ApiSettings(
        batch_size=job.batch,
        max_concurrent=job.at_once,
        requests_per_minute=job.rate and 60 * job.rate,
        tokens_per_minute=job.tokens and 60 * job.tokens,
    )
    encoder = load_api_encoder(f"api:mine/m@{url}", settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        return embed(job.texts, encoder=encoder, store=VectorStore(folder)).vectors


WAYS: dict[str, Callable[[str, Job], np.ndarray]] = {
    "ours": embed_to_store,
    "gather-groups": gather_groups,
    "openai-threads": openai_threads,
    "openai-paced": openai_paced,
}
