"""The run folder: durable records, and which of them count."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.task import FROZEN
from semascope.studies.task import CellValues

STUDY = Study.from_mapping({"data": "letters.csv", "text": "body", "target": "score"})


def lines_of(cell: str, values: list[float]) -> pa.Table:
    return pa.table(
        {
            "row": pa.array(range(len(values)), pa.int64()),
            "cell": pa.array([cell] * len(values), pa.string()),
            "prediction": pa.array(values, pa.float64()),
        }
    )


def frozen(study: Study = STUDY, digest: str = "d1") -> dict:
    values = study.model_dump(mode="json")
    return {name: values[name] for name in FROZEN} | {"data_digest": digest}


def opened(folder: RunFolder, study: Study = STUDY, digest: str = "d1") -> None:
    folder.open(frozen(study, digest), study.to_yaml())


def values_of(cell: str, values: list[float], **more: object) -> CellValues:
    return CellValues(record={"id": cell, **more}, tables={"held_out": lines_of(cell, values)})


def finish(folder: RunFolder, *cells: str) -> None:
    """These cells as a study keeps them, in this order."""
    for cell in cells:
        folder.keep(values_of(cell, [1.0, 2.0], note="é"))


def records_of(folder: RunFolder) -> dict:
    return folder.read_records(["held_out"])


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    opened(folder)
    return folder


def test_an_empty_folder_has_nothing(folder):
    assert records_of(folder) == {}


def test_the_folders_above_it_are_made_with_it(tmp_path):
    folder = RunFolder(tmp_path / "of this" / "year" / "run")
    opened(folder)
    opened(folder)
    assert sorted(file.name for file in folder.path.iterdir()) == ["frozen.json", "study.yaml"]


def test_records_are_read_as_they_were_appended(folder):
    finish(folder, "b", "a · 16 · ridge")
    assert list(records_of(folder)) == ["b", "a · 16 · ridge"]
    assert folder.records.read_bytes().count(b"\n") == 2
    assert folder.records.read_text(encoding="utf8").count("é") == 2  # for whoever reads it without us


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON; delete that line to run its cell again"),
        ("[1]", "is no record of a cell; delete that line"),
        ('["id"]', "is no record of a cell"),
        ('"id"', "is no record of a cell"),
        ("null", "is no record of a cell"),
        ('{"cell": "a"}', "is no record of a cell"),
    ],
)
def test_a_line_that_is_no_record_is_named(folder, line, message):
    finish(folder, "a", "b")
    lines = folder.records.read_text(encoding="utf8").splitlines()
    folder.records.write_text("\n".join([lines[0], "", line, lines[1], ""]), encoding="utf8")
    with pytest.raises(DataError, match=rf"records\.jsonl, line 3 {message}"):
        records_of(folder)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_the_whole_lines_and_can_be_appended_to(tmp_path_factory, data):
    folder = RunFolder(tmp_path_factory.mktemp("cut"))
    finish(folder, "mean", "é · 16 · ridge", "mlp")
    written = folder.records.read_bytes()
    cut = data.draw(st.integers(0, len(written)))
    folder.records.write_bytes(written[:cut])
    whole = written[:cut].count(b"\n")
    assert list(records_of(folder)) == ["mean", "é · 16 · ridge", "mlp"][:whole]
    folder.keep(CellValues(record={"id": "mlp", "again": True}))
    kept = dict.fromkeys([*["mean", "é · 16 · ridge", "mlp"][:whole], "mlp"])
    assert list(records_of(folder)) == list(kept)
    assert folder.records.read_bytes().startswith(b"\n".join(written.split(b"\n")[:whole]))
    assert all(json.loads(line) for line in folder.records.read_bytes().splitlines())


def test_an_undefined_number_is_null_in_the_file_and_nan_to_us(folder):
    record = {
        "id": "mean",
        "selection": {"a": math.nan, "b": 1.5},
        "measures": {"r2": {"a": math.nan}},
        "repeats": [{"repeat": 0, "values": {"a": math.nan}}],
        "costs": {"encode_seconds_per_1000": math.nan, "tokens": 3},
        "choices": {"alpha": {"a": None}},
    }
    folder.keep(CellValues(record=record, tables={"held_out": lines_of("mean", [1.0])}))
    json.loads(folder.records.read_text(), parse_constant=pytest.fail)  # NaN is no JSON
    assert repr(records_of(folder)["mean"]) == repr(record)


def test_a_damaged_line_inside_is_named(folder):
    finish(folder, "mean", "ridge")
    folder.records.write_bytes(b'{"id": "me\n' + folder.records.read_bytes())
    with pytest.raises(DataError, match=r"records\.jsonl, line 1 is not JSON; delete that line"):
        records_of(folder)


def test_a_record_without_its_tables_does_not_count(folder):
    finish(folder, "mean", "ridge")
    folder.keep(CellValues(record={"id": "mlp"}))
    assert list(records_of(folder)) == ["mean", "ridge"]
    assert folder.read_records(["held_out", "more"]) == {}
    shutil.rmtree(folder.of_cell("mean"))
    assert list(records_of(folder)) == ["ridge"]


def test_the_later_record_of_a_cell_counts_and_its_tables_stay(folder):
    finish(folder, "mean")
    folder.keep(CellValues(record={"id": "mean", "note": "later"}))
    assert records_of(folder)["mean"]["note"] == "later"
    assert folder.read_tables("held_out", ["mean"])["mean"].equals(lines_of("mean", [1.0, 2.0]))


def test_each_table_is_written_once_however_many_cells_there_are(folder, monkeypatch):
    written = []
    real = pq.write_table
    monkeypatch.setattr(
        pq, "write_table", lambda table, stream: written.append(table.num_rows) or real(table, stream)
    )
    finish(folder, *(f"cell {number}" for number in range(50)))
    assert written == [2] * 50


def test_all_cells_stand_together_in_one_file_for_others(folder):
    finish(folder, "mean", "ridge")
    folder.write_together(folder.read_tables("held_out", ["mean", "ridge"]))
    whole = pq.read_table(folder.predictions)
    assert whole["cell"].to_pylist() == ["mean", "mean", "ridge", "ridge"]
    assert not list(folder.path.rglob("*.tmp"))


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.text(), min_size=2, max_size=6, unique=True))
def test_every_cell_has_a_folder_of_its_own_inside(names):
    places = [RunFolder(Path("run")).of_cell(name) for name in names]
    assert len({place.name.lower() for place in places}) == len(names)
    assert all(place.parent == Path("run/cells") and len(place.name.encode()) < 255 for place in places)


def test_a_damaged_table_is_one_line(folder):
    finish(folder, "mean")
    (folder.of_cell("mean") / "held_out.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.raises(DataError, match=r"held_out\.parquet is damaged .*delete its folder") as caught:
        folder.read_tables("held_out", ["mean"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 7}, "seed was 42 and is now 7"),
        ({"limit": 30}, "limit was None and is now 30"),
        ({"target": "other"}, r"target was \['score'\] and is now \['other'\]"),
        ({"group": "who"}, "group was None and is now 'who'"),
        ({"repeats": 5}, "repeats was None and is now 5"),
    ],
)
def test_another_study_is_refused_and_nothing_is_written(folder, change, message):
    finish(folder, "mean")
    before = (folder.path / "study.yaml").read_bytes()
    other = Study.from_mapping({"data": "letters.csv", "text": "body", "target": "score", **change})
    with pytest.raises(ConfigError, match=f"holds another study: {message}"):
        opened(folder, other)
    assert (folder.path / "study.yaml").read_bytes() == before


def test_other_data_is_refused(folder):
    finish(folder, "mean")
    with pytest.raises(
        ConfigError, match="holds another study: the data file or its columns are others; cells"
    ):
        opened(folder, digest="d2")


def test_a_folder_without_a_finished_cell_takes_another_study(folder):
    folder.keep(values_of("mean", [1.0]))
    folder.records.unlink()  # killed before its record
    other = Study.from_mapping({"data": "letters.csv", "text": "body", "target": "mood", "seed": 7})
    opened(folder, other, "d2")
    assert Study.from_yaml(folder.path / "study.yaml").seed == 7
    assert not folder.cells.exists()  # of the first study: they must not meet those of the second
    finish(folder, "mean")
    with pytest.raises(ConfigError, match=r"holds another study: target was .*'mood'.* and is now .*'score'"):
        opened(folder)


def test_tables_before_the_first_record_stay_with_their_study(folder):
    folder.keep(values_of("mean", [1.0]))
    folder.records.unlink()
    opened(folder)
    assert folder.read_tables("held_out", ["mean"])["mean"].equals(lines_of("mean", [1.0]))


def test_the_grid_may_grow(folder):
    grown = STUDY.model_copy(update={"head": ["ridge", "mlp"], "dim": [8], "encoder": ["hash:16"]})
    opened(folder, grown)
    assert Study.from_yaml(folder.path / "study.yaml").head == ["ridge", "mlp"]


def test_damaged_settings_are_one_line(folder):
    (folder.path / "frozen.json").write_text('{"seed": 4')
    with pytest.raises(DataError, match=r"frozen\.json is damaged .*delete the folder"):
        opened(folder)


def test_a_place_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be made \(Not a directory\); choose another --output"):
        opened(RunFolder(tmp_path / "file" / "run"))
