"""The page of "may I switch?" as people see it: narrow and dark, with and without scripts."""

from __future__ import annotations

import numpy as np
import pytest

import semascope as sm

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Of texts with a score and long unbroken words, and of a collection."""
    folder = tmp_path_factory.mktemp("switch")
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((120, 16)).astype(np.float32)
    texts = [
        f"the tide of day {n} stands {'high' * (n % 40)} at https://example.org/{'tide/' * 12}{n}"
        for n in range(120)
    ]
    score = (2 * vectors[:, 0]).tolist()
    table = sm.Table.from_columns({"text": texts, "a_very_long_name_of_a_column": score})
    other = vectors + rng.standard_normal(vectors.shape).astype(np.float32)
    sm.may_switch(
        vectors, other, table, text="text", target="a_very_long_name_of_a_column", store=folder / "store",
        output=folder / "texts",
    )  # fmt: skip
    lines = [f"how high is tide {n},tide number {n} is {n * 3} feet" for n in range(60)]
    (folder / "pairs.csv").write_text("question,answer\n" + "\n".join(lines) + "\n", encoding="utf8")
    sm.may_switch(
        "hash:16", "hash:32", folder / "pairs.csv", query="question", document="answer", store=folder / "store",
        output=folder / "pairs",
    )  # fmt: skip
    return {name: folder / name / "report.html" for name in ("texts", "pairs")}


@pytest.mark.parametrize("name", ["texts", "pairs"])
@pytest.mark.parametrize(("width", "dark"), [(1360, False), (1360, True), (390, False), (390, True)])
def test_nothing_is_wider_than_the_window_and_nothing_is_asked_of_the_network(
    pages, browser, name, width, dark
):
    browser.open(pages[name], width=width, dark=dark)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    wide = """return [...document.querySelectorAll("main p, main li, main h1, main h2, main h3, main dd, main figure")]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 90))"""
    assert browser.run(wide) == []
    assert len(browser.requests()) == 1
    assert browser.console() == []


def test_the_map_of_cosines_has_words_for_who_cannot_see_it(pages, browser):
    browser.open(pages["texts"])
    words = browser.run('return document.querySelector("#thresholds svg.chart").getAttribute("aria-label")')
    assert words.startswith("Cosine of NEW over that of OLD, for pairs of two texts: ")


def test_without_scripts_all_is_there(pages, browser):
    browser.open(pages["pairs"], scripts=False)
    assert len(browser.driver.find_elements("css selector", "main section")) == 8
    assert browser.driver.find_elements("css selector", "#queries .changes")
