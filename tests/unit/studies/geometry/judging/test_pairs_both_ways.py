"""Pairs judge remedies both ways: texts find their other ones, and those find the texts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.studies.geometry.asking.plan import GeometryPlan
from semascope.studies.geometry.judging.searching import split_search
from semascope.studies.geometry.judging.tasks import SearchTask
from semascope.studies.geometry.run import run_geometry

ROWS = 60


def ndcg(queries, documents):
    """nDCG@10 of each query whose one answer is the document of its row, written out."""
    cosines = queries @ documents.T
    ranks = (cosines > cosines.diagonal()[:, None]).sum(axis=1)
    return np.where(ranks < 10, 1 / np.log2(ranks + 2), 0.0)


def test_both_directions_have_the_values_that_are_written_out(tmp_path):
    rng = np.random.default_rng(0)
    titles = [f"{' '.join(rng.choice(list('abcdefgh'), 4))} t{row}" for row in range(ROWS)]
    bodies = [f"{title} and more" for title in titles]
    data = tmp_path / "pairs.jsonl"
    pairs = zip(titles, bodies, strict=True)
    data.write_text("".join(json.dumps({"title": title, "body": body}) + "\n" for title, body in pairs))
    plan = GeometryPlan.from_mapping(
        {"data": str(data), "text": ["title"], "pair": "body", "encoder": ["hash:8"], "remedy": ["centre"]}
    )
    remedied = run_geometry(plan).remedied
    there, back = HashEncoder(8).encode(titles), HashEncoder(8).encode(bodies)
    own = {row: {row: 1.0} for row in range(ROWS)}
    for task, (queries, documents) in (("retrieval", (there, back)), ("retrieval back", (back, there))):
        sides = split_search(
            SearchTask(queries={"x": queries}, documents={"x": documents}, qrels=own), seed=plan.seed
        )
        expected = ndcg(queries, documents)[sides.test_queries].mean()
        found = remedied.spaces["hash:8"].task(task)
        assert found.scores["no remedy"].value == pytest.approx(expected)
    assert ndcg(there, back).mean() != pytest.approx(ndcg(back, there).mean())


def test_a_text_without_another_one_asks_nothing_and_copies_answer_alike(tmp_path):
    rows = [{"title": f"t{row} x", "body": f"b{row} y"} for row in range(40)]
    rows += [
        {"title": "alone", "body": ""},
        {"title": "T0  X", "body": "b40 z"},
    ]  # the second is t0 written otherwise
    data = tmp_path / "pairs.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = GeometryPlan.from_mapping(
        {"data": str(data), "text": ["title"], "pair": "body", "encoder": ["hash:8"], "remedy": ["centre"]}
    )
    from semascope.studies.geometry.judging import by_tasks

    asked = SearchTask(
        queries={"x": np.eye(3, dtype=np.float32)},
        documents={"x": np.eye(4, 3, dtype=np.float32)},
        qrels={
            0: {0: 1.0, 3: 1.0},
            1: {1: 1.0},
            2: {0: 1.0, 3: 1.0},
        },  # texts 0 and 3 are copies, text 2 is alone
    )
    turned = by_tasks._turned(asked, np.array([0, 1, 3]))
    assert turned.qrels == {0: {0: 1.0, 2: 1.0}, 1: {1: 1.0}, 2: {0: 1.0, 2: 1.0}}
    assert np.array_equal(turned.queries["x"], asked.documents["x"][[0, 1, 3]])
    assert turned.documents is asked.queries
    found = run_geometry(plan).remedied.spaces["hash:8"]
    assert [task.task for task in found.tasks] == ["retrieval", "retrieval back"]
