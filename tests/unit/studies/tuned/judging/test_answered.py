"""What another split calls right is not counted as wrong, by rankings written by hand and in a search by words."""

from __future__ import annotations

import numpy as np
import pytest
from tests import tuning_tables
from tests.tuning_tables import write_judgements, write_rows

from semascope.encoders.loading import load_encoder
from semascope.retrieval.rankings import ranked
from semascope.store.vectors import VectorStore
from semascope.studies.tuned.asking.pairs import read_pair_table
from semascope.studies.tuned.asking.plan import TunePlan
from semascope.studies.tuned.judging.answered import answered_elsewhere, answered_notes, left_out_of
from semascope.studies.tuned.judging.searched import judge_search
from semascope.tuning.start import Start

WORDS = tuning_tables.WORDS[:12]


@pytest.fixture
def plan(tmp_path):
    """Queries of one word; d0, d1, ... say nothing else and answer in train, e0, e1, ... say more and answer in test."""
    folder = tmp_path / "sea"
    write_rows(folder / "queries.jsonl", [{"_id": f"q{n}", "text": word} for n, word in enumerate(WORDS)])
    short = [{"_id": f"d{n}", "text": f"{word} {word}"} for n, word in enumerate(WORDS)]
    long = [{"_id": f"e{n}", "text": f"a {word} that lies far away {n}"} for n, word in enumerate(WORDS)]
    write_rows(folder / "corpus.jsonl", [*short, *long])
    write_judgements(folder / "qrels" / "train.tsv", [(f"q{n}", f"d{n}", 1) for n in range(len(WORDS))])
    judged = [("q0", "e0", 1), ("q1", "e1", 1), ("q2", "e2", 2), ("q2", "d2", 0)]
    write_judgements(folder / "qrels" / "test.tsv", judged)
    return TunePlan(data=folder, measure="RR@10")


def test_what_another_split_calls_right(plan):
    table = read_pair_table(plan)
    assert table.divided.estimating == ("q0", "q1", "q2")
    found = answered_elsewhere(table.collection, table.divided)
    assert found == {"q0": {"d0"}, "q1": {"d1"}}  # of q2 and d2 its own side says that it is wrong
    (note,) = answered_notes(table.collection, table.divided)
    assert note.text.endswith(
        "left out of what is found for 2 queries, as neither right nor wrong here: 'q0', 'q1'"
    )


def test_those_behind_move_up():
    found = [(np.array([0, 1, 2]), np.array([0.9, 0.5, 0.1])), (np.array([2, 0]), np.array([0.8, 0.7]))]
    rankings = ranked(found, query_ids=["q", "r"], doc_ids=["a", "b", "c"], k=3)
    less = left_out_of(rankings, {"q": {"a", "c"}, "other": {"a"}})
    assert less.listed(0) == [("b", 0.5)]
    assert less.listed(1) == rankings.listed(1)
    assert left_out_of(rankings, {"r": {"a", "c"}}).listed(1) == []
    assert len(rankings.listed(0)) == 3


def test_it_does_not_count_against_who_finds_it(plan, tiny_bert, make_tiny, tmp_path):
    start = Start.of(load_encoder(str(tiny_bert), device="cpu", precision="float32"), plan)
    table = read_pair_table(plan)
    found = judge_search(
        plan,
        start,
        make_tiny(tmp_path / "tuned", "bert"),
        table.collection,
        table.divided,
        table.leaks,
        seen=frozenset(),
        store=VectorStore(tmp_path / "store"),
        progress=lambda step: None,
    )
    # By words d comes first and e second: of q0 and q1 d is no answer of this side and no wrong one either, of q2 it is wrong.
    assert found.part("all").values["bm25"].value == pytest.approx((1 + 1 + 1 / 2) / 3)
