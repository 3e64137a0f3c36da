"""What a path or a name on the command line stands for, what it is called, and what is refused before anything is looked up."""

import json

import numpy as np
import pytest
from tests.running_service import make_constant, make_index, make_learner, service_of

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.remedied.folder import write_remedied
from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import ArtifactError, ConfigError, EncoderError
from semascope.serve.served import wanted as asked_for
from semascope.serve.served.encoders import SharedEncoders
from semascope.serve.served.opening import open_served
from semascope.serve.served.wanted import Computed, Wanted, read_wanted, with_encoders
from semascope.serve.settings import ServeSettings


def opened(source, **computed):
    return open_served(
        read_wanted(str(source)),
        SharedEncoders(store=None, most_waiting=9),
        Computed(**computed),
        ServeSettings(),
    )


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def no_encoder(monkeypatch):
    monkeypatch.setattr(
        asked_for, "load_encoder", lambda *given, **named: pytest.fail("it was looked up as an encoder")
    )


def test_a_scorer_in_a_folder_zipped_or_in_the_folder_of_its_run(tmp_path):
    for path in ("taste", "taste.zip", "run/winner"):
        make_constant(tmp_path / path)
    assert [(each.name, each.kind) for each in map(opened, ("taste", "taste.zip", "run", "run/winner"))] == [
        ("taste", "scorer"),
        ("taste", "scorer"),
        ("run", "scorer"),
        ("run", "scorer"),
    ]


def test_an_index_and_one_that_won(tmp_path):
    make_index(tmp_path / "tides")
    make_index(tmp_path / "run" / "winner")
    assert [
        (each.name, each.kind, len(each)) for each in map(opened, ("tides", "run/", tmp_path / "run"))
    ] == [
        ("tides", "index", 6),
        ("run", "index", 6),
        ("run", "index", 6),
    ]


def test_a_learner_is_a_file(tmp_path):
    make_learner(tmp_path / "model")
    assert opened("model").name == "model"
    assert opened("model").shared.encoder.dim == 16


def test_encoders_by_name_by_folder_by_the_folder_of_a_tuning_and_with_a_remedy(tmp_path, make_tiny):
    make_tiny(tmp_path / "plain", "bert")
    make_tiny(tmp_path / "tuned" / "encoder", "bert")
    (tmp_path / "tuned" / "training.json").write_text("{}")
    remedy = Remedy(name="centre", mean=np.full(16, 0.1, np.float32), matrix=None, fitted_on=9)
    write_remedied(tmp_path / "centred", HashEncoder(16), remedy)
    found = [opened(each) for each in ("hash:16", "plain", "tuned", "tuned/encoder", "centred")]
    assert [(each.name, each.kind, each.shared.encoder.dim) for each in found] == [
        ("hash:16", "encoder", 16),
        ("plain", "encoder", 16),
        ("tuned", "encoder", 16),
        ("tuned", "encoder", 16),
        ("centred", "encoder", 16),
    ]
    assert found[-1].shared.encoder.space.remedy.startswith("centre")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("minilm", "minilm"),
        ("BAAI/bge-m3", "bge-m3"),
        ("api:openai/text-embedding-3-small", "text-embedding-3-small"),
        ("ours=BAAI/bge-m3", "ours"),
        (" ours = runs/x ", "ours"),
        ("a=b=c", "a"),
        ("runs/taste.zip", "taste"),
        ("../elsewhere/taste", "taste"),
    ],
)
def test_what_an_artifact_is_called(asked, name):
    assert read_wanted(asked).name == name


def test_here_is_called_as_its_folder_and_a_sign_in_a_path_that_is_there_is_no_name(tmp_path):
    (tmp_path / "k=v").mkdir()
    assert read_wanted(".").name == tmp_path.name
    assert Wanted(name="kv", source="k=v").path.name == "k=v"
    with pytest.raises(ConfigError, match=r"artifact 'k=v' would be called 'k=v'; .*; write NAME=k=v"):
        read_wanted("k=v")


@pytest.mark.parametrize("name", ["a b", "a/b", "ü", "", "-a", ".a", "a?query", "x" * 101])
def test_a_name_stands_in_addresses(name):
    with pytest.raises(ConfigError, match=r"a name has letters, digits and \. - _ :, .*; write NAME=hash:16"):
        Wanted(name=name, source="hash:16")


@pytest.mark.parametrize("asked", ["=runs/x", "ours=", " = "])
def test_half_a_name_is_refused(asked):
    with pytest.raises(ConfigError, match="accepted are a path, an encoder, or NAME= before either"):
        read_wanted(asked)


