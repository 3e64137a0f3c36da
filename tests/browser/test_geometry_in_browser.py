"""The page of a geometry as people see it: narrow, dark, without scripts, with panels that share a scale."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.reports.geometry.run import describe_geometry

pytestmark = [pytest.mark.browser, pytest.mark.long]

SQUARES = """
return [...document.querySelectorAll("#pictures .scatter")].map(chart => {
  const edge = chart.querySelector(".edge").getBoundingClientRect();
  return [Math.round(edge.width), Math.round(edge.height), chart.querySelectorAll(".dot").length];
})
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Three spaces with long names; texts and labels try to run."""
    rng = np.random.default_rng(0)
    codes = np.arange(150) % 5
    space = rng.standard_normal((5, 20))[codes] + 0.7 * rng.standard_normal((150, 20))
    cone = np.concatenate([space, np.full((150, 1), 30.0)], axis=1)
    label = "a label that is a good deal longer than a column of a telephone would like it to be, number"
    folder = tmp_path_factory.mktemp("run")
    describe_geometry(
        {"space": space, "cone": cone, "a-space-with-quite-a-long-name-of-its-own": rng.standard_normal((150, 8))},
        labels=[f"{label} {code} <img src=x onerror=alert(1)>" for code in codes],
        texts=[f"<script>document.title = 'ran'</script> text {row} " + "word" * 60 for row in range(150)],
        compare=True,
        output=folder / "run",
    )  # fmt: skip
    return folder / "run" / "report.html"


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (768, True), (390, False)])
def test_it_fits_the_window_and_loads_nothing(page, browser, width, dark):
    browser.open(page, width=width, dark=dark)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.console() == []
    assert all(url.startswith("file:") for url in browser.requests())
    assert browser.run("return document.title") == "vectors: geometry"


def test_panels_are_squares_of_one_size_with_a_path_for_each_label(page, browser):
    browser.open(page)
    found = browser.run(SQUARES)
    assert len(found) == 6  # three at one scale, three at their own: the cone would be a dot
    assert {dots for *_, dots in found} == {5}
    widths, heights = {square[0] for square in found}, {square[1] for square in found}
    assert len(widths) == len(heights) == 1
    assert abs(widths.pop() - heights.pop()) <= 0.1 * found[0][0]


def test_it_reads_without_scripts(page, browser):
    browser.open(page, scripts=False)
    assert browser.run("return document.querySelectorAll('section').length") >= 6
    assert "remed" in browser.run("return document.querySelector('h1').textContent").lower()
