"""How long one query waits: asked alone, after a first time, and never for longer than is worth it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from semascope.reports.retrieval.run import evaluate_retrieval
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.searching import waiting
from semascope.studies.retrieval.searching.waiting import FEWEST, SAMPLE, quantile, sampled, waits


def test_the_same_rows_are_asked_of_every_cell():
    assert sampled(3).tolist() == [0, 1, 2]
    rows = sampled(1000)
    assert (len(rows), rows[0], rows[-1]) == (SAMPLE, 0, 999)
    assert (np.diff(rows) > 40).all()


def test_each_row_is_timed_once_after_one_that_is_not(monkeypatch):
    asked = []
    clock = itertools.count(0.0, 0.25)  # a quarter of a second passes between two looks
    monkeypatch.setattr(waiting.time, "perf_counter", lambda: next(clock))
    found = waits(asked.append, np.array([3, 5, 8]))
    assert asked == [3, 3, 5, 8]
    assert found.tolist() == [0.25, 0.25, 0.25]


def test_patience_ends_but_a_few_are_always_asked(monkeypatch):
    clock = itertools.count(0.0, 1.0)
    monkeypatch.setattr(waiting.time, "perf_counter", lambda: next(clock))
    found = waits(lambda row: None, np.arange(20))
    assert np.isfinite(found).sum() == FEWEST
    assert np.isnan(found[FEWEST:]).all()
    assert quantile(found, 0.5) == 1.0
    assert np.isnan(quantile(np.full(3, np.nan), 0.5))


def test_a_hybrid_waits_for_its_parts_and_a_run_of_others_for_nobody_knows_what(planted_collection, tmp_path):
    pytest.importorskip("bm25s")
    lines = [f"{side}{n} Q0 d{side}{n} 1 1.0 x\n" for side in "ws" for n in range(30)]
    (tmp_path / "theirs.trec").write_text("".join(lines))
    result = evaluate_retrieval(
        planted_collection,
        encoder=["hash:16", "bm25:name=bm25,stopwords=en,stemmer=none", "hybrid:hash:16+bm25"],
        run=[str(tmp_path / "theirs.trec")],
        output=tmp_path / "run",
        store=VectorStore(tmp_path / "store"),
    )
    costs = result.details.costs
    parts = costs["bm25"].median_wait, costs["hash:16"].median_wait
    assert costs["hybrid:hash:16+bm25"].median_wait > max(parts)
    assert costs["hybrid:hash:16+bm25"].median_wait <= costs["hybrid:hash:16+bm25"].long_wait
    assert costs["bm25"].start == 0.0 <= costs["hash:16"].start
    assert np.isnan(costs["theirs"].median_wait)
    records = [json.loads(line) for line in Path(result.folder, "records.jsonl").read_text().splitlines()]
    assert records[2]["costs"]["median_wait"] is None  # JSON has no NaN
