"""Small studies that run in a blink: tables, a store of their own, cheap heads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semascope.data.duplicates import Duplicates
from semascope.data.language import languages_of
from semascope.data.splits import Split
from semascope.data.table import Table
from semascope.stats.measure import Measure
from semascope.store.vectors import VectorStore
from semascope.studies.heads.asking.rows import Rows
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.result import HeadsResult
from semascope.studies.heads.task import heads_task
from semascope.studies.run import complete

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
            {
                "data": data,
                "text": "body",
                "target": "score",
                "encoder": "hash:16",
                "head": "ridge",
                "repeats": 1,  # so few rows would be split 15 times
                **asked,
            }
        )

    def run(self, rows: list[dict] | None = None, *, output: str = "run", **asked: object) -> HeadsResult:
        task, folder = heads_task(self.ask(rows, **asked), output=self.folder / output, store=self.store)
        return complete(task, folder, say=self.said.append)

    def records(self, output: str = "run") -> dict[str, dict]:
        lines = (self.folder / output / "records.jsonl").read_text(encoding="utf8").splitlines()
        return {record["id"]: record for record in map(json.loads, lines)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def make_desk() -> type[Desk]:
    """For studies that several tests look at."""
    return Desk


@pytest.fixture
def chooses(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes one cell the best on the training rows, whatever was computed."""
    best = Measure.best

    def choose(cell: str) -> None:
        monkeypatch.setattr(
            Measure, "best", lambda measure, values: cell if cell in values else best(measure, values)
        )

    return choose


@pytest.fixture
def letters() -> Callable[..., list[dict]]:
    return letter_rows


def rows_by_hand(
    truth: object,
    *,
    test: list[int],
    classes: tuple[str, ...] = (),
    targets: tuple[str, ...] | None = None,
    components: list[int] | None = None,
    groups: list[str] | None = None,
    slices: dict[str, list[str]] | None = None,
    judged: list[bool] | None = None,
    leaked: tuple[int, ...] = (),
    numbers: list[int] | None = None,
) -> Rows:
    """Rows of a study without a file. ``truth`` is (n,) or (n, t), NaN where a target is missing."""
    known = np.asarray(truth, dtype=np.float64)
    known = known[:, None] if known.ndim == 1 else known
    n = len(known)
    texts = [f"text {row}" for row in range(n)]
    table = Table.from_columns({"text": texts})
    labels = np.arange(n) if components is None else np.array(components)
    return Rows(
        table=replace(table, rows=np.arange(n) if numbers is None else np.array(numbers)),
        texts=texts,
        kind="classification" if classes else "regression",
        targets=targets or tuple(f"t{place}" for place in range(known.shape[1])),
        classes=classes,
        truth=known,
        components=labels,
        duplicates=Duplicates(exact=labels, near=labels),
        groups=groups,
        language=languages_of(texts, column=["en"] * n),
        slices=slices or {},
        split=Split(train=np.setdiff1d(np.arange(n), test), test=np.array(sorted(test))),
        given=False,
        leaked=np.array(leaked, dtype=np.int64),
        asked=np.ones(n, dtype=np.bool_) if judged is None else np.array(judged),
        digest="digest",
        empty=np.empty(0, dtype=np.int64),
        lacking=np.empty(0, dtype=np.int64),
    )


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., Rows]:
    return rows_by_hand
