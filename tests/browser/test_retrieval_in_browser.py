"""The report of a study of retrieval as people see it: two cells chosen, narrow and dark, with and without scripts."""

from __future__ import annotations

import pytest

from semascope.reports.retrieval.run import run_retrieval
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.settings import RetrievalStudy

pytest.importorskip("bm25s")
pytestmark = [pytest.mark.browser, pytest.mark.long]

ENCODERS = ("a=hash:16", "b=hash:24", "bm25:name=bm25,stopwords=en,stemmer=none", "hybrid:a+bm25")
SHOWN = """
return [...document.querySelectorAll(".pair")].filter(p => p.checkVisibility()).map(p => [p.dataset.one, p.dataset.other])
"""
CHOOSE = """
const [one, other] = document.querySelectorAll(".pairs select");
for (const [select, name] of [[one, arguments[0]], [other, arguments[1]]]) {
  select.value = name;
  select.dispatchEvent(new Event("change"));
}
"""


@pytest.fixture(scope="module")
def page(odd_collection, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    study = RetrievalStudy.from_mapping({"data": odd_collection, "encoder": list(ENCODERS), "slice": "topic"})
    run_retrieval(study, output=folder / "run", store=VectorStore(folder / "store"))
    return folder / "run" / "report.html"


def test_two_cells_are_chosen_in_either_order(page, browser):
    browser.open(page)
    names = browser.run('return [...document.querySelector(".pairs select").options].map(o => o.value)')
    assert sorted(names) == ["a", "b", "bm25", "hybrid:a+bm25"]
    (first,) = browser.run(SHOWN)
    assert first[0] == "bm25"
    browser.run(CHOOSE, "a", "b")
    (chosen,) = browser.run(SHOWN)
    assert set(chosen) == {"a", "b"}
    browser.run(CHOOSE, "b", "a")
    assert browser.run(SHOWN) == [chosen]
    browser.run(CHOOSE, "a", "a")
    assert browser.run(SHOWN) == []
    assert browser.run('return document.querySelector(".pairs > .none").checkVisibility()')
    assert browser.console() == []


def test_without_scripts_all_pairs_are_there(page, browser):
    browser.open(page, scripts=False)
    assert len(browser.driver.find_elements("css selector", ".pair")) == 6
    assert browser.driver.find_elements("css selector", ".pairs select") == []


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (1360, True), (390, False), (390, True)])
def test_nothing_is_wider_than_the_window_and_nothing_is_asked_of_the_network(page, browser, width, dark):
    browser.open(page, width=width, dark=dark)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.console() == []
    assert all(url.startswith("file:") for url in browser.requests())
    assert browser.run("return document.title") == "odd: retrieval"
