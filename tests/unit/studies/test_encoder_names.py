"""One encoder has one name in a study's folder, however the catalogue lets it be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from semascope.errors import ConfigError
from semascope.studies.encoder_names import StudyEncoders, name_for_folder, with_source

RECORDS = {"minilm · ridge": {"cell": {"encoder": "minilm"}, "source": "minilm"}}


@pytest.mark.parametrize("written", ["minilm", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_an_encoder_keeps_the_name_that_its_cells_have(written):
    named = name_for_folder([written, "hash:8"], pinned="", records=RECORDS, folder=Path("run"))
    assert named.grid == {"minilm": written, "hash:8": "hash:8"}
    assert named.others == {}


def test_a_baseline_may_name_it_in_another_way():
    named = name_for_folder(["minilm", "hash:8"], pinned="all-MiniLM-L6-v2", records={}, folder=Path("run"))
    assert named.grid == {"minilm": "minilm", "hash:8": "hash:8"}
    assert (named.pinned, named.others) == ("minilm", {})


def test_written_twice_it_is_refused():
    with pytest.raises(ConfigError, match=r"'minilm' and 'all-MiniLM-L6-v2' are the same encoder"):
        name_for_folder(["minilm", "all-MiniLM-L6-v2"], pinned="", records={}, folder=Path("run"))


def recorded(name: str, source: str) -> dict:
    return {
        f"{name} · ridge": {"cell": {"encoder": name}, "source": source},
        "mean": {"cell": {"encoder": ""}, "source": ""},
    }


def test_a_folder_keeps_the_name_of_an_encoder_of_a_path():
    records = recorded("tide", "/models/tide")
    named = name_for_folder(["/models/../models/tide"], pinned="", records=records, folder=Path("run"))
    assert named.grid == {"tide": "/models/../models/tide"}
    named = name_for_folder(["hash:8"], pinned="", records=records, folder=Path("run"))
    assert (named.grid, named.others) == ({"hash:8": "hash:8"}, {"tide": "/models/tide"})
    with pytest.raises(ConfigError, match=r"'/models/tide' is named 'ours', and folder run calls it 'tide'"):
        name_for_folder(["ours=/models/tide"], pinned="", records=records, folder=Path("run"))


@pytest.mark.parametrize("order", [1, -1])
def test_a_name_that_the_folder_has_for_another_encoder_is_refused(order):
    asked = ["tide=/models/a", "/models/b"][::order]
    with pytest.raises(ConfigError, match=r"would be called 'tide', and folder run calls another encoder so"):
        name_for_folder(asked, pinned="", records=recorded("tide", "/models/b"), folder=Path("run"))


def test_a_pinned_encoder_is_another_one_of_the_study():
    named = name_for_folder(["hash:8"], pinned="tide=/models/tide", records={}, folder=Path("run"))
    assert (named.grid, named.pinned, named.others) == (
        {"hash:8": "hash:8"},
        "tide",
        {"tide": "/models/tide"},
    )
    again = name_for_folder(["tide=/models/tide"], pinned="/models/tide", records={}, folder=Path("run"))
    assert (again.grid, again.pinned, again.others) == ({"tide": "/models/tide"}, "tide", {})


@pytest.mark.parametrize(
    ("baseline", "written"),
    [
        ("tide · default · 8 · ridge", "tide=/models/tide · default · 8 · ridge"),
        (
            "tide · small · default · 8 · ridge",
            "/models/tide · small · default · 8 · ridge",
        ),  # the longer name
        ("tides · default · 8 · ridge", "tides · default · 8 · ridge"),
        ("minilm · default · 384 · ridge", "minilm · default · 384 · ridge"),
        ("median", "median"),
    ],
)
def test_a_baseline_is_written_with_what_its_encoder_is_read_from(baseline, written):
    others = {"tide": "/models/tide", "tide · small": "/models/tide · small", "minilm": "minilm"}
    assert StudyEncoders(grid={}, pinned="", others=others).written_baseline(baseline) == written


@pytest.mark.parametrize(
    ("baseline", "encoders", "written"),
    [
        (
            "tide · default · 8 · ridge",
            ["hash:8", "tide=/models/tide"],
            "tide=/models/tide · default · 8 · ridge",
        ),
        ("tide · default · 8 · ridge", "tide=/models/tide", "tide=/models/tide · default · 8 · ridge"),
        ("tide · default · 8 · ridge", ["hash:8"], "tide · default · 8 · ridge"),
        ("ridge", ["tide=/models/tide"], "ridge"),
        ("ridge", [], "ridge"),
        ("ridge", [8], "ridge"),
        (8, ["hash:8"], 8),
        ("ridge", None, "ridge"),
    ],
)
def test_a_baseline_of_a_file_takes_its_source_from_the_list_of_the_file(baseline, encoders, written):
    assert with_source(baseline, encoders) == written
