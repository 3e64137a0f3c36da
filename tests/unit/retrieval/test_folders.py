"""Collections out of folders: the layouts that there are, and what is wrong with some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semascope.errors import DataError
from semascope.retrieval.collections.read_beir import read_collection

CORPUS = [
    {"_id": "d1", "title": "Tides", "text": "The moon pulls the sea.", "lang": "en"},
    {"_id": "d2", "title": "", "text": "Storms come from the west.", "lang": "en"},
    {"_id": "01", "title": "Fog ", "text": "", "lang": "de"},
]
QUERIES = [{"_id": "1", "text": "why tides"}, {"_id": "2", "text": "whence storms"}]
QRELS = "query-id\tcorpus-id\tscore\n1\td1\t2\n2\td2\t1\n"


def written(folder: Path, files: dict) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str):
            content = "".join(json.dumps(row) + "\n" for row in content)
        path.write_text(content, encoding="utf8")
    return folder


def kinds(collection) -> dict[str, int]:
    return {note.kind: note.count for note in collection.notes}


def graded(collection) -> dict[tuple[str, str, str], float]:
    judged = collection.judgements
    return dict(
        zip(
            zip(judged.queries, judged.documents, judged.splits, strict=True),
            judged.grades.tolist(),
            strict=True,
        )
    )


def test_a_folder_as_beir_has_it(tmp_path):
    files = {
        "corpus.jsonl": CORPUS,
        "queries.jsonl": QUERIES,
        "qrels/test.tsv": QRELS,
        "qrels/train.tsv": "1\td2\t1\n",
    }
    found = read_collection(written(tmp_path, files))
    assert found.documents.ids == ("d1", "d2", "01")
    assert found.documents.texts == ("Tides The moon pulls the sea.", "Storms come from the west.", "Fog")
    assert (found.documents.titles[2], found.documents.bodies[0]) == ("Fog ", "The moon pulls the sea.")
    assert found.documents.columns.strings("lang") == ["en", "en", "de"]
    assert (found.queries.ids, found.queries.texts) == (("1", "2"), ("why tides", "whence storms"))
    assert graded(found) == {("1", "d1", "test"): 2, ("2", "d2", "test"): 1, ("1", "d2", "train"): 1}
    assert found.notes == ()


def test_a_flat_folder_with_other_names(tmp_path):
    files = {
        "documents.jsonl": [{"id": 7, "text": "seven"}, {"id": 8, "text": "eight"}],
        "queries_train.jsonl": [{"id": 0, "text": "which is seven"}],
        "queries_test.jsonl": [{"query_id": "1", "text": "which is eight"}],
        "qrels_train.tsv": "query_id\tdoc_id\tscore\n0\t7\t1\n",
        "qrels_test.tsv": "1\t8\t1\n",
    }
    found = read_collection(written(tmp_path, files))
    assert graded(found) == {("0", "7", "train"): 1, ("1", "8", "test"): 1}
    assert found.documents.columns is None


def test_numbers_in_one_file_and_strings_in_another_are_the_same_ids(tmp_path):
    files = {
        "corpus.jsonl": [{"_id": 1, "text": "one"}, {"_id": "01", "text": "zero one"}],
        "queries.jsonl": [{"_id": 5.0, "text": "a query"}],
        "qrels/test.tsv": "5\t1\t1\n5\t01\t0\n",
    }
    assert graded(read_collection(written(tmp_path, files))) == {
        ("5", "1", "test"): 1,
        ("5", "01", "test"): 0,
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("qrels/test.tsv", "1 0 d1 2\n\n2 0 d2 1\n"),
        ("qrels/test.txt", "1\t0\td1\t2\n2\t0\td2\t1\n"),
        ("qrels/test.trec", "1 Q0 d1 2\r\n2 Q0 d2 1\r\n"),
        ("qrels/test.csv", "corpus-id,query-id,score\nd1,1,2\nd2,2,1\n"),
        (
            "qrels/test.jsonl",
            [{"query_id": 1, "doc_id": "d1", "grade": 2}, {"query_id": 2, "doc_id": "d2", "grade": 1}],
        ),
        ("qrels_test.tsv", QRELS),
        ("qrels/test.tsv", "corpus-id\tscore\tquery-id\nd1\t2\t1\nd2\t1\t2\n"),
    ],
)
def test_judgements_in_any_of_their_forms(tmp_path, name, text):
    folder = written(tmp_path, {"corpus.jsonl": CORPUS, "queries.jsonl": QUERIES, name: text})
    assert graded(read_collection(folder)) == {("1", "d1", "test"): 2, ("2", "d2", "test"): 1}


def test_what_is_odd_is_counted_and_named(tmp_path):
    files = {
        "corpus.jsonl": [*CORPUS, CORPUS[0], {"_id": "blank", "title": " ", "text": "\u200b", "lang": ""}],
        "queries.jsonl": [
            *QUERIES,
            {"_id": "3", "text": "unjudged"},
            {"_id": "4", "text": "in vain"},
            QUERIES[0],
        ],
        "qrels/test.tsv": QRELS + "1\tgone\t1\n9\td1\t1\n8\td1\t1\n4\td1\t-2\n1\td1\t1\n2\td2\t1\n",
    }
    found = read_collection(written(tmp_path, files))
    assert found.documents.ids == ("d1", "d2", "01", "blank")
    assert graded(found) == {("1", "d1", "test"): 2, ("2", "d2", "test"): 1, ("4", "d1", "test"): 0}
    assert kinds(found) == {
        "repeated document": 1,
        "repeated query": 1,
        "empty document": 1,
        "unknown query": 2,
        "unknown document": 1,
        "negative grade": 1,
        "two grades": 1,
        "unjudged query": 1,
        "query without relevant": 1,
    }
    told = {note.kind: note.text for note in found.notes}
    assert told["unknown query"] == (
        "2 of 8 judgements name 2 queries that the collection does not have, and were left out: '9', '8'"
    )
    assert told["empty document"] == "1 document without a text to read, kept: 'blank'"
    assert {note.kind for note in found.notes if note.warning} == {
        "empty document",
        "unknown query",
        "unknown document",
        "two grades",
        "query without relevant",
    }


def test_tables_of_another_kind_and_what_their_reader_has_to_say(tmp_path):
    files = {
        "corpus.csv": "doc_id;text\nd1;one\nd2;two\n",
        "queries.tsv": "qid\tquestion\ttitle\n01\twhich is one\tI\n",
        "qrels/test.tsv": "01\td1\t1\n",
    }
    found = read_collection(written(tmp_path, files))
    assert (found.queries.ids, found.queries.texts) == (("01",), ("which is one",))
    assert found.queries.columns.strings("title") == ["I"]
    assert [(note.kind, note.warning, "semicolons" in note.text) for note in found.notes] == [
        ("reading", False, True)
    ]


def test_a_folder_without_judgements_is_a_collection(tmp_path):
    found = read_collection(written(tmp_path, {"corpus.jsonl": CORPUS, "queries.jsonl": QUERIES}))
    assert (len(found.judgements), found.notes) == (0, ())


GOOD = {"corpus.jsonl": CORPUS, "queries.jsonl": QUERIES, "qrels/test.tsv": QRELS}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"corpus.jsonl": None},
            "has no corpus file; a collection is corpus.jsonl, .*; it has queries.jsonl",
        ),
        ({"queries.jsonl": None}, "has no queries file"),
        (
            {"corpus.csv": "_id,text\n1,a\n"},
            "corpus.csv and .*/corpus.jsonl are two files of one kind; nobody can say which",
        ),
        ({"corpus_old.jsonl": CORPUS}, "has corpus.jsonl and corpus_old.jsonl; one corpus is needed"),
        (
            {"corpus.jsonl": [{"_id": 1, "body_text": "a"}]},
            "has no column for the text of a document; accepted are text",
        ),
        (
            {"queries.jsonl": [{"key": 1, "text": "a"}]},
            "has no column for the id of a query; accepted are _id, id",
        ),
        (
            {"corpus.jsonl": [*CORPUS, {"_id": "d1", "title": "", "text": "other"}]},
            "two texts under the id 'd1', in rows 0 and 3",
        ),
        ({"corpus.jsonl": [*CORPUS, {"_id": "", "text": "a"}]}, "row 3 \\(counted from 0\\) has no id"),
        (
            {"queries.jsonl": [*QUERIES, {"_id": "1", "text": "other"}]},
            "two texts under the id '1'.* an id names one query",
        ),
        (
            {"qrels/test.csv": "query_id,doc_id,score\n1,d1,1\n"},
            "qrels/test.csv and qrels/test.tsv are two files of one kind",
        ),
        ({"qrels_test.tsv": QRELS}, "/qrels_test.tsv and qrels/test.tsv are two files of one kind"),
        ({"qrels/test.tsv": ""}, "test.tsv has no judgements"),
        (
            {"qrels/test.tsv": "1\td1\n"},
            "line 1 has 2 fields; accepted are lines of query, document and grade",
        ),
        ({"qrels/test.tsv": QRELS + "1\td1\n"}, "line 4 has 2 fields where the first line has 3"),
        ({"qrels/test.tsv": QRELS + "1\td1\tbest\n"}, "line 4 has grade 'best'"),
        ({"qrels/test.tsv": QRELS + "1\td1\tnan\n"}, "line 4 has grade 'nan'"),
        (
            {"qrels/test.tsv": "q\tdoc\tgood\n1\td1\t1\n"},
            "has no column for queries; accepted are query_id, .* 'q', 'doc', 'good'",
        ),
        (
            {"qrels/dev.csv": "query_id,doc_id,score\n1,d1,\n"},
            "dev.csv, row 0 \\(counted from 0\\) has no grade",
        ),
        (
            {"qrels/test.tsv": "01\td1\t1\n02\td2\t1\n"},
            "none of 2 judgements names ids .*: they name queries '01', '02', and it has '1', '2'",
        ),
        ({"qrels/test.tsv": "1\tD1\t1\n"}, "they name documents 'D1', and it has 'd1', 'd2', '01'"),
    ],
)
def test_a_folder_that_is_no_collection_is_one_clear_line(tmp_path, changes, message):
    files = {name: content for name, content in (GOOD | changes).items() if content is not None}
    with pytest.raises(DataError, match=message):
        read_collection(written(tmp_path, files))


def test_a_path_that_is_no_folder_is_told_what_is_needed(tmp_path):
    with pytest.raises(DataError, match=r"gone is not there; a folder with corpus.jsonl"):
        read_collection(tmp_path / "gone")
    with pytest.raises(DataError, match=r"a\.jsonl is a file; a folder with corpus.jsonl"):
        read_collection(written(tmp_path, {"a.jsonl": CORPUS}) / "a.jsonl")


@pytest.mark.shared_data
def test_the_real_flat_folder(shared_data):
    found = read_collection(shared_data / "scifact")
    assert (len(found.documents), len(found.queries), len(found.judgements)) == (5183, 809, 919)
    assert found.notes == ()
    assert set(found.judgements.splits) == {"train"}
    assert found.documents.texts[0].startswith(
        "Microstructural development of human newborn cerebral white matter"
    )
