"""A study of retrieval over an API: what is billed, what a million queries cost, and that no query is paid for to time it."""

from __future__ import annotations

import json
import math

import pytest

pytest.importorskip("bm25s")

from semascope.embedding import consent
from semascope.encoders.api.session import Session, session
from semascope.errors import ConfigError
from semascope.reports.retrieval.run import run_retrieval
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.settings import RetrievalStudy

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=16) as found:
        yield found


@pytest.fixture
def search(planted_collection, tmp_path):
    def run(*encoders, **more):
        study = RetrievalStudy.from_mapping({"data": planted_collection, "encoder": list(encoders)})
        return run_retrieval(study, output=tmp_path / "run", store=VectorStore(tmp_path / "store"), **more)

    return run


def test_each_text_is_paid_for_once_and_its_charge_is_told(search, server, priced, tmp_path):
    name, said = priced(server), []
    hybrid = f"hybrid:{name}+bm25"
    result = search(name, BM25, hybrid, say=said.append)
    paid = server.paid()
    assert max(paid.values()) == 1
    records = {
        one["id"]: one
        for one in map(json.loads, (tmp_path / "run" / "records.jsonl").read_text().splitlines())
    }
    dense = next(one for one in records.values() if one["kind"] == "dense")
    bills = [dense["account"][side]["bill"] for side in ("documents", "queries")]
    known = 1  # the prompt that every encoder is asked for first
    assert sum(bill["requests"] for bill in bills) == len(server.requests) - known
    costs = result.details.costs
    asked = dense["account"]["queries"]  # some of them stand in the store as documents
    each = asked["tokens"] / asked["texts"] * bills[1]["tokens"] / bills[1]["expected_tokens"]
    assert costs[dense["id"]].charge_per_million == pytest.approx(each * 2)
    assert costs[dense["id"]].currency == "USD"
    # a hybrid is charged for its part; words are charged nothing
    mixed = next(one["id"] for one in records.values() if one["kind"] == "mixed")
    assert costs[mixed].charge_per_million == costs[dense["id"]].charge_per_million
    assert (costs["bm25"].is_billed, costs["bm25"].charge_per_million) == (False, 0.0)
    assert math.isnan(costs[dense["id"]].median_wait)
    assert any(line.startswith(f"{name}: ") and "texts, about" in line for line in said)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf8")
    tokens = sum(bill["tokens"] for bill in bills)
    assert f"{tokens:,} tokens were billed in {len(server.requests) - known} requests" in page
    assert "Million queries" in page and "no query was sent alone to time it" in page


def test_words_alone_have_no_column_of_money(search, tmp_path):
    search("hash:16", BM25)
    assert "Million queries" not in (tmp_path / "run" / "report.html").read_text(encoding="utf8")


def test_one_question_for_documents_and_queries_of_all_encoders(search, server, priced, monkeypatch):
    monkeypatch.setattr(consent, "ASK_MONEY", 0.0001)
    priced(server)
    asked = []
    with consent.asking(lambda words: asked.append(words) or True):
        search("api:paid/m", "api:paid/y", BM25)
    (words,) = asked
    assert "go to api:paid/m and api:paid/y, for about" in words
    assert "USD and about" in words and "CNY" in words


def test_a_limit_below_the_estimate_sends_nothing(search, server, priced):
    with session(Session(max_cost=1e-5)), pytest.raises(ConfigError, match="max_cost is 1e"):
        search(priced(server), BM25)
    assert not server.requests
