"""An archive of texts wherever a table is read: what its unpacked folder gives, and the warning on standard error."""

from __future__ import annotations

import json
import tarfile

import numpy as np
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.long

HASH = ("--encoder", "hash:16", "--store", "store")


@pytest.fixture
def chunks(shell):
    """A folder of 60 texts of two labels, and the archive of it."""
    folder = shell.folder / "chunks"
    for number in range(60):
        place = folder / ("physics", "history")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:02}.txt").write_text(f"text {number} of {place.name}")
    with tarfile.open(shell.folder / "chunks.tar.gz", "w:gz") as archive:
        archive.add(folder, "chunks")
    return folder


def test_embed_and_a_study_give_what_the_folder_gives(shell, chunks):
    for source in ("chunks", "chunks.tar.gz"):
        assert shell("embed", source, "--text", "text", *HASH, "--output", f"{source}.npy") == 0, shell.err
        asked = ("--target", "label", "--head", "logistic", "--repeats", "1", "--output", f"run-{source}")
        assert shell("study", source, "--text", "text", *asked, *HASH) == 0, shell.err
    np.testing.assert_array_equal(np.load("chunks.npy"), np.load("chunks.tar.gz.npy"))
    predictions = [
        pq.read_table(shell.folder / f"run-{source}" / "predictions.parquet").to_pylist()
        for source in ("chunks", "chunks.tar.gz")
    ]
    assert predictions[0] == predictions[1]


def test_an_index_names_documents_by_their_paths(shell, chunks):
    found = []
    for source in ("chunks", "chunks.tar.gz"):
        assert shell("index", source, *HASH, "--output", f"index-{source}") == 0, shell.err
        assert shell("search", f"index-{source}", "text 7 of history", "--json") == 0
        found.append(json.loads(shell.out)["queries"])
    assert found[0] == found[1]
    assert found[0][0]["hits"][0]["id"] == "history/07.txt"
    assert found[0][0]["hits"][0]["columns"] == {"label": "history"}


def test_a_geometry_takes_the_sub_folder_for_the_label(shell, chunks):
    numbers = []
    for source in ("chunks", "chunks.tar.gz"):
        assert shell("geometry", source, *HASH, "--output", f"geometry-{source}") == 0, shell.err
        numbers.append(json.loads((shell.folder / f"geometry-{source}" / "geometry.json").read_text()))
    assert sorted(numbers[0]["labels"]) == sorted(numbers[1]["labels"])


def test_what_was_passed_over_is_said_and_what_is_damaged_is_one_line(shell, chunks):
    with tarfile.open("odd.tar", "w") as archive:
        archive.add(chunks / "physics" / "00.txt", "physics/00.txt")
        archive.add(chunks / "physics" / "02.txt", "../out.txt")
    assert shell("embed", "odd.tar", "--text", "text", *HASH, "--output", "odd.npy") == 0
    assert (
        "warning: 1 path that leads out of the archive was passed over, ../out.txt first"
        in shell.err.splitlines()
    )
    assert np.load("odd.npy").shape == (1, 16)
    (shell.folder / "cut.tgz").write_bytes((shell.folder / "chunks.tar.gz").read_bytes()[:200])
    assert shell("embed", "cut.tgz", "--text", "text", *HASH, "--output", "cut.npy") == 2
    assert shell.err.startswith("error: cut.tgz is not a whole archive (")
    assert shell.err.count("\n") == 1
