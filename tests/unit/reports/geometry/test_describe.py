"""``describe_geometry``: what it takes, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.reports.geometry.run import describe_geometry

ROWS = np.random.default_rng(0).standard_normal((40, 6))


def test_one_array_is_a_space_called_vectors():
    found = describe_geometry(ROWS.astype(np.float16))
    assert list(found.spaces) == ["vectors"] and found.texts == 40 and found.folder == ""


def test_labels_and_groups_may_be_arrays():
    codes = np.arange(40) % 2
    found = describe_geometry(ROWS, labels=codes, groups=np.arange(40) // 4, remedy="none")
    assert found.asked.labels.names == ("0", "1") and found.asked.labels.codes.tolist() == codes.tolist()
    assert len(set(found.asked.groups)) == 10


def test_rows_of_any_length_are_taken_by_their_direction():
    long = describe_geometry(ROWS * np.arange(1, 41)[:, None]).first.shape.measured
    unit = describe_geometry(ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)).first.shape.measured
    for key in ("mean_cosine", "effective_rank", "hubness"):
        assert long[key].value == pytest.approx(unit[key].value, abs=1e-5)


def test_a_table_names_its_columns(tmp_path):
    table = Table.from_columns({"body": [f"text {row}" for row in range(30)], "kind": ["a", "b"] * 15})
    found = describe_geometry(
        table, text="body", label="kind", encoder="hash:8", output=tmp_path / "out", store=tmp_path / "store"
    )
    assert list(found.spaces) == ["hash:8"] and found.labelled.label == "kind"
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "out" / "geometry.json").is_file()


@pytest.mark.parametrize(
    ("data", "given", "error", "message"),
    [
        (ROWS, {"labels": [1, 2]}, DataError, "label has 2 entries for 40 rows of vectors"),
        ({}, {}, DataError, "data holds no space"),
        (ROWS[:, 0], {}, DataError, "it must be numbers of shape"),
        ({"a": ROWS, "b": ROWS[:9]}, {}, DataError, "space 'b' has 9 rows for 40 texts"),
        (ROWS * np.nan, {}, DataError, "no text has a usable vector"),
        (ROWS, {"lable": "x"}, ConfigError, "setting 'lable' is unknown"),
        (ROWS, {"remedy": "whitten"}, ConfigError, "whitten"),
        (ROWS, {"keep": "whiten"}, ConfigError, "there is no output"),
        ("posts.jsonl", {"labels": [1]}, ConfigError, "labels was given beside a table"),
        (ROWS, {"target": "score"}, ConfigError, "target is 'score' alone"),
    ],
)
def test_what_cannot_be_described_is_refused_in_one_sentence(data, given, error, message):
    with pytest.raises(error, match=message):
        describe_geometry(data, **given)


def test_a_remedy_of_vectors_alone_cannot_be_kept(tmp_path):
    with pytest.raises(ConfigError, match="only vectors were given"):
        describe_geometry(ROWS, keep="whiten", output=tmp_path / "out")
