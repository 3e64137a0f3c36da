"""A finished tuning in every form that ``semascope report`` writes."""

from __future__ import annotations

import json

import pytest

from semascope.cli.main import main
from semascope.errors import ConfigError, DataError
from semascope.reports.forms.record import write_record
from semascope.reports.reading import read_any
from semascope.reports.tuned.page import render_tuning
from semascope.reports.tuned.reopening import RECORD, read_tuning
from semascope.reports.writing import write_pictures, write_report


@pytest.fixture
def folder(tunings, tmp_path):
    """Of a finished tuning, without its encoder: a report needs none."""
    v = tunings.verdict("better", 0.05)
    found = tunings.made(of=tunings.searched(tunings.part("unseen", 90, v), tunings.part("all", 90, v)))
    place = tmp_path / "run"
    place.mkdir()
    (place / RECORD).write_text(write_record(found), encoding="utf8")
    return place


@pytest.mark.parametrize("form", ["html", "md", "docx"])
def test_each_form_is_written_from_the_folder(folder, capsys, form):
    pytest.importorskip("docx")
    assert main(["report", str(folder), "--format", form]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Tuning paid: ") and said[1] == str(folder / f"report.{form}")
    assert (folder / f"report.{form}").stat().st_size > 2_000


def test_the_record_is_printed(folder, capsys):
    assert main(["report", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((folder / RECORD).read_text())


def test_what_cannot_be_asked_of_a_tuning_is_refused(folder):
    with pytest.raises(ConfigError, match="2 folders are given"):
        read_any([folder, folder])
    with pytest.raises(ConfigError, match="price is 2"):
        read_any([folder], price=2.0)


@pytest.mark.parametrize("held", ["[1]", "{}", "{", '{"name": "a"}'])
def test_a_record_that_is_none_is_one_line(tmp_path, held):
    (tmp_path / RECORD).write_text(held)
    with pytest.raises(DataError, match="is no record of a tuning that this version wrote"):
        read_tuning(tmp_path)


def test_a_folder_without_a_record_is_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_tuning(tmp_path)


def test_a_text_that_utf8_cannot_hold_is_written_all_the_same(tunings, tmp_path):
    v = tunings.verdict("better", 0.05)
    changed = tunings.changed(text="half \ud83d a pair")
    found = tunings.made(of=tunings.searched(tunings.part("all", 90, v), better=[changed]))
    (tmp_path / RECORD).write_text(write_record(found), encoding="utf8")
    assert read_tuning(tmp_path).searched.better[0].text == "half \ud83d a pair"
    render_tuning(found).encode()


def test_pictures_for_paper(tunings, tmp_path):
    pytest.importorskip("matplotlib")
    parts = tunings.separated(tunings.of_labels("all", tunings.verdict("better", 0.05)))
    found = tunings.made(plan=tunings.labels_plan(), of=parts, pictured=tunings.pictured())
    assert {path.stem for path in write_pictures(found, tmp_path / "figures")} == {"before-and-after"}
    assert (
        write_report(found, tmp_path / "a.md")[0].read_text(encoding="utf8").count("before-and-after.png")
        == 1
    )
