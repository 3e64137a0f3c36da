"""A plan becomes texts in spaces: what goes with each text stays in its place when texts are left out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.data.seen import text_digests
from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.studies.geometry.asking.plan import GeometryPlan
from semascope.studies.geometry.asking.prepare import prepare_geometry

TEXTS = ["ebb", "flow", "reef", "dune", "pier"]


def table(**more) -> Table:
    return Table.from_columns({"text": TEXTS, **more}, source="posts.jsonl")


def plan(**more) -> GeometryPlan:
    return GeometryPlan.from_mapping({"data": "posts.jsonl", "text": "text", "encoder": "hash:8", **more})


def test_what_belongs_to_a_text_stays_with_it_when_others_are_left_out():
    vectors = np.eye(5, 8)
    vectors[1] = 0  # has no direction
    asked = prepare_geometry(
        plan(encoder=[], label="sea", group="boat", slice=["lang", "size"], target=["a", "b"]),
        table=table(
            sea=["in", "in", "out", "out", ""],
            boat=["x", "y", "x", "z", "z"],
            lang=["en", "fr", "en", "fr", "en"],
            size=[1.0, 2.0, 3.0, 4.0, 5.0],
            a=[1.0, 2, 3, 4, 5],
            b=[5.0, 4, 3, 2, 1],
        ),
        given={"mine": vectors},
    )
    assert list(asked.texts) == ["ebb", "reef", "dune", "pier"]
    assert asked.rows.tolist() == [0, 2, 3, 4]
    assert [asked.labels.names[code] if code >= 0 else "" for code in asked.codes] == ["in", "out", "out", ""]
    assert asked.groups == ["x", "x", "z", "z"]
    assert asked.columns["size"].tolist() == [1, 3, 4, 5]
    lang = asked.columns["lang"]
    assert [lang.names[code] for code in lang.codes] == ["en", "en", "fr", "en"]
    assert asked.targets["b"].tolist() == [5, 3, 2, 1]
    np.testing.assert_array_equal(asked.spaces["mine"], np.eye(5, 8, dtype=np.float32)[[0, 2, 3, 4]])
    said = " ".join(note.title for note in asked.notes)
    assert "1 text is left out" in said and "1 of 5 texts have no sea" in said


def test_a_space_alone_is_called_as_its_encoder_and_several_by_what_tells_them_apart():
    alone = prepare_geometry(plan(), table=table())
    assert list(alone.spaces) == ["hash:8"] and alone.made_by == {"hash:8": "hash:8"}
    several = prepare_geometry(plan(encoder=["a=hash:8", "b=hash:4"], dim=[2, 4]), table=table())
    assert list(several.spaces) == ["a, 2 dims", "a, 4 dims", "b, 2 dims", "b, 4 dims"]
    assert several.widths == {"a, 2 dims": 2, "a, 4 dims": 4, "b, 2 dims": 2, "b, 4 dims": 4}
    instructed = prepare_geometry(plan(instruction=["topic", "sentiment"]), table=table())
    assert list(instructed.spaces) == ["topic", "sentiment"]
    assert any(
        "hash:8 was not trained to follow instructions" in said
        for said in map(str.lower, instructed.untrained)
    )


def test_pairs_lie_in_the_same_space_and_in_their_rows():
    asked = prepare_geometry(plan(pair="title"), table=table(title=["a", "", "c", "d", "e"]))
    assert asked.paired.tolist() == [0, 2, 3, 4]
    expected = HashEncoder(8).encode(["a", "c", "d", "e"])
    np.testing.assert_allclose(asked.pairs["hash:8"], expected, atol=1e-6)
    np.testing.assert_array_equal(asked.searched.queries["hash:8"], asked.pairs["hash:8"])
    assert asked.searched.of_pairs and asked.searched.grades[1] == {2: 1.0}
    assert asked.searched.query_ids == ("row 0", "row 2", "row 3", "row 4")


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "sea"
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": f"d{place}", "title": "", "text": text} for place, text in enumerate(TEXTS)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in documents))
    queries = [{"_id": "q0", "text": "low"}, {"_id": "q1", "text": "none"}, {"_id": "q2", "text": "sand"}]
    (folder / "queries.jsonl").write_text("".join(json.dumps(each) + "\n" for each in queries))
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq0\td0\t1\nq0\td1\t2\nq1\td4\t0\nq2\td3\t1\n"
    )
    return folder


def test_a_collection_gives_documents_queries_and_grades(collection):
    asked = prepare_geometry(GeometryPlan.from_mapping({"data": collection, "encoder": "hash:8"}))
    assert list(asked.texts) == TEXTS
    searched = asked.searched
    assert searched.query_ids == ("q0", "q2")  # q1 has no document that answers it
    assert searched.grades == {0: {0: 1.0, 1: 2.0}, 1: {3: 1.0}} and not searched.of_pairs
    np.testing.assert_allclose(searched.queries["hash:8"], HashEncoder(8).encode(["low", "sand"]), atol=1e-6)
    with pytest.raises(ConfigError, match="limit was given with the collection sea"):
        prepare_geometry(GeometryPlan.from_mapping({"data": collection, "encoder": "hash:8", "limit": 3}))


def test_a_folder_of_texts_needs_no_columns(tmp_path):
    for number, text in enumerate(TEXTS):
        place = tmp_path / "chunks" / ("sea" if number < 3 else "land")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_text(text)
    asked = prepare_geometry(GeometryPlan.from_mapping({"data": tmp_path / "chunks", "encoder": "hash:8"}))
    assert asked.labels.name == "label" and set(asked.labels.names) == {"sea", "land"}
    assert sorted(asked.texts) == sorted(TEXTS)


def test_vectors_of_a_file_are_a_space_beside_those_of_encoders(tmp_path):
    np.save(tmp_path / "own.npy", 3 * np.eye(5, 6))
    asked = prepare_geometry(plan(vectors=f"mine={tmp_path / 'own.npy'}"), table=table())
    assert list(asked.spaces) == ["mine", "hash:8"]
    np.testing.assert_allclose(asked.spaces["mine"], np.eye(5, 6), atol=1e-7)
    assert any("5 of another length than 1" in note.title for note in asked.notes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vectors": "own.npy"}, "vectors are 'own.npy'; they are written NAME=FILE"),
        ({"label": "lable"}, "lable"),
        ({"pair": "empty"}, "has 0 rows with a text"),
    ],
)
def test_what_cannot_be_used_is_refused(given, message):
    with pytest.raises((ConfigError, DataError), match=message):
        prepare_geometry(plan(**given), table=table(empty=[""] * 5))


def test_one_text_is_no_geometry():
    with pytest.raises(DataError, match=r"has one text; a geometry is about pairs"):
        prepare_geometry(plan(), table=Table.from_columns({"text": ["ebb"]}, source="p"))
    vectors = np.zeros((3, 4))
    vectors[0, 0] = 1
    with pytest.raises(DataError, match=r"has one text left"):
        prepare_geometry(
            plan(encoder=[]), table=Table.from_columns({"text": ["a", "b", "c"]}), given={"v": vectors}
        )


def test_it_is_said_how_each_encoder_is_run_and_what_it_is_read_from():
    asked = prepare_geometry(plan(encoder=["ours=hash:8", "hash:4"]), table=table())
    said = {note.title: note.text for note in asked.notes}
    assert said["How ours is run"] == "Hash encoder: no weights, no meaning; scores on it are chance."
    assert {"How hash:4 is run", "'ours' is the encoder in hash:8"} <= said.keys()


def test_texts_that_an_encoder_was_tuned_on_are_a_warning(monkeypatch):
    monkeypatch.setattr(
        HashEncoder, "seen", np.sort(text_digests(["Reef", "ebb", "elsewhere"])), raising=False
    )
    (said,) = [note for note in prepare_geometry(plan(), table=table()).notes if note.level == "warning"]
    assert said.title.startswith("'hash:8' was tuned on 2 of the 5 texts: its space looks better on them")
    monkeypatch.setattr(HashEncoder, "seen", text_digests(["elsewhere"]))
    assert all(note.level == "info" for note in prepare_geometry(plan(), table=table()).notes)


def test_the_name_of_an_encoder_begins_a_note_as_it_is_written():
    rows = ["", *[f"text {row}" for row in range(9)]]
    long = Table.from_columns({"text": rows}, source="posts.jsonl")
    asked = prepare_geometry(plan(encoder=["small=hash:8"], instruction=["default", "x=Find it"]), table=long)
    begun = [note.title for note in asked.notes if note.title.lower().startswith("small")]
    assert begun and all(title.startswith("small") for title in begun)
    assert asked.untrained and asked.untrained[0].startswith("small was not trained")
    two = prepare_geometry(plan(encoder=["a=hash:8", "b=hash:4"], instruction="x=Find it"), table=table())
    assert len(two.untrained) == 1 and two.untrained[0].startswith("a and b were not trained to follow")
