"""Poolings compared on the frozen network: against encoders that pool so, measured by the measures of retrieval."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.catalogue import find_entry
from semascope.encoders.completing import assumes_pooling
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.measuring.run import Run
from semascope.tuning.contrastive import poolings
from semascope.tuning.contrastive.poolings import PoolingFigures, compare_poolings, ranks_of
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start

QUERIES = [f"high water at {hour}" for hour in ("noon", "six", "night", "four", "one")]
DOCUMENTS = [
    f"{'the tide tables say ' * (row % 3)}{number} {thing}"
    for row, number in enumerate(("one", "two", "three", "four", "five", "six"))
    for thing in ("ships", "sails at noon", "ropes", "stars", "ports")
]
PAIRS = np.array([[0, 3], [0, 7], [1, 28], [3, 5], [4, 1], [0, 7]])  # 2 has none, one pair stands twice
ALL = ("mean", "last", "weightedmean", "max")


def start_of(folder):
    return Start.of(load_encoder(str(folder), precision="float32"), Tuned(model="x"))


def by_retrieval(queries, documents, pairs):
    """nDCG@10 and RR@10 of the queries with a right document, by what reports are made with."""
    scores = {
        f"q{q}": {f"d{d}": float(score) for d, score in enumerate(row)}
        for q, row in enumerate(queries @ documents.T)
    }
    right = sorted({(f"q{q}", f"d{d}") for q, d in pairs.tolist()})
    asked, found = zip(*right, strict=True)
    judgements = Judgements(
        queries=asked, documents=found, grades=np.ones(len(right)), splits=("",) * len(right)
    )
    measures = [query_measure("nDCG@10"), query_measure("RR@10")]
    scored = score_queries(Run.of(scores), AnswerKey.of(judgements), measures)
    return [float(scored.scores[measure.name].mean()) for measure in measures]


@pytest.mark.parametrize("family", ["llama", "qwen2", "bert"])
def test_figures_are_those_of_encoders_that_pool_so(make_tiny, tmp_path, family):
    start = start_of(make_tiny(tmp_path / "own", family, max_tokens=60))  # cut, some documents would be one
    tokens = start.tokens.ids(QUERIES), start.tokens.ids(DOCUMENTS)
    found = compare_poolings(start, *tokens, PAIRS, poolings=ALL)
    expected = []
    for pooling in ALL:
        encoder = load_encoder(
            str(make_tiny(tmp_path / pooling, family, pooling=pooling, max_tokens=60)), precision="float32"
        )
        rows = encoder.encode(QUERIES), encoder.encode(DOCUMENTS)
        assert len(np.unique((rows[0] @ rows[1].T).round(6))) > 140  # hardly one is equally near
        expected.append(by_retrieval(*rows, PAIRS))
    assert [one.pooling for one in found.figures] == list(ALL)
    figures = [(one.ndcg, one.reciprocal_rank) for one in found.figures]
    np.testing.assert_allclose(figures, expected, atol=1e-9)
    assert len(set(figures)) > 1
    assert found.best == ALL[int(np.argmax([one[0] for one in expected]))]
    assert (found.queries, found.documents) == (4, len(DOCUMENTS))


def test_each_text_goes_through_once_and_some_at_a_time(tiny_llama, monkeypatch):
    start = start_of(tiny_llama)
    path, went = start.encoder.path, []
    states = path.states
    monkeypatch.setattr(path, "states", lambda some: went.append([len(ids) for ids in some]) or states(some))
    monkeypatch.setattr(path, "cpu_tokens", 60)
    queries, documents = start.tokens.ids(QUERIES), start.tokens.ids(DOCUMENTS)
    compare_poolings(start, queries, documents, PAIRS, poolings=ALL)
    asked = [queries[place] for place in (0, 1, 3, 4)]
    assert sorted(itertools.chain(*went)) == sorted(map(len, [*asked, *documents]))
    assert len(went) > 5
    assert max(map(sum, went)) <= 60


@given(
    cosines=st.lists(st.integers(-3, 3), min_size=6, max_size=6),
    pairs=st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1),
)
def test_ranks_by_counting(cosines, pairs):
    queries, documents = np.eye(2, dtype=np.float32), np.array(cosines, dtype=np.float32).reshape(3, 2)
    pairs = np.array(sorted(pairs))
    expected = [sum(documents[other, q] >= documents[d, q] for other in range(3)) for q, d in pairs]
    assert ranks_of(queries, documents, pairs).tolist() == expected


def test_ranks_in_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    queries, documents = (rng.normal(size=(n, 5)).astype(np.float32) for n in (7, 30))
    pairs = np.array(sorted({(int(q), int(d)) for q, d in rng.integers(0, (7, 30), (25, 2))}))
    whole = ranks_of(queries, documents, pairs)
    monkeypatch.setattr(poolings, "_PRODUCTS", 70)
    assert np.array_equal(ranks_of(queries, documents, pairs), whole)
    assert len(set(whole.tolist())) > 5


def test_rows_that_are_all_one_earn_nothing():
    rows = np.ones((20, 4), dtype=np.float32) / 2
    found = poolings._figures("last", rows[:3], rows, np.array([[0, 1], [1, 2], [2, 3]]))
    assert (found.ndcg, found.reciprocal_rank) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "own", "best"),
    [
        ({"mean": 0.2, "last": 0.3, "weightedmean": 0.1}, "mean", "last"),
        ({"mean": 0.3, "last": 0.3, "weightedmean": 0.3}, "weightedmean", "weightedmean"),
        ({"last": 0.3, "mean": 0.3, "weightedmean": 0.3}, "cls", "mean"),
        ({"last": 0.1, "weightedmean": 0.3, "cls": 0.3}, "last", "weightedmean"),
    ],
)
def test_of_equal_ones_the_own_then_the_mean(values, own, best):
    figures = [
        PoolingFigures(pooling=name, ndcg=value, reciprocal_rank=0.0) for name, value in values.items()
    ]
    assert poolings._best(figures, own=own) == best


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            {"poolings": ("mean", "sum")},
            ConfigError,
            "poolings to compare are mean, sum; there are mean, cls",
        ),
        ({"poolings": ()}, ConfigError, "poolings to compare are none"),
        ({"poolings": ("mean", "mean")}, ConfigError, "each once"),
        ({"pairs": np.zeros((0, 2), dtype=np.int64)}, DataError, r"pairs have shape \(0, 2\)"),
        ({"pairs": np.array([[0, 30]])}, DataError, "none of 5 queries and 30 documents"),
        ({"pairs": np.array([[-1, 0]])}, DataError, "places start at 0"),
        ({"queries": [[3]] * 4 + [[]]}, DataError, "a text has no token"),
    ],
)
def test_what_cannot_be_compared(tiny_llama, change, error, words):
    start = start_of(tiny_llama)
    given_ = {"queries": [[3]] * 5, "documents": [[4]] * 30, "pairs": PAIRS, "poolings": ALL} | change
    with pytest.raises(error, match=words):
        compare_poolings(start, given_.pop("queries"), given_.pop("documents"), given_.pop("pairs"), **given_)


def test_a_folder_that_says_nothing_of_pooling(make_tiny, tmp_path):
    plain = load_encoder(str(make_tiny(tmp_path / "plain", "llama", pooling=None)))
    said = load_encoder(str(make_tiny(tmp_path / "said", "llama", pooling="mean")))
    assert assumes_pooling(plain.checkpoint)
    assert not assumes_pooling(said.checkpoint)
    chosen_by_us = find_entry("HuggingFaceTB/SmolLM2-135M")
    assert chosen_by_us is not None and chosen_by_us.pooling_chosen
    assert assumes_pooling(plain.checkpoint, chosen_by_us)
    assert not assumes_pooling(said.checkpoint, chosen_by_us)
