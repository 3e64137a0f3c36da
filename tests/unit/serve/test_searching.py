"""Indexes behind HTTP: what is found is what the library finds, whoever else asks; what is wrong is said in one line."""

import asyncio
import threading

import pytest
from starlette.testclient import TestClient

from semascope.errors import ConfigError, DataError
from semascope.retrieval.indexes.index import Index
from semascope.serve.app import build_app
from semascope.serve.refusals import Overloaded
from semascope.serve.searching import SearchThreads
from semascope.serve.served import index as served_index
from semascope.serve.served.wanted import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings

WORDS = [
    "ebb",
    "flow",
    "tide",
    "noon",
    "dusk",
    "moon",
    "rope",
    "knot",
    "sail",
    "keel",
    "fog",
    "lamp",
    "reef",
    "wave",
    "bell",
    "crew",
]
TEXTS = [
    f"{WORDS[n % 16]} {WORDS[n * 7 % 16]} at {n}. Then came the {WORDS[n * 5 % 16]}, and the {WORDS[n * 3 % 16]}.\n\nNothing else is known of it, said the crew."
    for n in range(60)
]
QUERIES = [f"{WORDS[n % 16]} and {WORDS[n * 11 % 16]}" for n in range(24)] + ["unheard words alone"]


@pytest.fixture(scope="module", params=["bm25", "hash:16", "hybrid:hash:16+bm25", "hash:16 in passages"])
def folder(request, tmp_path_factory):
    encoder, _, passages = request.param.partition(" in ")
    path = tmp_path_factory.mktemp("index") / "tides"
    index = Index.create(
        path,
        encoder=encoder,
        passage="16/4" if passages else None,
        instruction="Find it" if "hash" in encoder else "",
    )
    index.add(
        TEXTS,
        ids=[f"d{n}" for n in range(60)],
        titles=[f"Page {n % 7}" for n in range(60)],
        columns={"lang": ["en", "de", "en"] * 20, "year": list(range(1960, 2020))},
    )
    return path


@pytest.fixture
def service(folder):
    made = Service([read_wanted(str(folder))], ServeSettings())
    made.load()
    return made


@pytest.fixture
def client(service):
    with TestClient(build_app(service)) as asking:
        yield asking


def running(service, work):
    """What ``work()`` returns while the service runs on a loop of its own."""

    async def run():
        service.start()
        try:
            return await asyncio.wait_for(work(), 30)
        finally:
            await service.stop()

    return asyncio.run(run())


def test_what_is_found_over_http_is_what_the_library_finds(folder, client):
    where = ["lang=en", "year<2010"]
    said = client.post("/v1/search/tides", json={"queries": QUERIES, "k": 4, "where": where}).json()
    assert (said["model"], said["documents"]) == ("tides", 60)
    expected = Index.open(folder).search(QUERIES, k=4, where=where)
    assert sum(map(len, expected)) > 20
    assert [[hit["id"] for hit in hits] for hits in said["results"]] == [
        [hit.id for hit in hits] for hits in expected
    ]
    for hits, others in zip(said["results"], expected, strict=True):
        for hit, other in zip(hits, others, strict=True):
            assert hit["score"] == pytest.approx(other.score, rel=1e-6)
            assert hit["snippet"]["text"] == other.snippet.text
            assert [tuple(word) for word in hit["snippet"]["words"]] == list(other.snippet.words)
            assert (hit["rank"], hit["title"], hit["text"]) == (other.rank, other.title, other.text)
            assert hit["columns"] == dict(other.columns)


def test_searches_at_once_are_made_together_and_find_what_each_finds_alone(folder, service, monkeypatch):
    passes, gate = [], threading.Event()
    together = served_index.ServedIndex.search_together

    def counted(self, searches):
        passes.append([search.k for search in searches])
        assert gate.wait(20)
        return together(self, searches)

    monkeypatch.setattr(served_index.ServedIndex, "search_together", counted)

    async def work():
        index, threads = service.index(), service.search_threads
        tasks = [
            asyncio.ensure_future(index.search([query], k=3 + n % 2, where=(), threads=threads))
            for n, query in enumerate(QUERIES)
        ]
        while threads.held < len(QUERIES):
            await asyncio.sleep(0.001)
        gate.set()
        return await asyncio.gather(*tasks)

    found = running(service, work)
    assert all(len(set(ks)) == 1 for ks in passes)
    assert sum(map(len, passes)) == len(QUERIES)
    assert len(passes) <= 8  # not one each
    alone = Index.open(folder)
    for n, (query, (hits,)) in enumerate(zip(QUERIES, found, strict=True)):
        (expected,) = alone.search([query], k=3 + n % 2)
        assert [hit.id for hit in hits] == [hit.id for hit in expected]
        assert [hit.snippet for hit in hits] == [hit.snippet for hit in expected]


