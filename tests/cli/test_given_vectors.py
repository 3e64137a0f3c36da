"""Vectors that others computed, from the shell."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.long

ASKED = ("--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1", "--store", "store")


def predictions(shell, cell: str) -> dict[int, float]:
    lines = pq.read_table(shell.folder / "run" / "predictions.parquet").to_pylist()
    return {line["row"]: line["prediction"] for line in lines if line["cell"] == cell}


@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_what_embed_wrote_is_judged_as_its_encoder_is(shell, table, ending):
    file = f"theirs.{ending}"
    embed = ("embed", table, "--text", "text", "--encoder", "minilm", "--store", "store", "--output", file)
    assert shell(*embed) == 0
    assert (
        shell("study", table, *ASKED, "--encoder", "minilm", "--vectors", f"theirs={file}", "--output", "run")
        == 0
    )
    own = predictions(shell, "minilm · default · 384 · ridge")
    assert len(own) == 16
    assert predictions(shell, "theirs · default · 384 · ridge") == own


def test_the_price_is_unknown_and_the_scorer_refuses_in_one_line(shell, table):
    angles = np.array([json.loads(line)["rating"] for line in table.read_text().splitlines()]) / 10
    np.save("theirs.npy", np.column_stack([np.cos(angles), np.sin(angles)]))
    assert shell("study", table, *ASKED, "--vectors", "theirs=theirs.npy", "--output", "run", "--json") == 0
    result = json.loads(shell.out)
    cell = next(cell for cell in result["cells"] if cell["encoder"] == "theirs")
    assert result["winner"] == cell["id"] == "theirs · default · 2 · ridge"
    assert (cell["costs"]["encode_seconds_per_1000"], cell["reads"]) == (None, "given")
    for verb in ("score", "rank"):
        assert shell(verb, "run/winner", table, "--text", "text") == 2
        assert shell.err.startswith("error: run/winner cannot score texts: its vectors came from a file, and")
        assert shell.err.count("\n") == 1


def test_wrong_files_are_one_line_and_exit_2(shell, table):
    np.save("short.npy", np.ones((79, 8)))
    assert shell("study", table, *ASKED, "--vectors", "theirs=short.npy", "--output", "run") == 2
    assert shell.err.startswith(
        "error: short.npy has 79 vectors, and messages.jsonl has 80 rows; without ids"
    )
    assert shell.err.count("\n") == 1
    assert shell("study", table, *ASKED, "--vectors", "short.npy", "--output", "run") == 2
    assert shell.err == (
        "error: vectors is 'short.npy'; accepted is NAME=FILE; write for example theirs=short.npy\n"
    )
