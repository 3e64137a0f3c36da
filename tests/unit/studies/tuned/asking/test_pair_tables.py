"""What a plan makes of a table of pairs, by tables made by hand."""

from __future__ import annotations

import json
import random

import pytest

from semascope.studies.tuned.asking.given_negatives import negatives_in
from semascope.studies.tuned.asking.learnt import learnt_pairs
from semascope.studies.tuned.asking.pairs import read_pair_table
from semascope.studies.tuned.asking.plan import TunePlan

N = 60


def texts(count, *, seed):
    rng = random.Random(seed)
    return [" ".join(f"w{rng.randrange(5_000)}" for _ in range(12)) for _ in range(count)]


@pytest.fixture
def planned(tmp_path):
    """The plan of a table of pairs, given its rows."""

    def make(rows, **more):
        path = tmp_path / "pairs.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf8")
        return TunePlan.from_mapping({"data": path, "query": "q", "document": "d", **more})

    return make


@pytest.mark.parametrize("limit", [None, N])
def test_what_was_not_drawn_answers_all_the_same(planned, limit):
    """Every question stands there twice, nearly the same, with an answer of its own; which is given as a wrong one to the other."""
    asked, first, second = (texts(N, seed=seed) for seed in range(3))
    rows = []
    for query, one, other in zip(asked, first, second, strict=True):
        rows += [{"q": query, "d": one, "wrong": other}, {"q": query + " please", "d": other, "wrong": one}]
    plan = planned(rows, limit=limit, negative=["wrong"])
    found = read_pair_table(plan)
    divided = found.divided
    assert len(divided.learning + divided.choosing + divided.estimating) == (limit or 2 * N)
    assert not divided.left_out
    given = negatives_in(found.table, found.collection, query="q", columns=["wrong"])
    learnt = learnt_pairs(found.collection, divided, found.leaks, given_negatives=given)
    assert len(learnt.pair_queries) and not (learnt.negatives >= 0).any()


def test_a_pair_has_the_role_of_its_own_row(planned):
    """Every document answers two queries, and what its first row says is not said of the second."""
    asked, read = texts(N, seed=0), texts(N // 2, seed=1)
    rows = [{"q": query, "d": read[place % len(read)]} for place, query in enumerate(asked)]
    for place, row in enumerate(rows):
        row["kind"] = "main" if place < len(read) else "hard"
    rows.append({"q": asked[0].upper(), "d": read[0], "kind": "said later"})
    plan = planned(rows, role="kind")
    found = read_pair_table(plan)
    learnt = learnt_pairs(found.collection, found.divided, found.leaks, roles=found.roles(plan))
    told = {
        learnt.queries[place]: role for place, role in zip(learnt.pair_queries, learnt.roles, strict=True)
    }
    assert len(told) > N // 2
    assert told == {query: "main" if asked.index(query) < len(read) else "hard" for query in told}


def test_the_digest_tells_given_wrong_answers_and_roles_apart(planned):
    asked, read, wrong = (texts(N, seed=seed) for seed in range(3))
    rows = [
        {"q": query, "d": answer, "wrong": other, "kind": "main", "more": "x"}
        for query, answer, other in zip(asked, read, wrong, strict=True)
    ]
    columns = {"negative": ["wrong"], "role": "kind"}

    def digest(**changed):
        return read_pair_table(planned([*rows[:-1], {**rows[-1], **changed}], **columns)).digest

    as_it_was = digest()
    assert digest(wrong="another") != as_it_was != digest(kind="hard") != digest(wrong="another")
    assert digest() == digest(more="of no matter") == as_it_was


def write_folder(folder, queries, documents):
    """Query i asks for document i."""
    (folder / "qrels").mkdir(exist_ok=True)
    (folder / "qrels" / "train.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{place}\td{place}\t1\n" for place in range(len(queries)))
    )
    for name, letter, rows in (("queries", "q", queries), ("corpus", "d", documents)):
        lines = [json.dumps({"_id": f"{letter}{place}"} | row) for place, row in enumerate(rows)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


def test_the_digest_of_a_folder_knows_its_roles(tmp_path):
    asked, read = texts(N, seed=0), texts(N, seed=1)

    def digest(last):
        kinds = ["main"] * (N - 1) + [last]
        queries = [{"text": text, "kind": kind} for text, kind in zip(asked, kinds, strict=True)]
        write_folder(tmp_path, queries, [{"text": text} for text in read])
        return read_pair_table(TunePlan(data=tmp_path, role="kind")).digest

    assert digest("main") == digest("main") != digest("hard")


def test_what_has_nothing_to_read_is_left_out_with_what_was_judged_of_it(tmp_path):
    asked, read = texts(N, seed=0), texts(N, seed=1)
    asked[4], read[3], read[9] = "", " \u200b", ""
    write_folder(tmp_path, [{"text": text, "kind": "a"} for text in asked], [{"text": text} for text in read])
    found = read_pair_table(TunePlan(data=tmp_path, role="kind"))
    documents, queries = found.collection.documents, found.collection.queries
    assert dict(zip(documents.ids, documents.texts, strict=True)) == {
        f"d{place}": text for place, text in enumerate(read) if place not in (3, 9)
    }
    assert queries.ids == tuple(f"q{place}" for place in range(N) if place != 4)
    assert len(queries.columns) == len(queries)
    sides = found.divided.learning, found.divided.choosing, found.divided.estimating
    assert {query for side in sides for query in side} == set(queries.ids) - {"q3", "q9"}
    told = {note.kind: note.examples for note in found.collection.notes}
    assert told["document without text"] == ("d3", "d9") and told["query without text"] == ("q4",)