def test_a_search_that_fails_does_not_fail_those_made_with_it(service, monkeypatch):
    made = served_index.make_hits

    def choking(view, recipe, encoders, found):
        if "fog" in found.texts[0]:
            raise RuntimeError("the fog is thick")
        return made(view, recipe, encoders, found)

    monkeypatch.setattr(served_index, "make_hits", choking)

    async def work():
        index, threads = service.index(), service.search_threads
        return await asyncio.gather(
            *(index.search([word], k=2, where=(), threads=threads) for word in WORDS), return_exceptions=True
        )

    found = running(service, work)
    failed = [word for word, hits in zip(WORDS, found, strict=True) if isinstance(hits, Exception)]
    assert failed == ["fog"]


@pytest.mark.parametrize("folder", ["hash:16"], indirect=True)
def test_conditions_that_cannot_be_used_fail_alone(service):
    async def work():
        index, threads = service.index(), service.search_threads
        asked = [(), ("nope=1",), ("lang=de",), ("lang",)]
        return await asyncio.gather(
            *(index.search(["ebb"], k=2, where=where, threads=threads) for where in asked),
            return_exceptions=True,
        )

    whole, unknown, some, unreadable = running(service, work)
    assert isinstance(unknown, DataError)
    assert isinstance(unreadable, ConfigError)
    assert len(whole[0]) > 0
    assert {hit.columns["lang"] for hit in some[0]} == {"de"}


@pytest.mark.parametrize("folder", ["hash:16"], indirect=True)
def test_no_more_wait_than_may_and_who_leaves_makes_room(service, monkeypatch):
    gate = threading.Event()
    together = served_index.ServedIndex.search_together

    def waiting(self, searches):
        assert gate.wait(20)
        return together(self, searches)

    monkeypatch.setattr(served_index.ServedIndex, "search_together", waiting)

    async def work():
        index, threads = service.index(), SearchThreads(most_waiting=3)
        tasks = [
            asyncio.ensure_future(index.search([word], k=2, where=(), threads=threads)) for word in WORDS[:3]
        ]
        while threads.held < 3:
            await asyncio.sleep(0.001)
        with pytest.raises(
            Overloaded, match="3 texts wait, and at most 3 may; send the request again in 1 s"
        ):
            await index.search(["bell"], k=2, where=(), threads=threads)
        tasks[2].cancel()
        await asyncio.gather(tasks[2], return_exceptions=True)
        last = asyncio.ensure_future(index.search(["bell"], k=2, where=(), threads=threads))
        while threads.held < 3:
            await asyncio.sleep(0.001)
        gate.set()
        await asyncio.gather(*tasks[:2], last)
        await threads.stop()
        return threads.held

    assert running(service, work) == 0


class Passes:
    """The passes over an index, as (queries, k); one for many documents waits for ``gate``."""

    def __init__(self, monkeypatch):
        self.made, self.gate, self.long = [], threading.Event(), threading.Event()
        self._together = served_index.ServedIndex.search_together
        monkeypatch.setattr(
            served_index.ServedIndex, "search_together", lambda index, searches: self._pass(index, searches)
        )

    def _pass(self, index, searches):
        hits = sum(search.hits for search in searches)
        self.made.append((sum(len(search.queries) for search in searches), searches[0].k))
        if hits > 100:
            self.long.set()
            assert self.gate.wait(20)
        return self._together(index, searches)


@pytest.mark.parametrize("folder", ["bm25"], indirect=True)
def test_a_search_for_few_documents_never_waits_for_those_for_many(service, monkeypatch):
    passes = Passes(monkeypatch)

    async def work():
        index, threads = service.index(), service.search_threads
        many = [
            asyncio.ensure_future(index.search(["ebb", "fog"], k=400 + n, where=(), threads=threads))
            for n in range(6)
        ]
        await asyncio.to_thread(passes.long.wait, 20)
        few = await asyncio.wait_for(index.search(["ebb"], k=10, where=(), threads=threads), 20)
        assert not any(each.done() for each in many)
        passes.gate.set()
        return few, await asyncio.gather(*many)

    few, many = running(service, work)
    assert len(few[0]) > 0
    assert all(len(hits[0]) > 0 for hits in many)
    assert passes.made[:2] == [(2, 400), (1, 10)]


