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
