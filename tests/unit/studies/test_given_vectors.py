"""Vectors that others computed, in a study: the same answers as their encoder gives, no price, no encoder, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError, DataError, EncoderError
from semascope.probes.artifact import load_artifact, read_card
from semascope.probes.scorer import Scorer
from semascope.reports.heads.study import render_report
from semascope.studies.heads.asking import prepare
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.task import heads_task

ALONE = {"encoder": []}
THEIRS = "theirs · default · 16 · ridge"


@pytest.fixture
def rows(letters) -> list[dict]:
    return [{"id": f"r{number}", **row} for number, row in enumerate(letters())]


@pytest.fixture
def vectors(rows) -> np.ndarray:
    return HashEncoder(16).encode([row["body"] for row in rows])


@pytest.fixture
def given(desk, vectors) -> str:
    """The same rows as ``hash:16`` gives, in a file."""
    np.save(desk.folder / "theirs.npy", vectors)
    return f"theirs={desk.folder / 'theirs.npy'}"


def predictions(desk, output: str, cell: str) -> dict[tuple, float]:
    lines = pq.read_table(desk.folder / output / "predictions.parquet").to_pylist()
    return {(line["row"], line["target"]): line["prediction"] for line in lines if line["cell"] == cell}


def test_the_answers_are_those_of_the_encoder_that_made_them(desk, rows, given):
    desk.run(rows, output="own", dim=[4, 16])
    desk.run(rows, output="given", dim=[4, 16], vectors=given, **ALONE)
    for dim in (4, 16):
        own = predictions(desk, "own", f"hash:16 · default · {dim} · ridge")
        assert own
        assert predictions(desk, "given", f"theirs · default · {dim} · ridge") == own


def test_rows_of_another_length_are_brought_to_unit_length_and_that_is_said(desk, rows, vectors):
    np.save(desk.folder / "long.npy", vectors * np.linspace(0.1, 900, len(vectors))[:, None])
    result = desk.run(rows, vectors=f"long={desk.folder / 'long.npy'}")
    own = predictions(desk, "run", "hash:16 · default · 16 · ridge")
    theirs = predictions(desk, "run", "long · default · 16 · ridge")
    assert theirs == pytest.approx(own, abs=1e-4)
    note = next(note for note in result.notes if note.title == "How long is run")
    assert (
        "Its vectors were computed elsewhere: long.npy, 60 rows of 16 numbers, matched by position"
        in note.text
    )
    assert "60 rows of another length than 1 were brought to it" in note.text


def test_no_encoder_is_loaded_and_the_baseline_is_the_file(desk, rows, given, monkeypatch):
    def refuse(*asked, **more):
        raise AssertionError(f"an encoder was loaded: {asked}")

    monkeypatch.setattr(prepare, "load_encoder", refuse)
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:8")  # a default, and nothing is left to a default
    result = desk.run(rows, vectors=given, **ALONE)
    assert result.family.baseline == THEIRS
    assert {cell.encoder for cell in result.cells} == {"", "theirs"}
    assert "no text to encode" in desk.said[-1]
    assert not desk.store.root.exists()


def test_one_cell_a_width_and_head_whatever_is_asked_of_encoders(desk, rows, given):
    result = desk.run(
        rows, encoder="hash:16", vectors=given, instruction=["default", "tone=Judge the tone"], dim=[4, 16]
    )
    assert [cell.id for cell in result.cells if cell.encoder == "theirs"] == [
        "theirs · default · 4 · ridge",
        THEIRS,
    ]
    assert len([cell for cell in result.cells if cell.encoder == "hash:16"]) == 4
    assert "--instruction does not apply to theirs: given vectors are what they are" in desk.said
    cells = {cell.id: cell.reads for cell in result.cells}
    assert cells[THEIRS] == "given"
    assert cells["hash:16 · tone · 4 · ridge"] == "vectors"


def test_only_an_instruction_for_encoders_leaves_the_file_in_the_grid(desk, rows, given):
    result = desk.run(rows, encoder="hash:16", vectors=given, instruction=["tone=Judge the tone"])
    # with the baseline, which has no instruction
    assert {cell.id for cell in result.cells if cell.encoder} == {
        "hash:16 · default · 16 · ridge",
        "hash:16 · tone · 16 · ridge",
        THEIRS,
    }


def test_what_they_cost_is_not_known_and_decides_nothing(desk, rows, given):
    result = desk.run(rows, vectors=given)
    costs = {cell.id: cell.costs.encode_seconds_per_1000 for cell in result.cells}
    assert math.isnan(costs[THEIRS])
    assert not math.isnan(costs["hash:16 · default · 16 · ridge"])
    assert math.isnan(result.choice.by_cell[THEIRS].seconds)
    written = (desk.folder / "run" / "records.jsonl").read_bytes()
    desk.run(rows, vectors=given)  # a price that nobody can know is not asked for again
    assert (desk.folder / "run" / "records.jsonl").read_bytes() == written


def test_the_winner_says_what_it_cannot_score(desk, rows, vectors, given, chooses):
    chooses(THEIRS)
    result = desk.run(rows, vectors=given, choose="best", **ALONE)
    assert result.winner == THEIRS
    assert (
        "As a scorer ridge can score only texts whose vectors come from where those of theirs came from: semascope score"
        " cannot make them." in result.headline
    )
    winner = desk.folder / "run" / "winner"
    assert (
        read_card(winner).unscorable
        == "its vectors came from a file, and no encoder here makes them for other texts"
    )
    with pytest.raises(ArtifactError, match=r"winner cannot score texts: its vectors came from a file"):
        Scorer.load(winner)
    card, head = load_artifact(winner)  # with vectors from the same place it can
    assert (card.encoder_name, card.dim) == ("theirs", 16)
    assert head.predict(vectors).shape == (60, 1)
    before = (winner / "card.json").stat().st_ino
    desk.run(rows, vectors=given, choose="best", **ALONE)
    assert (winner / "card.json").stat().st_ino == before  # the same scorer stays


def test_another_winner_scores_as_ever(desk, rows, given, chooses):
    chooses("hash:16 · default · 16 · ridge")
    result = desk.run(rows, vectors=given, choose="best")
    assert not any("winner/ can score only" in sentence for sentence in result.headline)
    assert read_card(desk.folder / "run" / "winner").unscorable == ""


# which row is whose


def test_ids_find_their_rows_in_any_order(desk, rows, vectors, given):
    own = desk.run(rows, output="own", vectors=given, **ALONE)
    order = np.random.default_rng(0).permutation(len(rows))
    np.savez(
        desk.folder / "ids.npz",
        vectors=np.vstack([vectors[order], np.ones((3, 16))]),
        ids=[*(f"r{row}" for row in order), "x", "y", "z"],
    )
    by_id = desk.run(rows, output="ids", vectors=f"theirs={desk.folder / 'ids.npz'}", **ALONE)
    assert predictions(desk, "ids", THEIRS) == predictions(desk, "own", THEIRS)
    note = next(note for note in by_id.notes if note.title == "How theirs is run")
    assert "array 'vectors' of ids.npz, 63 rows of 16 numbers, matched by id" in note.text
    assert own.made["encoders"]["theirs"] != by_id.made["encoders"]["theirs"]  # other bytes are other vectors


def test_positions_count_the_rows_of_the_file_whatever_is_left_out(desk, rows, vectors, given):
    desk.run(rows, output="own", limit=40)
    desk.run(rows, output="given", limit=40, vectors=given, **ALONE)
    own = predictions(desk, "own", "hash:16 · default · 16 · ridge")
    assert predictions(desk, "given", THEIRS) == own
    gaps = [row | {"body": " "} if number in (0, 7) else row for number, row in enumerate(rows)]
    vectors[[0, 7]] = np.nan  # of a text that is left out nobody asks
    np.save(desk.folder / "gaps.npy", vectors)
    desk.run(gaps, output="gaps own")
    desk.run(gaps, output="gaps", vectors=f"theirs={desk.folder / 'gaps.npy'}", **ALONE)
    own = predictions(desk, "gaps own", "hash:16 · default · 16 · ridge")
    assert predictions(desk, "gaps", THEIRS) == own


def refused(desk, table, vectors, *, match: str, **arrays) -> None:
    np.savez(desk.folder / "bad.npz", vectors=vectors, **arrays)
    with pytest.raises(DataError, match=match):
        desk.run(table, vectors=f"theirs={desk.folder / 'bad.npz'}", **ALONE)
    assert not (desk.folder / "run").exists()


def test_rows_that_do_not_match_are_refused(desk, rows, vectors):
    ids = np.array([row["id"] for row in rows], dtype="U9")
    refused(
        desk, rows, vectors[:-1], match=r"bad.npz has 59 vectors, and letters.jsonl has 60 rows; without ids"
    )
    ids[[3, 5]] = "other", "another"
    refused(
        desk, rows, vectors, ids=ids,
        match=r"no vector for 2 rows of letters.jsonl, with the ids 'r3' and 'r5' \(its own are 'r0', 'r1', 'r2', 'other', 'r4'",
    )  # fmt: skip
    ids[[3, 5]] = "r1", "r2"
    refused(desk, rows, vectors, ids=ids, match=r"bad.npz has 2 ids more than once: 'r1' and 'r2'")
    refused(
        desk,
        rows,
        vectors[:-2],
        rows=np.arange(58),
        match=r"no vector for 2 rows of letters.jsonl: rows 58, 59",
    )
    refused(
        desk,
        rows,
        vectors,
        rows=np.zeros(60, dtype=int),
        match=r"bad.npz has 1 row number more than once: '0'",
    )
    ids = [row["id"] for row in rows]
    twice = [rows[0], {**rows[1], "id": "r0"}, *rows[2:]]
    refused(desk, twice, vectors, ids=ids, match=r"letters.jsonl, column 'id', has 1 id more than once: 'r0'")
    without = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    refused(desk, without, vectors, ids=ids, match=r"bad.npz has ids, and letters.jsonl has no column 'id'")
    lacking = [{**rows[0], "id": None}, *rows[1:]]
    refused(desk, lacking, vectors, ids=ids, match=r"no vector for 1 row of letters.jsonl, with the id ''")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "rows 2, 9 .* are not finite"),
        (-np.inf, "rows 2, 9 .* are not finite"),
        (0.0, "rows 2, 9 .* are zero"),
    ],
)
def test_rows_without_a_direction_are_refused(desk, rows, vectors, value, said):
    vectors[[2, 9]] = value
    refused(desk, rows, vectors, match=said)


def test_names_are_asked_for_and_stand_for_one_thing(desk, rows, vectors, given):
    file = given.partition("=")[2]
    with pytest.raises(ConfigError, match=r"vectors is '.*theirs.npy'; accepted is NAME=FILE"):
        desk.run(rows, vectors=file)
    with pytest.raises(ConfigError, match=r"are both called 'hash:16'|stands for another encoder"):
        desk.run(rows, vectors=f"hash:16={file}")
    with pytest.raises(ConfigError, match=r"named 'minilm', which stands for another encoder"):
        desk.run(rows, vectors=f"minilm={file}")
    with pytest.raises(ConfigError, match=r"are the same encoder; leave one out"):
        desk.run(rows, vectors=[given, f"again={file}"])
    with pytest.raises(ConfigError, match=r"dim is 17; encoder 'theirs' has 16 dims"):
        desk.run(rows, vectors=given, dim=17, **ALONE)
    with pytest.raises(ConfigError, match=r"computed elsewhere: no instruction and no way"):
        desk.run(rows, vectors=given, baseline="theirs · topic · 16 · ridge", **ALONE)


# the folder


def test_a_folder_refuses_other_vectors_under_the_same_name(desk, rows, vectors, given):
    desk.run(rows, vectors=given, **ALONE)
    vectors[4, 0] += 0.5
    np.save(desk.folder / "theirs.npy", vectors)
    with pytest.raises(ConfigError, match=r"vectors 'theirs' are others than when folder .*run was begun"):
        desk.run(rows, vectors=given, **ALONE)
    result = desk.run(rows, vectors=given.replace("theirs=", "changed="), **ALONE, output="new")
    assert "changed · default · 16 · ridge" in {cell.id for cell in result.cells}


def test_a_folder_keeps_its_cells_where_the_study_no_longer_names_them(desk, rows, given):
    first = desk.run(rows, vectors=given)
    result = desk.run(rows, encoder=["hash:16", "hash:8"])
    assert {cell.id for cell in first.cells} < {cell.id for cell in result.cells}
    moved = desk.folder / "moved.npy"
    (desk.folder / "theirs.npy").rename(moved)
    with pytest.raises(
        DataError, match=r"theirs.npy is not there; .*say where they lie now: --vectors theirs=FILE"
    ):
        desk.run(rows, encoder=["hash:16", "hash:8"])
    written = (desk.folder / "run" / "records.jsonl").read_bytes()
    desk.run(rows, encoder="hash:16", vectors=f"theirs={moved}")
    assert (desk.folder / "run" / "records.jsonl").read_bytes() == written


def test_the_study_file_finds_the_vectors_beside_it(desk, rows, given, monkeypatch):
    data = desk.write(rows)
    file = desk.folder / "ask.yaml"
    file.write_text(
        f"data: {data.name}\ntext: body\ntarget: score\nhead: ridge\nvectors: theirs=theirs.npy\n"
    )
    monkeypatch.chdir("/")
    study = Study.from_yaml(file, repeats=1)
    assert study.vectors == [given]
    task, _ = heads_task(study, output=desk.folder / "run", store=desk.store)
    resolved = desk.folder / "resolved.yaml"
    resolved.write_text(task.meeting({}).written())
    again = Study.from_yaml(resolved)
    assert (again.encoder, again.vectors, again.baseline) == ([], [given], THEIRS)
    other = Study.from_yaml(resolved, vectors=["new=new.npy"])  # the baseline is still the one of the file
    assert other.baseline == f"theirs=vectors:{desk.folder / 'theirs.npy'} · default · 16 · ridge"


def test_a_study_without_given_vectors_is_called_as_before(desk, rows, given):
    assert desk.ask(rows).digest() == desk.ask(rows, vectors=[]).digest()
    assert desk.ask(rows).digest() != desk.ask(rows, vectors=given).digest()


def test_given_vectors_encode_nothing(desk, rows, given):
    task, _ = heads_task(desk.ask(rows, vectors=given, **ALONE), output=desk.folder / "run", store=desk.store)
    encoder = task.prepared.encoders["theirs"]
    for refusing in (encoder.encode, encoder.lengths, encoder.count_tokens):
        with pytest.raises(EncoderError, match=r"'theirs' stands for the vectors of .*; it encodes no text"):
            refusing(["a"])


def test_a_baseline_whose_vectors_the_grid_lacks_is_compared_with(desk, rows, given):
    name, file = given.split("=")
    result = desk.run(rows, baseline=f"{name}=vectors:{file} · default · 16 · ridge")
    assert result.family.baseline == THEIRS
    assert "hash:16 · default · 16 · ridge" in {cell.id for cell in result.cells}


def test_the_page_of_a_study_that_given_vectors_win(desk, rows, given, chooses):
    chooses(THEIRS)
    result = desk.run(rows, vectors=given, choose="best", encoder="hash:8")
    page = str(render_report(result))
    assert "vectors computed elsewhere" in page
    assert "reads and scores 1,000 texts" not in page
    assert "semascope score cannot make them" in page
