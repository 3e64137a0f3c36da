"""The notebooks run as they stand, cell after cell, offline, and what they print is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
HYBRID = "hybrid:minilm+bm25,way=sum"


def read(notebook: Path) -> dict[str, Any]:
    return json.loads(notebook.read_text(encoding="utf8"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_notebook_without_outputs(notebook):
    whole = read(notebook)
    cells = whole["cells"]
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert "".join(cell["source"]).strip()
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
        else:
            assert cell["cell_type"] == "markdown" and "outputs" not in cell


@pytest.fixture(scope="module")
def ran(run_notebook, tmp_path_factory) -> tuple[dict[str, Any], str, Path]:
    return run_notebook("newsgroups_map", tmp_path_factory.mktemp("map"), {"LAYOUT": "pca", "LIMIT": 90})


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


@pytest.fixture(scope="module")
def searched(run_notebook, tmp_path_factory) -> tuple[dict[str, Any], str, Path]:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    folder = tmp_path_factory.mktemp("search")
    yield run_notebook("help_search", folder, {"HELP": EXAMPLES / "data" / "ferry_help"})
    plt.close("all")


def test_the_three_pages_that_are_shown_are_judged(searched):
    names, printed, _ = searched
    result = names["result"]
    assert result.measure == "nDCG@3"
    assert result.choosing + result.estimating == 85
    values = {cell.id: cell.estimate.value for cell in result.cells}
    assert values[HYBRID] > max(values.values()) - 0.02
    assert result.headline[0] in printed
    assert f"* {HYBRID}  {values[HYBRID]:.3f}" in printed


def test_more_pages_find_more(searched):
    names, _, folder = searched
    curves = {curve.family: curve for curve in names["result"].details.curves}
    values = {cell.id: cell.estimate.value for cell in names["result"].cells}
    for cell, recalls in curves["R"].values.items():
        assert list(recalls) == sorted(recalls)
        of_three = dict(zip(curves["nDCG"].cutoffs, curves["nDCG"].values[cell], strict=True))[3]
        assert of_three == pytest.approx(values[cell], abs=1e-9)
    drawn = {line.get_label(): line.get_ydata() for line in names["axes"].lines}
    assert drawn.keys() == values.keys()
    for cell, heights in drawn.items():
        np.testing.assert_allclose(heights, curves["nDCG"].values[cell])
    assert (folder / "help_search" / "cutoffs.png").read_bytes().startswith(b"\x89PNG")


def test_failing_questions_are_those_that_score_less(searched):
    names, printed, _ = searched
    failures, per_query = names["failures"], names["result"].details.per_query
    own, best = per_query.scores[HYBRID], np.max(list(per_query.scores.values()), axis=0)
    assert failures.missed == (own == 0).sum()  # nDCG@3 is 0 where no right page is among the three
    assert failures.behind == ((own > 0) & (own < best - 1e-9)).sum()
    reasons = sum(counted.missed + counted.behind for counted in failures.counts)
    assert failures.missed + failures.behind == reasons + failures.order_only
    assert f"{failures.missed} questions missed, {failures.behind} behind another way" in printed
    for example in failures.examples:
        assert example.ranks[HYBRID] != 1
        assert f"\n{example.text}  ({example.reason})\n" in printed or example in failures.examples[4:]


def test_capitals_change_nothing_and_typing_errors_do(searched):
    names, printed, _ = searched
    falls = {(one.perturbation, one.cell): one for one in names["result"].robustness}
    assert len(falls) == 3 * 5
    for (way, _), one in falls.items():
        assert one.difference == pytest.approx(one.disturbed - one.value, abs=1e-9)
        if way == "case":
            assert one.difference == 0
    assert all(falls["typos", cell].difference < 0 for cell in ("bm25", "minilm"))
    assert falls["column:rewritten", "minilm"].difference > falls["column:rewritten", "bm25"].difference
    assert printed.count("column:rewritten") == 5


def test_the_winner_is_searched_and_grown(searched):
    _, printed, _ = searched
    for question, title in (
        ("Do I need form HL-27 for a dent?", "A scratch or a dent on board"),
        ("Is there somewhere to breastfeed?", "Babies, prams and milk"),
        ("May I fly a drone from the deck?", "Rules of carriage, in plain words"),
    ):
        assert f"{question}\n1  {title}\n" in printed
    assert "**Drones** must not **fly** " in printed
    assert re.search(
        r"^Can I warm up in a steam bath\? sauna; without the new page (?!sauna)\S+; 70 pages$",
        printed,
        flags=re.MULTILINE,
    )