@pytest.mark.parametrize(
    "path", ["./taste", "/nowhere/taste", "~/nowhere-at-all", "taste.zip", "a/b/c", "runs/taste", "../taste"]
)
def test_a_path_at_which_nothing_lies_is_not_looked_up(path, tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    no_encoder(monkeypatch)
    with pytest.raises(ConfigError, match=r"artifact .* does not exist; accepted are .*; check the path"):
        opened(f"x={path}")


def test_a_file_is_named_with_its_ending(tmp_path, monkeypatch):
    no_encoder(monkeypatch)
    make_constant(tmp_path / "runs" / "taste.zip")
    make_constant(tmp_path / "taste.zip")
    with pytest.raises(
        ConfigError, match=r"artifact taste does not exist, but taste.zip does .*: taste\.zip$"
    ):
        opened("taste")
    with pytest.raises(ConfigError, match=r"name that: runs/taste\.zip$"):
        opened("runs/taste")


def test_a_folder_of_runs_names_them(tmp_path, monkeypatch):
    no_encoder(monkeypatch)
    for name in ("second", "first"):
        make_constant(tmp_path / "runs" / name / "winner")
    (tmp_path / "runs" / "notes").mkdir()
    said = r"runs is a folder of runs: first and second; accepted are a scorer, .*; name one of them, for example runs/first$"
    with pytest.raises(ConfigError, match=said):
        opened("runs")


def test_what_was_looked_up_as_an_encoder_is_said_of_a_path_that_may_be_mistyped(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = "^no folder runz is here, so runz/cls was taken for a hub id: encoder 'runz/cls' is neither in"
    with pytest.raises(EncoderError, match=said):
        opened("runz/cls")
    said = "^no file or folder runz is here, so it was taken for the name of an encoder: encoder is 'runz'; accepted"
    with pytest.raises(ConfigError, match=said):
        opened("runz")
    with pytest.raises(ConfigError, match=r"^encoder is 'hash:x'"):
        opened("x=hash:x")


def test_a_run_that_is_not_finished(tmp_path, monkeypatch):
    no_encoder(monkeypatch)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "records.jsonl").touch()
    with pytest.raises(ConfigError, match="run is the folder of a run without a winner; what won is served"):
        opened("run")


def test_a_folder_of_nothing_that_is_known(tmp_path):
    (tmp_path / "holiday").mkdir()
    with pytest.raises(EncoderError, match="holiday"):
        opened("holiday")


def test_what_is_broken_is_said_when_it_is_opened(tmp_path):
    make_index(tmp_path / "tides")
    (card,) = (tmp_path / "tides").glob("card.json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"documents": 7}))
    with pytest.raises(ArtifactError, match="not as it was written"):
        opened("tides")
    (tmp_path / "model").write_bytes(b"PK nothing")
    with pytest.raises(ArtifactError, match="model"):
        opened("model")


def test_two_of_one_name(tmp_path):
    make_constant(tmp_path / "a" / "taste")
    make_constant(tmp_path / "b" / "taste")
    with pytest.raises(
        ConfigError,
        match=r"artifacts 'a/taste' and 'b/taste' are both called 'taste'; .*; write NAME=b/taste",
    ):
        service_of("a/taste", "b/taste")
    assert list(service_of("a/taste", "old=b/taste").served) == ["taste", "old"]


def moved(artifact, encoder):
    (wanted,) = with_encoders([read_wanted(artifact)], [encoder])
    return open_served(wanted, SharedEncoders(store=None, most_waiting=9), Computed(), ServeSettings())


def test_an_encoder_that_lies_elsewhere_now(tmp_path, make_tiny):
    folder = make_tiny(tmp_path / "tiny", "bert")
    make_learner(tmp_path / "model", encoder=str(folder))
    make_index(tmp_path / "tides", encoder=str(folder))
    folder.rename(tmp_path / "moved")
    for name in ("model", "tides"):
        with pytest.raises(
            ArtifactError, match=r"is not here; .*; say where they lie now with --encoder FOLDER"
        ):
            opened(name)
        assert moved(name, "moved").name == moved(name, f"{name}=moved").name == name
    make_tiny(tmp_path / "another", "bert", max_tokens=12)
    with pytest.raises(ArtifactError, match="max_tokens"):
        moved("tides", "another")


def test_where_an_encoder_lies_is_said_for_an_artifact_that_has_one(tmp_path):
    make_constant(tmp_path / "taste")
    make_index(tmp_path / "words", encoder="bm25")
    with pytest.raises(
        ConfigError, match=r"for taste, a scorer \(mean\) that reads no vectors; leave it out"
    ):
        moved("taste", "./e")
    with pytest.raises(ConfigError, match=r"for words, an index with 0 encoders; .*; leave it out"):
        moved("words", "./e")
    with pytest.raises(ConfigError, match="for x, which is an encoder itself; leave it out"):
        moved("x=hash:16", "./e")


@pytest.mark.parametrize("given", [["./e"], ["c=./e"], ["a="], ["a=./e", "a=./f"]])
def test_whose_encoder_lies_elsewhere_is_said_once(given):
    wanted = [read_wanted("a=hash:16"), read_wanted("b=hash:8")]
    with pytest.raises(
        ConfigError, match=r"accepted is NAME=FOLDER, once for an artifact of a, b; write .* a=\./e"
    ):
        with_encoders(wanted, given)
    assert [each.encoder for each in with_encoders(wanted, ["b=./e"])] == ["", "./e"]


def test_the_name_of_another_artifact_is_no_part_of_a_path(tmp_path):
    alone = [read_wanted("tides=hash:16")]
    with pytest.raises(
        ConfigError, match=r"encoder is 'mini=\./x'; .*, once for an artifact of tides; write"
    ):
        with_encoders(alone, ["mini=./x"])
    (tmp_path / "k=v").mkdir()
    for folder in ("k=v", "./k=w", "a/b=c"):
        assert with_encoders(alone, [folder])[0].encoder == folder
