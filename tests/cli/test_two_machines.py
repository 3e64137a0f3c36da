"""``study --only-embed`` and ``store merge`` from the shell: what they print, and what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytestmark = pytest.mark.long

ASKED = ("--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1")


def embed(shell, table, *more) -> int:
    return shell("study", table, *ASKED, "--encoder", "hash:8", "--only-embed", "--store", "server", *more)


def test_a_store_is_filled_and_taken_in(shell, table):
    assert embed(shell, table, "--instruction", "tone=Judge the tone") == 0
    lines = shell.out.splitlines()
    assert lines[0].startswith(
        "hash:8: 80 rows, 80 distinct prompts, 0 found in the store, 80 encoded in "
    )  # the baseline has no instruction
    assert lines[2].startswith("hash:8, instruction tone: 80 rows")
    assert lines[1].startswith("  fingerprint ")
    assert lines[1].endswith("-float32, read from hash:8")
    assert lines[-1] == "nothing was fitted; the vectors lie in server"
    assert sorted(path.name for path in shell.folder.iterdir()) == [table.name, "server"]
    assert shell("store", "merge", "server", "--store", "here") == 0
    assert shell.out.splitlines()[0] == "160 rows of server taken into here"
    assert shell("store", "merge", "server", "--store", "here", "--json") == 0
    (found,) = json.loads(shell.out)["encoders"]
    assert (found["rows"], found["added"]) == (160, 0)
    study = ("study", table, *ASKED, "--encoder", "hash:8", "--store", "here", "--output", "run")
    assert shell(*study) == 0
    assert "no text to encode" in shell.err


def test_the_account_is_there_as_json(shell, table):
    assert embed(shell, table, "--json") == 0
    (one,) = json.loads(shell.out)["encoded"]
    assert (one["encoder"], one["device"], one["account"]["rows"]) == ("hash:8", "cpu", 80)


def test_a_study_of_given_vectors_has_nothing_to_encode(shell, table):
    np.save("theirs.npy", np.random.default_rng(0).standard_normal((80, 8)))
    given = ("--vectors", "theirs=theirs.npy", "--only-embed", "--store", "server")
    assert shell("study", table, *ASKED, *given) == 0
    assert shell.out.splitlines()[0] == "this study encodes nothing: it names no encoder"


@pytest.mark.parametrize("other", ["nowhere", "server"])
def test_what_cannot_be_taken_in_is_one_line_and_exit_2(shell, table, other):
    assert embed(shell, table) == 0
    assert shell("store", "merge", other, "--store", "server") == 2
    said = "is no folder" if other == "nowhere" else "is the store itself"
    assert shell.err.startswith(f"error: {other} {said}")
    assert shell.err.count("\n") == 1
