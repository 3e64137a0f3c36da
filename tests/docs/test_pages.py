"""Pages lead to each other, all of them stand in the site, and the reference names every public name."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

import semascope

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """The page without its blocks of code, in which nothing is a link or a heading."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Those that a repository's page and the site both give: the two make them by rules of their own."""
    titles = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {slug for title in titles if (slug := on_the_site(title)) == in_a_repository(title)}


def in_a_repository(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def on_the_site(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def test_an_anchor_is_made_of_a_title():
    assert on_the_site("One-sided `mean 0` (no margin)") == "one-sided-mean-0-no-margin"
    assert in_a_repository("Costs, and & what") == "costs-and--what" != on_the_site("Costs, and & what")


@each_page
def test_links_lead_to_files_and_titles(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), f"{page.name} links to {target}: no such file"
        assert page.parent != DOCS or there.is_relative_to(DOCS), (
            f"{page.name} links out of the site: {target}"
        )
        assert not anchor or anchor in anchors(there), f"{page.name} links to {target}: no such title"


@each_page
def test_lists_and_tables_begin_after_a_blank_line(page):
    """The site would run them into the paragraph; a repository's page would not, so nobody sees it there."""
    before = ""
    for line in prose(page).splitlines():
        begins = re.match(r"(- |1\. |\|)", line) is not None
        inside = re.match(r"(- |\d+\. |\||  |<!--)", before) is not None
        assert not begins or inside or not before.strip(), (
            f"{page.name}: a blank line is missing before: {line}"
        )
        before = line


def navigation(parts: list) -> list[str]:
    """The pages that a table of contents names, at any depth."""
    values = [value for part in parts for value in part.values()]
    return [page for v in values for page in (navigation(v) if isinstance(v, list) else [v])]


def test_the_site_has_every_page_and_the_index_leads_to_each():
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf8"))["project"]
    pages = {page.name for page in DOCS.glob("*.md")}
    assert sorted(navigation(site["nav"])) == sorted(pages)
    index = (DOCS / "index.md").read_text(encoding="utf8")
    assert {page for page in pages if f"({page})" in index} == pages - {"index.md"}


def test_the_reference_has_every_public_name_and_each_says_what_it_is():
    named = re.findall(
        r"^::: semascope\.(\w+)$", (DOCS / "python.md").read_text(encoding="utf8"), flags=re.MULTILINE
    )
    assert sorted(named) == sorted(semascope.__all__)
    for name in named:
        assert getattr(semascope, name).__doc__, name


def test_the_readme_and_the_verdicts_stay_short():
    assert len((ROOT / "README.md").read_text(encoding="utf8").splitlines()) <= 150
    words = [word for word in prose(DOCS / "verdicts.md").split() if re.search(r"\w", word)]
    assert len(words) <= 1500
