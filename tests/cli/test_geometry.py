"""``semascope geometry``: files in, the answer on the terminal, a page and the numbers out; every bad input one line."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from semascope.cli.main import main

pytestmark = pytest.mark.long

WORDS = {"sea": ["tide", "ferry", "wave", "harbour"], "bake": ["bread", "oven", "flour", "yeast"]}


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Calls the command line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")

    def call(*given):
        code = main([str(each) for each in given])
        found = capsys.readouterr()
        return Done(code, found.out, found.err)

    return call


@pytest.fixture
def table(tmp_path):
    """60 texts of two topics, each with another text, two scores and a language."""
    rng = np.random.default_rng(0)
    path = tmp_path / "posts.jsonl"
    with path.open("w", encoding="utf8") as file:
        for number in range(60):
            topic = ("sea", "bake")[number % 2]
            row = {
                "text": f"Number {number}: " + " ".join(rng.choice(WORDS[topic], 4)),
                "topic": topic,
                "title": f"title {number}",
                "lang": "en" if number % 3 else "fr",
                "warm": float(rng.normal()),
                "loud": float(rng.normal()),
                "kind": ("sea.a", "sea.b", "oven.a", "oven.b")[number % 4],
            }
            file.write(json.dumps(row) + "\n")
    return path


@pytest.fixture
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


def test_it_answers_on_the_terminal_and_writes_a_page_and_the_numbers(run, table, store, tmp_path):
    done = run(
        "geometry", table, "--text", "text", "--label", "topic", "--slice", "lang", "--encoder", "a=hash:16",
        "--encoder", "b=hash:32", "--compare", "--figures", "--store", store, "--output", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "remedy" in done.out.lower() and "kNN accuracy" in done.out and "no structure" in done.out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf8")
    assert "How the spaces differ" in page and "default-src" in page
    record = json.loads((tmp_path / "out" / "geometry.json").read_text(encoding="utf8"))
    assert list(record["spaces"]) == ["a", "b"] and record["spaces"]["a"]["dims"] == 16
    assert {"text length", "lang"} <= record["spaces"]["a"]["explained"].keys()
    assert record["made"]["command"].startswith("semascope geometry")
    figures = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"components.png", "components.svg", "cosines.svg", "spectra.svg"} <= figures
    assert "out/report.html" in done.out


def test_json_is_the_record_and_nothing_else(run, table, store):
    done = run(
        "geometry", table, "--text", "text", "--encoder", "hash:8", "--store", store, "--output", "out", "--json"
    )  # fmt: skip
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert record["labels"] is None and record["remedies"] is None
    assert record["spaces"]["hash:8"]["numbers"]["mean_cosine"]["floor"]["value"] == 0


def test_a_kept_remedy_is_an_encoder_for_the_next_command(run, table, store, tmp_path):
    done = run(
        "geometry", table, "--text", "text", "--label", "topic", "--encoder", "hash:16", "--keep", "centre",
        "--store", store, "--output", "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.out.lstrip().startswith("Warning: centring in hash:16 is kept")  # a hash means nothing
    embedded = run(
        "embed", table, "--text", "text", "--encoder", "out/kept", "--store", store, "--output", "v.npy"
    )
    assert embedded.code == 0, embedded.err
    rows = np.load(tmp_path / "v.npy").astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    described = run(
        "geometry", table, "--text", "text", "--encoder", "kept=out/kept", "--store", store, "--output", "two",
        "--json",
    )  # fmt: skip
    assert described.code == 0, described.err
    cosine = json.loads(described.out)["spaces"]["kept"]["numbers"]["mean_cosine"]["estimate"]["value"]
    assert abs(cosine + 1 / 59) < 0.01  # centred rows have a mean of about 0: sum over pairs is - n


def test_pairs_judge_by_what_one_text_finds(run, table, store):
    done = run(
        "geometry", table, "--text", "text", "--pair", "title", "--encoder", "hash:16", "--remedy", "centre",
        "--store", store, "--output", "out", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    record = json.loads(done.out)
    there, back = record["remedies"]["spaces"]["hash:16"]["tasks"]
    assert (there["task"], back["task"]) == ("retrieval", "retrieval back")
    assert there["measure"] == back["measure"] == "nDCG@10"
    assert record["spaces"]["hash:16"]["numbers"]["alignment"]["estimate"]["value"] == pytest.approx(
        2, abs=0.3
    )


def test_scores_are_asked_for_their_axes_and_labels_for_their_families(run, table, store):
    done = run(
        "geometry", table, "--text", "text", "--label", "kind", "--target", "warm", "--target", "loud",
        "--contrast", "sea=sea.*", "--contrast", "oven=oven.*", "--encoder", "hash:16", "--remedy", "none",
        "--store", store, "--output", "out", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    together = json.loads(done.out)["together"]
    assert [family["name"] for family in together["contrast"]["families"]] == ["sea", "oven"]
    assert together["contrast"]["families"][0]["labels"] == ["sea.a", "sea.b"]
    assert (together["axes"][0]["first"], together["axes"][0]["second"]) == ("warm", "loud")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--text", "body"], "no column 'body'"),
        ([], "text"),
        (["--text", "text", "--remedy", "whitten"], "whitten"),
        (["--text", "text", "--target", "warm"], "target is 'warm' alone"),
        (["--text", "text", "--target", "topic", "--target", "warm"], "is not a number"),
        (["--text", "text", "--keep", "centre", "--dim", "8"], "leave --dim out"),
        (["--text", "text", "--vectors", "x.npy"], "vectors are 'x.npy'; they are written NAME=FILE"),
        (["--text", "text", "--label", "kind", "--contrast", "a=sea.*", "--contrast", "b=nothing"], "nothing"),
        (["--text", "text", "--contrast", "a=sea.*"], "contrast is given 1 times without a label"),
        (["--text", "text", "--limit", "1"], "is about pairs of texts"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(run, table, store, flags, message):
    if not flags:  # a folder without texts
        table = table.parent / "empty"
        table.mkdir()
    done = run("geometry", table, *flags, "--encoder", "hash:16", "--store", store, "--output", "out")
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("error: ") and message in done.err
