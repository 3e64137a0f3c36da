"""``study --race`` from the shell: what it prints, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytestmark = pytest.mark.long

ASKED = (
    "--text",
    "text",
    "--target",
    "rating",
    "--head",
    "ridge",
    "--repeats",
    "1",
    "--output",
    "run",
    "--store",
    "store",
)
ENCODERS = ("--encoder", "hash:64", "--encoder", "hash:2", "--encoder", "hash:3")


@pytest.fixture
def lengths(shell):
    """500 texts whose words tell the rating."""
    rng = np.random.default_rng(4)
    path = shell.folder / "words.jsonl"
    with path.open("w", encoding="utf8") as file:
        for number in range(500):
            words = rng.choice(["good", "fine", "poor", "grim"], size=9, p=rng.dirichlet(np.ones(4)))
            rating = float(np.isin(words, ["good", "fine"]).sum())
            file.write(json.dumps({"text": f"{' '.join(words)} {number}", "rating": rating}) + "\n")
    return path.name


def test_what_fell_stands_in_the_table_and_is_not_called_worse(shell, lengths):
    assert shell("study", lengths, *ASKED, *ENCODERS, "--race", "--choose", "best") == 0
    assert "at most 1,500 texts to encode" in shell.err
    assert "race on 200 of 400 rows: " in shell.err
    fallen = [line.split() for line in shell.out.splitlines() if line.endswith("left behind at 200 rows")]
    assert sorted(line[0] for line in fallen) == ["hash:2", "hash:3"]
    assert all(
        line[1:3] == ["·", "ridge"] and line[3:] == ["left", "behind", "at", "200", "rows"] for line in fallen
    )
    said = " ".join(shell.out.split())
    assert "2 cells raced on a sample of 200 of the 400 training rows; 2 cells were left behind." in said
    assert "What was left behind is not called worse." in said
    assert shell("report", "run", "--format", "md", "--output", "run.md") == 0
    assert "## The race" in (shell.folder / "run.md").read_text(encoding="utf8")


def test_the_record_has_the_race(shell, lengths):
    assert shell("study", lengths, *ASKED, *ENCODERS, "--race", "--choose", "best", "--json") == 0
    raced = json.loads(shell.out)["raced"]
    assert sorted(fall["cell"].split()[0] for fall in raced["fallen"]) == ["hash:2", "hash:3"]
    assert raced["race"]["units"] == 400


@pytest.mark.parametrize("confidence", ["0.3", "1", "much"])
def test_a_confidence_that_is_none_is_refused(shell, lengths, confidence):
    assert shell("study", lengths, *ASKED, *ENCODERS, "--race", "--race-confidence", confidence) == 2
    assert "race" in shell.err
    assert not (shell.folder / "run").exists()


def test_encoding_all_and_racing_exclude_each_other(shell, lengths):
    assert shell("study", lengths, *ASKED, *ENCODERS, "--race", "--only-embed") == 2
    assert shell.err.startswith("error: --race decides while it fits what is encoded at all")
    assert not (shell.folder / "store").exists()
