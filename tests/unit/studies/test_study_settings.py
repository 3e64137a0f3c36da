"""What a study file and its flags may say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from semascope.errors import ConfigError
from semascope.studies.heads.asking.settings import Study

LEAST = {"data": "letters.csv", "text": "body", "target": "score"}


def study_file(tmp_path: Path, values: object) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values), encoding="utf8")
    return path


def test_a_single_value_is_a_list_of_one():
    study = Study.from_mapping({**LEAST, "encoder": "hash:16", "dim": 8})
    assert (study.text, study.target, study.encoder, study.dim) == (["body"], ["score"], ["hash:16"], [8])


def test_a_value_given_twice_counts_once():
    study = Study.from_mapping({**LEAST, "target": ["b", "a", "b"], "dim": [8, 4, 8]})
    assert (study.target, study.dim) == (["b", "a"], [8, 4])


@pytest.mark.parametrize("empty", [None, []])
@pytest.mark.parametrize(
    ("setting", "taken"),
    [("instruction", ["default"]), ("long", ["truncate"]), ("encoder", []), ("head", []), ("dim", [])],
)
def test_an_empty_list_takes_the_default(setting, taken, empty):
    assert getattr(Study.from_mapping({**LEAST, setting: empty}), setting) == taken


def test_auto_leaves_the_kind_open():
    assert Study.from_mapping({**LEAST, "kind": "auto"}).kind is None


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("encoders", "minilm", "setting 'encoders' is unknown; known are data, .*did you mean 'encoder'?"),
        ("zzz", 1, "setting 'zzz' is unknown; .*; remove it"),
        ("target", [], r"target is \[\]; .*at least 1"),
        ("dim", "wide", "dim is 'wide'; .*integer"),
        ("dim", 0, "dim is 0; .*greater than or equal to 1"),
        ("test_size", 1.0, "test-size is 1.0; .*less than 1"),
        ("repeats", 0, "repeats is 0; .*greater than or equal to 1"),
        ("margin", 0, "margin is 0; .*greater than 0"),
        ("kind", "ranking", "kind is 'ranking'; .*'regression' or 'classification'"),
        ("seed", -1, "seed is -1"),
        ("precision", "float16", "precision is 'float16'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting, value, message):
    with pytest.raises(ConfigError, match=message):
        Study.from_mapping({**LEAST, setting: value})


@pytest.mark.parametrize("setting", ["data", "text", "target"])
def test_a_missing_setting_is_named(setting):
    given = {name: value for name, value in LEAST.items() if name != setting}
    with pytest.raises(ConfigError, match=f"setting '{setting}' is missing"):
        Study.from_mapping(given)


def test_data_is_looked_up_beside_the_file(tmp_path):
    assert Study.from_yaml(study_file(tmp_path, LEAST)).data == tmp_path / "letters.csv"
    absolute = study_file(tmp_path, {**LEAST, "data": "/letters.csv"})
    assert Study.from_yaml(absolute).data == Path("/letters.csv")
    at_home = study_file(tmp_path, {**LEAST, "data": "~/letters.csv"})
    assert Study.from_yaml(at_home).data == Path.home() / "letters.csv"


def test_flags_win_over_the_file(tmp_path):
    file = study_file(tmp_path, {**LEAST, "seed": 7, "head": ["ridge", "mlp"]})
    study = Study.from_yaml(file, head=["mean"], seed=9)
    assert (study.seed, study.head, study.text) == (9, ["mean"], ["body"])


@pytest.mark.parametrize(
    ("measure", "margin"),
    [("mae", 0.05), ("rmse", 0.05), ("spearman", None), ("f1", None), ("no such", 0.05)],
)
def test_a_margin_goes_with_the_measure_that_it_is_in_the_unit_of(tmp_path, measure, margin):
    """A run's study file writes the default as 0.05 of the error, which is no 0.05 of a correlation."""
    file = study_file(tmp_path, LEAST | {"measure": "mae", "margin": 0.05})
    assert Study.from_yaml(file).margin == 0.05
    assert Study.from_yaml(file, measure=measure).margin == margin
    assert Study.from_yaml(file, measure=measure, margin=0.1).margin == 0.1
    correlation = study_file(tmp_path, LEAST | {"measure": "r2", "margin": 0.02})
    assert Study.from_yaml(correlation, measure="mae").margin is None
    open_ = study_file(tmp_path, LEAST | {"margin": 0.03})
    assert Study.from_yaml(open_, measure=measure).margin == 0.03


def test_the_written_file_gives_the_study_again(tmp_path):
    study = Study.from_mapping(
        {
            **LEAST,
            "data": tmp_path / "letters.csv",
            "instruction": ["default", "pace=Judge the pace · 'quickly'\nor not: #1"],
            "margin": 0.1,
            "headline": "lang=日本",
            "kind": "classification",
        }
    )
    assert Study.from_yaml(study_file(tmp_path, study.to_yaml())) == study


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("- a\n- b\n", "holds no settings"),
        ("", "holds no settings"),
        ("text: [a\n", "is not YAML"),
        ("!!python/object/apply:os.getcwd []", "is not YAML"),
    ],
)
def test_a_file_that_is_no_study_is_one_line(tmp_path, written, message):
    with pytest.raises(ConfigError, match=message) as caught:
        Study.from_yaml(study_file(tmp_path, written))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        Study.from_yaml(tmp_path / "none.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        Study.from_yaml(tmp_path / "folder.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"text: caf\xe9\n")
    with pytest.raises(ConfigError, match="is not YAML"):
        Study.from_yaml(tmp_path / "latin.yaml")


def test_every_setting_has_a_say_in_the_name_of_the_folder():
    base = Study.from_mapping(LEAST)
    others = {
        "target": "other",
        "seed": 1,
        "margin": 0.3,
        "encoder": "hash:8",
        "limit": 30,
        "data": "other/letters.csv",
    }
    digests = {
        base.digest(),
        *(Study.from_mapping({**LEAST, name: value}).digest() for name, value in others.items()),
    }
    assert len(digests) == 1 + len(others)
    assert Study.from_mapping(LEAST).digest() == base.digest()


def test_what_computes_nothing_has_no_say_in_it():
    base = Study.from_mapping(LEAST).digest()
    for said in ({"price": 0.4}, {"choose": "best"}, {"keep": "all"}, {"reference": 0.5}, {"bands": "1,2"}):
        assert Study.from_mapping({**LEAST, **said}).digest() == base


@pytest.mark.parametrize("price", [0, -1, float("inf"), float("nan"), "dear"])
def test_a_price_is_a_number_above_0(price):
    with pytest.raises(ConfigError, match="price"):
        Study.from_mapping({**LEAST, "price": price})


def test_an_encoder_has_one_say_in_the_name_of_the_folder_however_its_path_is_written(tmp_path, monkeypatch):
    def digest(**asked):
        return Study.from_mapping({**LEAST, "data": "/letters.csv", **asked}).digest()

    (tmp_path / "tide").mkdir()
    monkeypatch.chdir(tmp_path)
    whole = digest(encoder=str(tmp_path / "tide"))
    assert digest(encoder="./tide") == whole
    assert digest(encoder="mine=./tide") == digest(encoder=f"mine={tmp_path / 'tide'}") != whole
    assert digest(encoder="yours=./tide") not in (whole, digest(encoder="mine=./tide"))
    assert digest(encoder="hash:8", choose="best") == digest(encoder="hash:8")
    (tmp_path / "tide" / "tide").mkdir()
    monkeypatch.chdir(tmp_path / "tide")
    assert digest(encoder="./tide") != whole
