"""Tables that a study can run on in a second, and a way to call the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semascope.cli.main import main

WORDS = [
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
    "buoy",
    "oar",
    "mast",
    "keel",
    "reef",
    "surf",
    "dune",
    "pier",
]


def make_rows(n: int = 80, *, seed: int = 3) -> list[dict]:
    """Rows whose rating is the number of glad words; texts differ, so nothing is a duplicate."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        words = rng.choice(WORDS, size=8).tolist()
        glad = int(rng.integers(0, 5))
        text = " ".join([*words, *["splendid"] * glad, f"no {number}"])
        rows.append(
            {
                "id": f"r{number}",
                "text": text,
                "rating": glad + round(float(rng.normal(0, 0.3)), 2),
                "other": float(rng.integers(0, 4)),
                "label": "glad" if glad > 2 else ("flat" if glad > 0 else "sad"),
                "lang": "en" if number % 4 else "fr",
                "boat": f"boat {number % 9}",
                "split": "test" if number % 5 == 0 else ("val" if number % 5 == 1 else "train"),
            }
        )
    return rows


def write_table(folder: Path) -> Path:
    path = folder / "messages.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in make_rows()), encoding="utf8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path)


@pytest.fixture(scope="session")
def table_to_keep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same table, for what outlives a test; no test changes it."""
    return write_table(tmp_path_factory.mktemp("table"))


class Shell:
    """Calls the command line in this process, in a folder and with a store of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        self._capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        return code

    def study(self, table: Path, *arguments: object, output: str = "run") -> int:
        return self(
            "study",
            table,
            "--encoder",
            "hash:16",
            "--store",
            self.folder / "store",
            "--output",
            self.folder / output,
            *arguments,
        )


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)
