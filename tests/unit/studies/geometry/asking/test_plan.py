"""What a geometry may be asked: a YAML file with paths, flags, and what excludes each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from semascope.errors import ConfigError
from semascope.studies.geometry.asking.plan import GeometryPlan

BARE = {"data": "posts.jsonl", "text": "body"}


def test_paths_name_the_data_and_the_results_beside_the_file(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "paths: {data_dir: chunks, results_dir: out}\nencoder: [a=hash:8, b=hash:16]\ncompare: true\n"
    )
    plan = GeometryPlan.from_yaml(file)
    assert (plan.data, plan.results) == (tmp_path / "chunks", tmp_path / "out")
    assert plan.encoder == ["a=hash:8", "b=hash:16"] and plan.compare and plan.text == []


def test_an_absolute_path_stays(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(f"paths: {{data_dir: {tmp_path / 'elsewhere'}}}\n")
    assert GeometryPlan.from_yaml(file).data == tmp_path / "elsewhere"


def test_folders_that_begin_with_a_dot_lie_beside_the_file_and_other_names_stay(tmp_path, monkeypatch):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.yaml").write_text(
        "data: posts.jsonl\nencoder: [minilm, ./made/one, two=../made/a=b, BGE=BAAI/bge-m3, made/three]\nvectors: old = ./old.npy\n"
    )
    monkeypatch.chdir(folder)
    plan = GeometryPlan.from_yaml(Path("study.yaml"))
    one, two = folder / "made" / "one", folder / ".." / "made" / "a=b"
    assert plan.encoder == ["minilm", str(one), f"two={two}", "BGE=BAAI/bge-m3", "made/three"]
    assert plan.vectors == [f"old ={folder / 'old.npy'}"]
    flagged = GeometryPlan.from_flags(Path("study.yaml"), {"encoder": ["./made/one"]})
    assert flagged.encoder == ["./made/one"]  # typed where the command runs
    (folder / "odd.yaml").write_text("data: posts.jsonl\nencoder: [{a: b}]\n")
    with pytest.raises(ConfigError, match="encoder"):
        GeometryPlan.from_yaml(folder / "odd.yaml")


def test_a_flag_wins_over_the_file(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("data: posts.jsonl\ntext: body\nk: 5\n")
    assert GeometryPlan.from_flags(file, {"k": 7}).k == 7


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"paths": {"data_dir": "a"}, "data": "b"}, "data_dir and data both say where it lies"),
        ({"paths": {"folder": "a"}}, "paths is {'folder': 'a'}; it is a mapping of data_dir and results_dir"),
        ({"paths": "a"}, "paths is 'a'; it is a mapping"),
        ({"paths": {"data_dir": 5}}, "data_dir is 5; it is the path of a file or folder"),
        ({**BARE, "pair": "body"}, "text and pair are both 'body'"),
        ({**BARE, "remedy": ["none", "centre"]}, "remedy is 'none' beside 'centre'; none stands alone"),
        ({**BARE, "remedy": "none", "keep": "whiten"}, "remedy is 'none' beside 'whiten'; none stands alone"),
        ({**BARE, "contrast": "a=b", "label": "x"}, "contrast is given 1 times; it takes two families"),
        ({**BARE, "contrast": ["a=b", "c=d"]}, "contrast is given 2 times without a label"),
        ({**BARE, "k": 0}, "k"),
        ({**BARE, "lable": "x"}, "setting 'lable' is unknown.*did you mean 'label'"),
        ({"text": "body"}, "setting 'data' is missing; a geometry needs data and text"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(values, message):
    with pytest.raises(ConfigError, match=message):
        GeometryPlan.from_mapping(values)


def test_a_single_value_is_a_list():
    plan = GeometryPlan.from_mapping({**BARE, "encoder": "hash:8", "slice": "lang"})
    assert (plan.text, plan.encoder, plan.slice, plan.data) == (
        ["body"],
        ["hash:8"],
        ["lang"],
        Path("posts.jsonl"),
    )