@pytest.mark.parametrize("folder", ["bm25"], indirect=True)
@pytest.mark.parametrize(
    ("queries", "k", "expected"),
    [
        (2, 1_000, [(1, 1_000)] * 2),
        (130, 10, [(64, 10), (64, 10), (2, 10)]),
        (5, 400, [(2, 400)] * 2 + [(1, 400)]),
    ],
)
def test_a_request_for_many_documents_takes_several_passes(
    folder, service, monkeypatch, queries, k, expected
):
    asked = [QUERIES[n % 24] for n in range(queries)]
    passes = Passes(monkeypatch)
    passes.gate.set()

    async def work():
        return await service.index().search(asked, k=k, where=(), threads=service.search_threads)

    found = running(service, work)
    assert passes.made == expected
    alone = Index.open(folder).search(asked, k=k)
    assert [[hit.id for hit in hits] for hits in found] == [[hit.id for hit in hits] for hits in alone]


@pytest.mark.parametrize("folder", ["bm25"], indirect=True)
def test_searches_together_find_no_more_documents_than_a_pass_may(service, monkeypatch):
    passes = Passes(monkeypatch)

    async def work():
        index, threads = service.index(), service.search_threads
        first = asyncio.ensure_future(index.search(["ebb"], k=101, where=(), threads=threads))
        await asyncio.to_thread(passes.long.wait, 20)
        others = [
            asyncio.ensure_future(index.search([word], k=300, where=(), threads=threads))
            for word in WORDS[:7]
        ]
        while threads.held < 8:
            await asyncio.sleep(0.001)
        passes.gate.set()
        await asyncio.gather(first, *others)

    running(service, work)
    assert passes.made == [(1, 101), (3, 300), (3, 300), (1, 300)]


@pytest.mark.parametrize("folder", ["bm25"], indirect=True)
def test_what_nobody_waits_for_is_not_searched(service, monkeypatch):
    passes = Passes(monkeypatch)
    cut = []
    make = served_index.make_hits
    monkeypatch.setattr(served_index, "make_hits", lambda *given: cut.append(given) or make(*given))

    async def work():
        index, threads = service.index(), service.search_threads
        leaving = asyncio.ensure_future(index.search(["ebb"] * 4, k=500, where=(), threads=threads))
        await asyncio.to_thread(passes.long.wait, 20)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        passes.gate.set()
        await index.search(["fog"], k=101, where=(), threads=threads)
        assert threads.held == 0

    running(service, work)
    assert passes.made == [(2, 500), (1, 101)]  # and not the second half
    assert len(cut) == 1  # of the pass that had begun no snippet


@pytest.mark.parametrize("folder", ["hash:16"], indirect=True)
@pytest.mark.parametrize(
    ("body", "status", "param", "said"),
    [
        ({}, 400, "query", "neither query nor queries is given; one of them is needed"),
        ({"query": "ebb", "queries": ["ebb"]}, 400, "query", "query and queries are both given"),
        ({"query": " \n"}, 400, "query", "query is empty; words are needed"),
        ({"queries": ["ebb", ""]}, 400, "queries[1]", "queries[1] is empty; words are needed"),
        ({"queries": []}, 400, "queries", "queries is empty; one text or more is needed"),
        ({"query": "ebb", "where": ["nope=1"]}, 400, "where", "index tides has no column 'nope'"),
        ({"query": "ebb", "where": ["lang"]}, 400, "where", "it must be COLUMN=VALUE"),
        ({"query": "ebb", "where": ["year>=2000"] * 33}, 400, "where", "where"),
        ({"query": "ebb", "k": 0}, 400, "k", "k"),
        ({"query": "ebb", "k": 1001}, 400, "k", "k"),
        ({"query": "ebb", "k": "3"}, 400, "k", "k"),
        ({"query": 7}, 400, "query", "query"),
        ({"query": "ebb", "top": 3}, 400, "top", "top"),
        ({"queries": ["ebb"] * 3, "k": 1000}, 413, "k", "ask for 3,000 documents; at most 2,000"),
        ({"query": "ebb" * 80_000}, 413, "query", "at most 200,000 are accepted"),
    ],
)
def test_what_cannot_be_searched_is_said_in_one_line(client, folder, body, status, param, said):
    answer = client.post("/v1/search", json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["param"] == param
    assert said in error["message"]
    assert "\n" not in error["message"]
    assert str(folder.parent) not in answer.text


@pytest.mark.parametrize("folder", ["hash:16"], indirect=True)
def test_an_index_that_is_not_there(client):
    answer = client.post("/v1/search/reefs", json={"query": "ebb"})
    assert answer.status_code == 404
    assert "'reefs' is asked for as index; known are tides" in answer.json()["error"]["message"]


def test_an_index_says_what_it_is_and_no_path(client, folder):
    (said,) = client.get("/v1/models").json()["data"]
    assert (said["id"], said["kind"], said["documents"]) == ("tides", "index", 60)
    assert str(folder.parent) not in str(said)
