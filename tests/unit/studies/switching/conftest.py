"""Planted spaces: what is the same, turned, damaged or better is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from semascope.data.table import Table

WORDS = (
    "tide",
    "rope",
    "anchor",
    "harbour",
    "sail",
    "storm",
    "calm",
    "deck",
    "port",
    "lamp",
    "gull",
    "chart",
)


@dataclass
class Planted:
    """n texts whose vectors say what their scores are."""

    table: Table
    vectors: np.ndarray  # (n, d)
    rng: np.random.Generator

    @property
    def turned(self) -> np.ndarray:
        """The same space, rotated."""
        d = self.vectors.shape[1]
        return (self.vectors @ np.linalg.qr(self.rng.standard_normal((d, d)))[0]).astype(np.float32)

    @property
    def damaged(self) -> np.ndarray:
        """More noise than space."""
        return (self.vectors + 2 * self.rng.standard_normal(self.vectors.shape)).astype(np.float32)


def make(n: int = 240, d: int = 24, *, noise: float = 0.3, seed: int = 0) -> Planted:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, d)).astype(np.float32)
    score = 2 * vectors[:, 0] + noise * rng.standard_normal(n)
    columns = {
        "text": [f"{' '.join(rng.choice(WORDS, 6))} number {row}" for row in range(n)],
        "score": score.round(3).tolist(),
        "label": ["up" if value > 0 else "down" for value in score],
        "boat": [f"boat {row % 40}" for row in range(n)],
    }
    return Planted(table=Table.from_columns(columns, source="planted.jsonl"), vectors=vectors, rng=rng)


@pytest.fixture(scope="session")
def plant():
    """Makes planted texts."""
    return make


@pytest.fixture
def planted() -> Planted:
    return make()
