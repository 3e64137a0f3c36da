"""What is asked: settings that fit together, sides and their names, measures, texts and their targets, what was seen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.data.seen import text_digests
from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.studies.switching.asking.measures import read_measures
from semascope.studies.switching.asking.plan import SwitchPlan
from semascope.studies.switching.asking.searched import is_collection, read_searched
from semascope.studies.switching.asking.seen import without_seen, without_seen_queries
from semascope.studies.switching.asking.side import read_sides
from semascope.studies.switching.asking.texts import read_texts
from semascope.studies.switching.stating import asked_notes


def plan(**given):
    return SwitchPlan.from_mapping({"old": "hash:8", "new": "hash:16", "data": "texts.jsonl"} | given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"query": "q"}, "query is given and document is not"),
        ({"document": "d"}, "document is given and query is not"),
        ({"query": "q", "document": "d", "text": "t"}, "text and query are given"),
        ({"query": "q", "document": "d", "target": "t"}, "target and query are given"),
        ({"text": "a", "target": "a"}, "'a' is a text and a target"),
        ({"margin": 0}, "margin is 0"),
        ({"k": 0}, "k is 0"),
        ({"test_size": 1.0}, "test-size is 1.0"),
        ({"new_dim": 0}, "new-dim is 0"),
        ({"price": -1}, "price is -1"),
        ({"limit": 1}, "limit is 1"),
        ({"newdim": 4}, "setting 'newdim' is unknown"),
    ],
)
def test_settings_that_do_not_fit(given, says):
    with pytest.raises(ConfigError, match=says):
        plan(**given)


def test_the_margin_of_neighbours_is_the_one_asked_for():
    assert plan().overlap_margin == 0.02
    assert plan(margin=0.1).overlap_margin == 0.1


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ("hash:8", "hash:16")),
        ({"old": "ours=hash:8"}, ("ours", "hash:16")),
        ({"new": "hash:8"}, ("hash:8", "hash:8")),
        ({"new": "hash:8", "new_dim": 4}, ("hash:8, 8 dims", "hash:8, 4 dims")),
        ({"new_dim": 4}, ("hash:8", "hash:16, 4 dims")),
        (
            {"new": "hash:8", "new_instruction": "topic"},
            ("hash:8, instruction default", "hash:8, instruction topic"),
        ),
    ],
)
def test_names_say_what_tells_the_two_apart(given, names):
    assert tuple(side.name for side in read_sides(plan(**given))) == names


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"old": "hsh:8"}, "hsh:8"),
        ({"new_dim": 40}, "dim is 40"),
        ({"new": "v.npy", "new_precision": "float32"}, "new-precision is given, and NEW is v.npy"),
        ({"old": "v.npy", "old_instruction": "topic"}, "old-instruction is given, and OLD is v.npy"),
        ({"old": "gone.npy"}, "gone.npy is not there"),
        ({"new_queries": "v.npy"}, "NEW is the encoder hash:16, which encodes the queries itself"),
        ({"new_instruction": "sentimnt"}, "did you mean 'sentiment'"),
    ],
)
def test_sides_that_there_are_not(given, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("v.npy", np.ones((3, 4)))
    with pytest.raises(Exception, match=says) as caught:
        read_sides(plan(**given))
    assert type(caught.value).__module__ == "semascope.errors"


def test_a_file_of_vectors_is_called_as_it_is_or_as_one_says(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((3, 4)))
    old, new = read_sides(plan(old=str(tmp_path / "v.npy"), new=f"ours={tmp_path / 'v.npy'}"))
    assert (old.name, new.name) == ("v.npy", "ours")
    assert old.encoder is None
    assert old.file.vectors.shape == (3, 4)
    assert old.arithmetic == ""


def test_arrays_have_a_digest_of_what_they_hold():
    rows = np.ones((3, 4), dtype=np.float32)
    one, other = read_sides(plan(old="OLD array", new="NEW array"), {"old": rows, "new": 2 * rows})
    assert one.file.digest != other.file.digest
    assert read_sides(plan(), {"old": rows})[0].file.digest == one.file.digest


def test_one_measure_of_each_kind():
    found = read_measures(["mrr@10", "spearman", "macro_f1"])
    assert found.of_queries.name == "RR@10"
    assert (found.of_rows["regression"].name, found.of_rows["classification"].name) == (
        "spearman",
        "macro_f1",
    )
    default = read_measures([])
    assert default.of_queries.name == "nDCG@10"


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["mae", "rmse"], "mae and rmse, all of a regression"),
        (["nDCG@10", "R@5"], "nDCG@10 and R@5, all of queries"),
        (["exactness"], "'exactness' is not known; accepted are mae"),
        (["MedR"], "no mean over queries"),
    ],
)
def test_measures_that_cannot_be_taken(names, says):
    with pytest.raises(ConfigError, match=says):
        read_measures(names)


def test_what_was_asked_and_not_done_is_noted():
    asked = plan(k=10, measure=["accuracy", "mrr@10"])
    assert asked_notes(asked, 21, ["classification", "queries"]) == []
    (few,) = asked_notes(asked, 20, ["classification", "queries"], unit="document")
    assert few.text.startswith("9 neighbours are looked at, not 10, which would be half of the 20 documents")
    (unused,) = asked_notes(asked, 100, ["regression", "classification"])
    assert (unused.level, unused.title) == ("warning", "Nothing is judged by RR@10")


def table(n=60, **columns):
    rng = np.random.default_rng(0)
    texts = [f"the tide stands at {row} feet, {rng.integers(99)} boats" for row in range(n)]
    return Table.from_columns(
        {"text": texts, "score": rng.standard_normal(n).tolist(), **columns}, source="t"
    )


def test_kinds_follow_the_cells_as_in_a_study():
    columns = {"label": ["a", "b", "c"] * 20, "flag": [0, 1] * 30}
    asked = read_texts(plan(text="text", target=["score", "label", "flag"]), table(**columns))
    assert [(target.kind, target.classes) for target in asked.targets] == [
        ("regression", ()),
        ("classification", ("a", "b", "c")),
        ("classification", ("0", "1")),
    ]


def test_texts_that_say_nothing_are_left_out_with_their_rows():
    cells = table().strings("text")
    cells[4], cells[9] = " ", ""
    asked = read_texts(plan(text="text"), Table.from_columns({"text": cells}))
    assert len(asked) == 58
    assert asked.file_rows == 60
    assert asked.table.rows[4] == 5
    assert asked.notes == ("2 rows hold no text and are left out (rows 4, 9)",)


def test_copies_stay_on_one_side():
    cells = table().strings("text")
    cells = [*cells[:30], *cells[:30]]
    asked = read_texts(plan(text="text"), Table.from_columns({"text": cells}))
    train, test = (set(np.array(cells)[rows]) for rows in (asked.split.train, asked.split.test))
    assert not train & test


def test_a_single_classification_keeps_its_shares():
    label = ["rare"] * 6 + ["often"] * 54
    asked = read_texts(plan(text="text", target="label"), table(label=label))
    assert sum(label[row] == "rare" for row in asked.split.test) == 3


def test_a_sample_keeps_the_rows_of_the_file():
    asked = read_texts(plan(text="text", limit=25), table())
    assert len(asked) == 25
    assert asked.file_rows == 60
    assert (np.diff(asked.table.rows) > 0).all()


@pytest.mark.parametrize(
    ("columns", "given", "says"),
    [
        ({}, {}, "no text column is named; columns are text, score"),
        ({}, {"text": "txt"}, "txt"),
        ({"same": [1.0] * 60}, {"text": "text", "target": "same"}, "'same' is 1 in every row"),
        ({"none": [None] * 60}, {"text": "text", "target": "none"}, "'none' is empty in every row"),
        ({"id": [f"x{row}" for row in range(60)]}, {"text": "text", "target": "id"}, "60 classes in 60 rows"),
        ({"few": [1.0, 2.0] + [None] * 58}, {"text": "text", "target": "few"}, "among the training rows"),
        ({"one": ["b"] * 60}, {"text": "text", "target": "score", "group": "one"}, "belong together"),
        (
            {"half": ["a"] * 30 + ["b"] * 30, "boat": ["x"] * 30 + ["y"] * 30},
            {"text": "text", "target": "half", "group": "boat"},
            "no class that stands among the training and the held-out rows",
        ),
    ],
)
def test_tables_that_cannot_answer(columns, given, says):
    with pytest.raises((ConfigError, DataError), match=says):
        read_texts(plan(**given), table(**columns))


def test_texts_of_one_group_are_compared_where_nothing_is_predicted():
    asked = read_texts(plan(text="text", group="one"), table(one=["b"] * 60))
    assert len(asked.split.train) == len(asked.split.test) == 60


def test_too_few_texts_have_no_neighbours():
    with pytest.raises(DataError, match="2 rows with a text; neighbours need 3"):
        read_texts(plan(text="text"), Table.from_columns({"text": ["a", "b", ""]}))


class Tuned(HashEncoder):
    """Was tuned on some texts."""

    def __init__(self, dim, texts):
        super().__init__(dim)
        self.seen = np.sort(text_digests(texts))


def with_tuned(given, texts):
    old, new = read_sides(given)
    from dataclasses import replace

    return old, replace(new, encoder=Tuned(16, texts))


def test_texts_that_an_encoder_was_tuned_on_judge_nothing():
    given = plan(text="text", target="score")
    asked = read_texts(given, table())
    learnt = [asked.texts[row] for row in [*asked.split.test[:4], *asked.split.train[:5]]]
    left, seen = without_seen(with_tuned(given, learnt), asked)
    assert left.split.test.tolist() == asked.split.test[4:].tolist()
    assert left.split.train.tolist() == asked.split.train.tolist()
    assert (seen.names, seen.left_out) == (("hash:16",), 4)
    same, nothing = without_seen(read_sides(given), asked)
    assert same is asked
    assert nothing.names == ()


def test_a_target_of_seen_texts_alone_cannot_be_judged():
    given = plan(text="text", target="score")
    asked = read_texts(given, table())
    with pytest.raises(DataError, match="0 held-out values in texts that hash:16 did not see"):
        without_seen(with_tuned(given, asked.texts), asked)


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "harbour"
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": f"d{n}", "text": f"the tide of day {n} stands at {n * 7} feet"} for n in range(12)]
    queries = [{"_id": f"q{n}", "text": f"how high on day {n} was it"} for n in range(8)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = "".join(f"q{n}\td{n}\t1\n" for n in range(6))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{lines}")
    return folder


def test_a_folder_without_columns_is_a_collection(collection):
    assert is_collection(plan(data=collection))
    assert is_collection(plan(query="q", document="d"))
    assert not is_collection(plan(text="text"))
    assert not is_collection(plan(data=collection, text="text"))
    with pytest.raises(ConfigError, match=r"target is given, and .*harbour is a collection"):
        is_collection(plan(data=collection, target="score"))
    with pytest.raises(ConfigError, match=r"qrels is given, and .* is a table of texts"):
        is_collection(plan(text="text", qrels=["x.tsv"]))


def test_judged_queries_are_asked(collection):
    found = read_searched(plan(data=collection))
    assert list(found.query_ids) == [f"q{n}" for n in range(6)]
    assert len(found.key) == 6
    assert len(found) == 12
    assert found.queries.file_rows == 8
    assert found.queries.table.rows.tolist() == list(range(6))


def test_without_judgements_all_queries_are_asked(collection):
    (collection / "qrels" / "test.tsv").unlink()
    found = read_searched(plan(data=collection))
    assert found.key is None
    assert len(found.query_ids) == 8
    assert len(read_searched(plan(data=collection, limit=3)).query_ids) == 3


def test_queries_of_documents_that_an_encoder_was_tuned_on_judge_nothing(collection):
    given = plan(data=collection)
    asked = read_searched(given)
    left, seen = without_seen_queries(with_tuned(given, [asked.collection.documents.texts[2]]), asked)
    assert "q2" not in left.key.queries
    assert (seen.names, seen.left_out) == (("hash:16",), 1)
    assert without_seen_queries(read_sides(given), asked)[0] is asked


def test_a_collection_needs_documents(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps({"q": f"where is {n}", "d": "here it is"}) + "\n" for n in range(3)))
    with pytest.raises(DataError, match="1 document and 3 queries"):
        read_searched(plan(data=path, query="q", document="d"))
