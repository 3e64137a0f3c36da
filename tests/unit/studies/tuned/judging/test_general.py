"""General sets as they are written, and what is refused."""

from __future__ import annotations

import json

import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.studies.tuned.judging.forgetting import read_general
from semascope.studies.tuned.judging.general import GeneralSet, check_names


@pytest.mark.parametrize(
    ("written", "task", "label"),
    [
        ("data/scifact", "collection", "scifact"),
        ("data/scifact/,limit=300", "collection", "scifact"),
        ("a/pairs.jsonl,query=title,document=abstract", "pairs", "pairs"),
        ("a/pairs.jsonl,query=q,document=d,grade=g,name=arxiv", "pairs", "arxiv"),
        ("reviews.csv.gz,text=title+body,target=rating", "target", "reviews rating"),
        ("sts.jsonl,left=a,right=b,score=s,where=lang=en+split=test", "similarity", "sts"),
    ],
)
def test_a_word_is_one_set(written, task, label):
    found = GeneralSet.read(written)
    assert (found.task, found.label) == (task, label)
    assert GeneralSet.read(found.written()) == found


def test_columns_and_conditions_are_parted_by_a_plus():
    found = GeneralSet.read("f.jsonl,text=title+body,target=t,where=lang=en+split=test")
    assert found.text == ["title", "body"]
    assert found.where == ["lang=en", "split=test"]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("f.jsonl,text=a", "target is missing"),
        ("f.jsonl,left=a", "right and score are missing"),
        ("f.jsonl,query=a,document=b,target=c", "several kinds"),
        ("f.jsonl,text=a,target=b,grade=c", "grade is about pairs"),
        ("folder,where=lang=en", "about a table"),
        ("f.jsonl,text=a,target=b,where=lang", "COLUMN=VALUE"),
        ("f.jsonl,text=a,target=b,limit=0", "limit"),
        ("f.jsonl,texts=a,target=b", "texts"),
        ("f.jsonl,data=g.jsonl", "before the first comma"),
        (",text=a,target=b", "data"),
        (7, "a file or a folder"),
    ],
)
def test_what_is_no_set_is_refused_in_one_sentence(written, says):
    with pytest.raises(ConfigError, match=says):
        GeneralSet.read(written)


def test_two_sets_of_one_name_are_refused():
    twice = [GeneralSet.read(f"{folder}/scifact") for folder in ("a", "b")]
    with pytest.raises(ConfigError, match="called 'scifact'"):
        check_names(twice)
    check_names([twice[0], GeneralSet.read("b/scifact,name=other")])


@pytest.mark.parametrize(
    ("written", "error", "says"),
    [
        ("texts.jsonl", ConfigError, "no folder"),
        ("nowhere", ConfigError, "no folder"),
        ("nowhere.jsonl,text=text,target=score", DataError, "not there"),
        ("texts.jsonl,text=text,target=scor", DataError, "did you mean 'score'"),
        ("texts.jsonl,text=text,target=score,where=label=sideways", DataError, "no row where label=sideways"),
        ("pairs.jsonl,left=left,right=right,score=left", DataError, "is not a number"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_is_encoded(world, written, error, says):
    with pytest.raises(error, match=says):
        read_general([GeneralSet.read(f"{world.folder}/{written}")], [HashEncoder(8)])


def test_documents_and_queries_without_a_text_are_not_read(tmp_path):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{place}\td{place}\t1\n" for place in range(4))
    )
    asked, read = ("what is wet", "a", " ", "what is ice"), ("fog", "", "snow", "hail")
    for name, letter, texts in (("corpus", "d", read), ("queries", "q", asked)):
        lines = [json.dumps({"_id": f"{letter}{place}", "text": text}) for place, text in enumerate(texts)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    (task,) = read_general([GeneralSet.read(str(tmp_path))], [HashEncoder(8)])
    assert list(task.document_texts) == ["fog", "snow", "hail"]
    assert list(task.query_texts) == ["what is wet", "what is ice"]
    assert task.judged == 2
