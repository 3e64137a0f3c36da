"""The notebook runs as it stands, cell after cell, offline, and what it prints is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

NOTEBOOK = Path(__file__).parents[2] / "examples" / "newsgroups_map.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[dict]:
    return json.loads(NOTEBOOK.read_text(encoding="utf8"))["cells"]


def test_it_is_a_notebook_without_outputs(cells):
    whole = json.loads(NOTEBOOK.read_text(encoding="utf8"))
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert "".join(cell["source"]).strip()
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
        else:
            assert cell["cell_type"] == "markdown" and "outputs" not in cell


@pytest.fixture(scope="module")
def ran(cells, tmp_path_factory) -> tuple[dict, str, Path]:
    """The names that the cells leave, what they print, and their folder."""
    folder = tmp_path_factory.mktemp("notebook")
    names: dict = {}
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("SEMASCOPE_ENCODER", raising=False)
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        names["print"] = lambda *words, end="\n", sep=" ": lines.append(sep.join(map(str, words)) + end)
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                names |= {"LAYOUT": "pca", "LIMIT": 90}
    return names, "".join(lines), folder


def test_its_words_and_its_map_say_the_same(ran):
    names, printed, _ = ran
    contents = names["shown"].contents
    assert len(contents.texts) == 90
    assert [panel.name for panel in contents.panels] == ["default", "sentiment", "topic", "toxicity"]
    assert contents.sentence in printed
    assert "minilm was not trained to follow instructions" in printed
    accuracies = [float(found) for found in re.findall(r"kNN accuracy (\d\.\d\d)", printed)]
    assert len(accuracies) == 4
    assert accuracies[0] > 0.35  # of six categories; a vector that says nothing is right 1 time in 5


def test_the_table_of_overlaps_is_one(ran):
    _, printed, _ = ran
    rows = re.findall(
        r"^(default|sentiment|topic|toxicity) +((?:[01]\.\d\d *){4})$", printed, flags=re.MULTILINE
    )
    shares = [[float(share) for share in row.split()] for _, row in rows]
    assert len(shares) == 4
    for at, row in enumerate(shares):
        assert row[at] == 1.0
        assert row == [each[at] for each in shares]
    assert 0.2 < shares[0][1] < 1.0


def test_its_files_are_written(ran):
    names, _, folder = ran
    figures = folder / "figures"
    begins = {"instructions.png": b"\x89PNG", "instructions.svg": b"<?xml", "instructions.pdf": b"%PDF", "change.png": b"\x89PNG"}  # fmt: skip
    for name, first in begins.items():
        assert (figures / name).read_bytes().startswith(first)
    pages = {path.name for path in (figures / "map" / "visualizations").iterdir()}
    assert {
        "multitask_comparison.html",
        "map.json",
        "default_embeddings.html",
        "toxicity_embeddings.html",
    } <= pages
    assert len(names["plotly_figure"].layout.annotations) == 2
