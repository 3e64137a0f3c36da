"""Planted encoders: what one knows, and what another one forgot of it, is known beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests import tuning_tables

from semascope.data.seen import text_digests
from semascope.encoders.hashing import HashEncoder

N, DIM = 240, 24
WORDS = tuning_tables.WORDS[:12]


class Planted(HashEncoder):
    """Every text has the row that was planted for it."""

    def __init__(self, rows: dict[str, np.ndarray], *, name: str = "base", seen: Sequence[str] = ()) -> None:
        super().__init__(len(next(iter(rows.values()))), name=name)
        self.rows = rows
        self.space = replace(self.space, weights=f"planted {name}")
        self.fingerprint = f"{self.space.digest}-float32"
        self.seen = np.unique(text_digests(seen))

    def encode(self, prompts: Sequence[str]) -> np.ndarray:
        found = np.stack([self.rows[prompt] for prompt in prompts]).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def changed(self, change: Callable[[np.ndarray], np.ndarray], *, seen: Sequence[str] = ()) -> Planted:
        rows = change(np.stack(list(self.rows.values())))
        return Planted(dict(zip(self.rows, rows, strict=True)), name="tuned", seen=seen)


@dataclass
class World:
    """An encoder, and three general sets that it does well on: texts, pairs and a collection of n each."""

    base: Planted
    texts: list[str]
    scores: np.ndarray
    left: list[str]
    right: list[str]
    alike: np.ndarray
    queries: list[str]
    documents: list[str]
    folder: Path

    @property
    def sets(self) -> list[str]:
        return [
            f"{self.folder}/texts.jsonl,text=text,target=score",
            f"{self.folder}/texts.jsonl,text=text,target=label",
            f"{self.folder}/pairs.jsonl,left=left,right=right,score=alike,name=pairs",
            f"{self.folder}/asked.jsonl,query=query,document=document,name=asked",
        ]

    @property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(7)

    def turned(self, **more) -> Planted:
        """The same space, rotated."""
        turn = np.linalg.qr(self.rng.standard_normal((DIM, DIM)))[0]
        return self.base.changed(lambda rows: rows @ turn, **more)

    def damaged(self, noise: float = 2.0, **more) -> Planted:
        """More noise than space."""
        return self.base.changed(
            lambda rows: rows + noise * self.rng.standard_normal(rows.shape) * rows.std(), **more
        )

    def collapsed(self, **more) -> Planted:
        """One vector for all texts."""
        return self.base.changed(lambda rows: np.tile(rows[:1], (len(rows), 1)), **more)


def plant(folder: Path, *, n: int = N, seed: int = 0) -> World:
    rng = np.random.default_rng(seed)

    def named(kind: str) -> list[str]:
        return [f"{kind} {' '.join(rng.choice(WORDS, 6))} number {row}" for row in range(n)]

    texts, left, right, queries, documents = map(named, ("text", "left", "right", "query", "document"))
    of_texts, of_left, of_documents = (rng.standard_normal((n, DIM)) for _ in range(3))
    share = rng.random(n)
    of_right = share[:, None] * of_left + (1 - share)[:, None] * rng.standard_normal((n, DIM))
    of_queries = of_documents + 0.5 * rng.standard_normal((n, DIM))
    scores = 2 * of_texts[:, 0] + 0.3 * rng.standard_normal(n)
    world = World(
        base=Planted(
            dict(
                zip(
                    [*texts, *left, *right, *queries, *documents],
                    np.concatenate([of_texts, of_left, of_right, of_queries, of_documents]),
                    strict=True,
                )
            )
        ),
        texts=texts,
        scores=scores.round(3),
        left=left,
        right=right,
        alike=share.round(3),
        queries=queries,
        documents=documents,
        folder=folder,
    )
    tables = {
        "texts": {"text": texts, "score": world.scores, "label": np.where(scores > 0, "up", "down")},
        "pairs": {"left": left, "right": right, "alike": world.alike},
        "asked": {"query": queries, "document": documents},
    }
    for name, columns in tables.items():
        lists = {column: np.asarray(values).tolist() for column, values in columns.items()}
        lines = [json.dumps(dict(zip(lists, row, strict=True))) for row in zip(*lists.values(), strict=True)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
    return world
