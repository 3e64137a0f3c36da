"""The run folder: durable records, and which of them count."""

from __future__ import annotations

import json
import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.settings import Study

STUDY = Study.from_mapping({"data": "letters.csv", "text": "body", "target": "score"})


def lines_of(cell: str, values: list[float]) -> pa.Table:
    return pa.table(
        {
            "row": pa.array(range(len(values)), pa.int64()),
            "cell": pa.array([cell] * len(values), pa.string()),
            "prediction": pa.array(values, pa.float64()),
        }
    )


def finish(folder: RunFolder, *cells: str) -> None:
    """Predictions and records of these cells, in the order in which a study writes them."""
    for cell in cells:
        folder.add_predictions(lines_of(cell, [1.0, 2.0]), cell=cell, earlier=folder.read_predictions())
        folder.append_record({"id": cell, "note": "é"})


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.open(STUDY, data_digest="d1")
    return folder


def test_an_empty_folder_has_nothing(folder):
    assert folder.read_records() == {}
    assert folder.read_predictions() is None


def test_records_are_read_as_they_were_appended(folder):
    finish(folder, "b", "a · 16 · ridge")
    assert list(folder.read_records()) == ["b", "a · 16 · ridge"]
    assert folder.records.read_bytes().count(b"\n") == 2


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_the_whole_lines_and_can_be_appended_to(tmp_path_factory, data):
    folder = RunFolder(tmp_path_factory.mktemp("cut"))
    finish(folder, "mean", "é · 16 · ridge", "mlp")
    written = folder.records.read_bytes()
    cut = data.draw(st.integers(0, len(written)))
    folder.records.write_bytes(written[:cut])
    whole = written[:cut].count(b"\n")
    assert list(folder.read_records()) == ["mean", "é · 16 · ridge", "mlp"][:whole]
    folder.append_record({"id": "mlp", "again": True})
    kept = dict.fromkeys([*["mean", "é · 16 · ridge", "mlp"][:whole], "mlp"])
    assert list(folder.read_records()) == list(kept)
    assert folder.records.read_bytes().startswith(b"\n".join(written.split(b"\n")[:whole]))
    assert all(json.loads(line) for line in folder.records.read_bytes().splitlines())


def test_an_undefined_number_is_null_in_the_file_and_nan_to_us(folder):
    folder.add_predictions(lines_of("mean", [1.0]), cell="mean", earlier=None)
    record = {
        "id": "mean",
        "selection": {"a": math.nan, "b": 1.5},
        "measures": {"r2": {"a": math.nan}},
        "repeats": [{"repeat": 0, "values": {"a": math.nan}}],
        "costs": {"encode_seconds_per_1000": math.nan, "tokens": 3},
        "choices": {"alpha": {"a": None}},
    }
    folder.append_record(record)
    json.loads(folder.records.read_text(), parse_constant=pytest.fail)  # NaN is no JSON
    assert repr(folder.read_records()["mean"]) == repr(record)


def test_a_damaged_line_inside_is_named(folder):
    finish(folder, "mean", "ridge")
    folder.records.write_bytes(b'{"id": "me\n' + folder.records.read_bytes())
    with pytest.raises(DataError, match=r"records\.jsonl, line 1 is not JSON; delete that line"):
        folder.read_records()


def test_a_record_without_predictions_does_not_count(folder):
    finish(folder, "mean", "ridge")
    folder.append_record({"id": "mlp"})
    assert list(folder.read_records()) == ["mean", "ridge"]
    folder.predictions.unlink()
    assert folder.read_records() == {}


def test_the_later_record_of_a_cell_counts(folder):
    finish(folder, "mean")
    folder.append_record({"id": "mean", "note": "later"})
    assert folder.read_records()["mean"]["note"] == "later"


def test_predictions_of_a_cell_are_replaced_not_doubled(folder):
    finish(folder, "mean", "ridge")
    after = folder.add_predictions(lines_of("mean", [5.0]), cell="mean", earlier=folder.read_predictions())
    assert after["cell"].to_pylist() == ["ridge", "ridge", "mean"]
    assert folder.read_predictions().equals(after)
    assert not list(folder.path.glob("*.tmp"))


def test_damaged_predictions_are_one_line(folder):
    folder.predictions.write_bytes(b"PAR1 no parquet")
    with pytest.raises(DataError, match=r"predictions\.parquet is damaged .*delete the folder") as caught:
        folder.read_predictions()
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
        folder.open(other, data_digest="d1")
    assert (folder.path / "study.yaml").read_bytes() == before


def test_other_data_is_refused(folder):
    finish(folder, "mean")
    with pytest.raises(
        ConfigError, match="holds another study: the data file or its columns are others; cells"
    ):
        folder.open(STUDY, data_digest="d2")


def test_a_folder_without_a_finished_cell_takes_another_study(folder):
    folder.add_predictions(lines_of("mean", [1.0]), cell="mean", earlier=None)  # killed before its record
    other = Study.from_mapping({"data": "letters.csv", "text": "body", "target": "mood", "seed": 7})
    folder.open(other, data_digest="d2")
    assert Study.from_yaml(folder.path / "study.yaml").seed == 7
    assert folder.read_predictions() is None  # of the first study: they must not meet those of the second
    finish(folder, "mean")
    with pytest.raises(ConfigError, match=r"holds another study: target was .*'mood'.* and is now .*'score'"):
        folder.open(STUDY, data_digest="d1")


def test_predictions_before_the_first_record_stay_with_their_study(folder):
    written = folder.add_predictions(lines_of("mean", [1.0]), cell="mean", earlier=None)
    folder.open(STUDY, data_digest="d1")
    assert folder.read_predictions().equals(written)


def test_the_grid_may_grow(folder):
    grown = STUDY.model_copy(update={"head": ["ridge", "mlp"], "dim": [8], "encoder": ["hash:16"]})
    folder.open(grown, data_digest="d1")
    assert Study.from_yaml(folder.path / "study.yaml").head == ["ridge", "mlp"]


def test_damaged_settings_are_one_line(folder):
    (folder.path / "frozen.json").write_text('{"seed": 4')
    with pytest.raises(DataError, match=r"frozen\.json is damaged .*delete the folder"):
        folder.open(STUDY, data_digest="d1")


def test_a_place_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be made \(Not a directory\); choose another --output"):
        RunFolder(tmp_path / "file" / "run").open(STUDY, data_digest="d1")
