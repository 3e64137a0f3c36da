"""``semascope demo``: the packaged sample from end to end, on the real weights."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from semascope.cli import demo
from semascope.cli.main import main
from semascope.encoders import catalogue
from semascope.encoders.packaged.e5_small import has_e5_small

pytestmark = pytest.mark.long

PLANTED = ("6 exact duplicates", "4 near duplicates", "2 empty texts", "1 row lacks “satisfaction”")


class Said(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments: object) -> Said:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf8", newline="\n") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    for stream in (out, err):
        stream.flush()
    return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


class Place:
    """One store for all: texts are encoded once."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder, self.store = folder, store

    def demo(self, name: str, *arguments: object) -> Said:
        return call("demo", "--output", self.folder / name, "--store", self.store, *arguments)


@pytest.fixture(scope="module")
def place(tmp_path_factory, reader_cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(reader_cache))
        patch.setenv("COLUMNS", "100")
        patch.delenv("SEMASCOPE_ENCODER", raising=False)
        yield Place(tmp_path_factory.mktemp("demo"), reader_cache / "semascope" / "vectors")


@pytest.fixture(scope="module")
def compared(place) -> Said:
    if not has_e5_small():
        pytest.skip("the weights of the second encoder are not installed")
    return place.demo("two", "--repeats", "3", "--json")


@pytest.fixture
def alone(place, monkeypatch):
    """The demo where the extra of the second encoder is not installed."""
    monkeypatch.setattr(catalogue, "has_e5_small", lambda: False)
    return place


def readme_maker():
    """The program that writes the run in README, which cannot be run here: it takes a browser and all repeats."""
    file = Path(__file__).parents[2] / "docs" / "make_readme_run.py"
    spec = importlib.util.spec_from_file_location("make_readme_run", file)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker


def cells_of(said: Said) -> dict:
    return {cell["label"]: cell for cell in json.loads(said.out)["cells"]}


def test_two_encoders_are_compared_on_all_rows(compared):
    assert compared.code == 0
    result, cells = json.loads(compared.out), cells_of(compared)
    assert set(cells) == {
        "mean", "median", "tfidf", "minilm · ridge", "minilm · mlp", "e5-small-q4 · ridge", "e5-small-q4 · mlp",
    }  # fmt: skip
    assert (result["settings"]["precision"], result["settings"]["headline"]) == ("float32", None)
    assert result["rows_judged"] == result["rows_test"]
    winner = next(cell for cell in cells.values() if cell["id"] == result["winner"])
    assert winner["encoder"] == "e5-small-q4"
    assert result["headline"][0].startswith(f"Use {winner['label']} for")
    best, base, median = (
        cells[name]["repeat"]["mean"] for name in ("e5-small-q4 · ridge", "minilm · ridge", "median")
    )
    assert best < 0.8 * base < 0.8 * 0.8 * median


def test_the_languages_tell_why(compared):
    cells = cells_of(compared)
    errors = {
        name: {
            part["value"]: part["repeat"]["mean"]
            for part in cells[name]["slices"]
            if part["column"] == "lang"
        }
        for name in ("minilm · ridge", "e5-small-q4 · ridge")
    }
    english, many = errors["minilm · ridge"], errors["e5-small-q4 · ridge"]
    assert set(english) == {"en", "fr", "es", "pt"}
    others = [english[name] / many[name] for name in ("fr", "es", "pt")]
    assert english["en"] < min(english[name] for name in ("fr", "es", "pt"))
    assert min(others) > 1.2
    assert max(many.values()) < min(english.values())
    assert any(
        "minilm reads English only; on the 31 held-out rows" in line
        for line in json.loads(compared.out)["headline"]
    )


def test_what_was_planted_is_found_and_nothing_nags(compared):
    notes = {note["title"]: note for note in json.loads(compared.out)["notes"]}
    titles = " | ".join(notes)
    for planted in (*PLANTED, "1 row cut by minilm", "1 row cut by e5-small-q4"):
        assert planted in titles
    assert notes["minilm reads English only"]["level"] == "info"
    assert "WARNING" not in compared.err.replace("WARNING: A column of the file predicts a target", "")
    assert "LOAD REPORT" not in compared.err
    assert "pip install" not in compared.err


def test_the_terminal_has_a_line_for_each_language(compared, place):
    again = place.demo("two", "--repeats", "3")  # every cell is there
    assert "7 cells (7 done before), no text to encode" in again.err
    lines = again.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip() == "by lang")
    assert {line.split()[0] for line in lines[start + 1 : start + 5]} == {"en", "fr", "es", "pt"}
    assert max(map(len, lines)) <= 100
    assert lines[-3].startswith("report   ")
    of_readme = readme_maker().shown(again.err, again.out, json.loads(compared.out)["headline"])
    assert of_readme[0].startswith("messages.jsonl: 408 rows")
    assert of_readme[2].startswith("Use e5-small-q4")
    assert of_readme[-3:] == lines[-3:]
    for kept in ("*  e5-small-q4", "by lang", "  pt  "):
        assert any(line.startswith(kept) for line in of_readme)
    assert not any("by category" in line for line in of_readme)


def test_the_winner_scores_new_texts_and_ranks_them(compared, place):
    lines = [
        "Where is the ferry? It leaves in five minutes and the gate is shut!",
        "Gracias, fue un día precioso.",
        "Thank you, it was a lovely day last year.",
    ]
    (place.folder / "new.csv").write_text(
        "text\n" + "".join(f'"{line}"\n' for line in lines), encoding="utf8"
    )
    said = call(
        "rank", place.folder / "two" / "winner", place.folder / "new.csv", "--text", "text", "--target", "urgency",
        "--store", place.store,
    )  # fmt: skip
    assert said.code == 0
    assert next(csv.DictReader(io.StringIO(said.out)))["text"] == lines[0]


def test_without_the_extra_heads_are_compared_on_english(alone):
    said = alone.demo("one", "--repeats", "1", "--json")
    assert said.code == 0
    assert "WARNING: minilm reads English only" in said.err
    assert (
        "pip install 'semascope[multilingual]' adds one that reads many languages"
        in said.err.splitlines()[-1]
    )
    result, cells = json.loads(said.out), cells_of(said)
    assert set(cells) == {"mean", "median", "tfidf", "ridge", "mlp", "boosting"}
    assert (result["settings"]["precision"], result["settings"]["headline"]) == ("float32", "lang=en")
    assert result["notes"][0]["level"] == "warning"
    titles = " | ".join(note["title"] for note in result["notes"])
    assert all(planted in titles for planted in (*PLANTED, "1 row cut by minilm"))
    best = min(cells["ridge"]["estimate"]["value"], cells["mlp"]["estimate"]["value"])
    assert best < 0.8 * cells["median"]["estimate"]["value"]  # there is something to learn in English
    errors = {
        part["value"]: part["estimate"]["value"]
        for part in cells["ridge"]["slices"]
        if part["column"] == "lang"
    }
    assert errors["en"] < min(errors[other] for other in ("fr", "es", "pt"))


def test_where_there_is_no_wheel_no_install_line_is_given(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert "pip" not in demo.how_to_compare()
    assert "Linux on x86-64 alone" in demo.how_to_compare()
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    assert "pip install 'semascope[multilingual]'" in demo.how_to_compare()


def test_an_encoder_of_the_environment_is_asked_alone(monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:16")
    asked = demo.demo_study({"repeats": 1})
    assert (asked.encoder, asked.head, asked.headline) == (["hash:16"], [], "lang=en")
