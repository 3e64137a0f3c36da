"""Small studies that run in a blink: tables, a store of their own, cheap heads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from semascope.store.vectors import VectorStore
from semascope.studies.result import StudyResult
from semascope.studies.run import complete_study
from semascope.studies.settings import Study

WORDS = "tide rope anchor harbour sail storm calm deck port lamp gull chart buoy oar mast keel reef surf".split()


def letter_rows(n: int = 60, *, seed: int = 1) -> list[dict]:
    """n rows without duplicates; no column is learnable from hashed texts but the constants."""
    rng = np.random.default_rng(seed)
    return [
        {
            "body": " ".join([*rng.choice(WORDS, size=9), f"no {number}"]),
            "score": round(float(rng.normal(5, 2)), 2),
            "other": round(float(rng.normal(50, 20)), 1),
            "mood": ("glad", "flat", "sad")[int(rng.integers(3))],
            "lang": "en" if number % 3 else "fr",
            "who": f"p{number % 12}",
            "side": "test" if number % 4 == 0 else "train",
        }
        for number in range(n)
    ]


class Desk:
    """Writes a table and runs studies on it, each in a folder of its own unless one is named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.store = VectorStore(folder / "store")

    def write(self, rows: list[dict], name: str = "letters.jsonl") -> Path:
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
        return path

    def ask(self, rows: list[dict] | None = None, **asked: object) -> Study:
        data = self.write(letter_rows() if rows is None else rows)
        return Study.from_mapping(
            {"data": data, "text": "body", "target": "score", "encoder": "hash:16", "head": "ridge", **asked}
        )

    def run(self, rows: list[dict] | None = None, *, output: str = "run", **asked: object) -> StudyResult:
        return complete_study(
            self.ask(rows, **asked), output=self.folder / output, store=self.store, say=self.said.append
        )

    def records(self, output: str = "run") -> dict[str, dict]:
        lines = (self.folder / output / "records.jsonl").read_text(encoding="utf8").splitlines()
        return {record["id"]: record for record in map(json.loads, lines)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def letters() -> Callable[..., list[dict]]:
    return letter_rows
