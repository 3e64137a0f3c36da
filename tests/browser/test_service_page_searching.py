"""Searching an index from the page of its service."""

import pytest
from tests.browser.service_reader import Reader
from tests.running_service import post, running, service_of

from semascope.retrieval.indexes.index import Index

pytestmark = [pytest.mark.browser, pytest.mark.long]

DOCUMENTS = {
    "d1": "😀 Gulls take food from people. They look away first.",
    "d2": "Terns fish far out at sea",
    "d3": '<img src=x onerror="window.pwned=1"> gulls',
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    index = Index.create(tmp_path_factory.mktemp("served") / "birds", encoder="hash:16")
    index.add(
        list(DOCUMENTS.values()),
        ids=list(DOCUMENTS),
        titles=["Gulls", "", ""],
        columns={"year": [2019, 2020, 2021], "place": ["quay", "sea", None]},
    )
    with running(service_of(index.path)) as found:
        yield found


@pytest.fixture
def reader(browser, address):
    reader = Reader(browser).open(address)
    yield reader
    reader.leave()


def hits(reader):
    return reader.run(
        "return [...document.querySelectorAll('#search-hits > li')].map(each => ({ name: each.querySelector('h3').textContent,"
        " text: each.querySelector('.text').textContent, marks: [...each.querySelectorAll('mark')].map(mark => mark.textContent),"
        " cells: each.querySelector('.cells').innerText }))"
    )


def search(reader, query, *, k=10, where=""):
    reader.fill("search-query", query)
    reader.fill("search-k", str(k))
    reader.fill("search-where", where)
    reader.send("search-form")


def test_documents_stand_as_the_service_ranks_them_with_their_words_marked(reader, address):
    search(reader, "gulls")
    reader.says("search-told", "3 documents of 3.")
    (expected,) = post(address, "/v1/search", {"query": "gulls"})["results"]
    found = hits(reader)
    assert [each["name"] for each in found] == [each["title"] or each["id"] for each in expected]
    assert [each["text"] for each in found] == [each["snippet"]["text"] for each in expected]
    # The face before the words is one character to Python and two to a browser.
    assert {each["name"]: each["marks"] for each in found} == {"Gulls": ["Gulls"], "d2": [], "d3": ["gulls"]}
    assert "2019" in next(each["cells"] for each in found if each["name"] == "Gulls")
    assert reader.run("return window.pwned") is None


def test_conditions_and_the_number_are_heeded(reader):
    search(reader, "gulls", where="year>=2020\n\nyear<2021\n")
    reader.says("search-told", "1 document of 3.")
    assert [each["name"] for each in hits(reader)] == ["d2"]
    search(reader, "gulls", where="year>=2030")
    reader.says("search-told", "No document meets these conditions.")
    assert hits(reader) == []
    search(reader, "gulls", k=2)
    reader.says("search-told", "2 documents of 3.")


def test_a_condition_that_cannot_be_read_is_refused_in_words(reader):
    search(reader, "gulls", where="depth>=2")
    reader.wait("document.getElementById('search-told').classList.contains('wrong')")
    assert "depth" in reader.text("search-told")
    assert hits(reader) == []
