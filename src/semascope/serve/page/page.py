"""The page as one HTML file: it loads nothing, runs only our scripts, and talks to nobody but its own service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from semascope.pages.shell import asset, policy, templates

_HERE = Path(__file__).parent
_SHARED = ("theme.css", "masthead.css", "page.css", "tables.css")
# In the order in which they build on each other; they share one function's scope.
_SCRIPTS = (
    "elements.js",
    "numbers.js",
    "strips.js",
    "texts.js",
    "notes.js",
    "parts.js",
    "languages.js",
    "tokens.js",
    "asking.js",
    "tools.js",
    "renewing.js",
    "answers.js",
    "reasons.js",
    "trying.js",
    "learning.js",
    "undoing.js",
    "suggesting.js",
    "csv.js",
    "ranking.js",
    "searching.js",
    "comparing.js",
    "programs.js",
    "main.js",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What ``GET /`` answers."""

    html: str
    policy: str  # for the header: what the page's own says, and that nobody may frame it


@cache
def make_page() -> Page:
    """The page; it holds nothing of what is served and asks for that with the token of whoever reads it."""
    style = Markup("\n".join([*map(asset, _SHARED), _asset("service.css")]))
    early, late = Markup(asset("early.js")), Markup(asset("theme.js") + _script())
    allowed = policy(styles=[style], scripts=[early, late]) + "; connect-src 'self'"
    html = (
        templates(_HERE / "templates")
        .get_template("service.html")
        .render(title="Semascope", kind="Service", policy=allowed, style=style, early=early, late=late)
    )
    return Page(html=html, policy=f"{allowed}; frame-ancestors 'none'")


@cache
def _script() -> str:
    """All scripts as one, in one function, so that the page gets no names from them."""
    parts = "\n".join(f"// {name}\n{_asset(name)}" for name in _SCRIPTS)
    return f'(function () {{\n"use strict";\n{parts}\n}})();'


@cache
def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text(encoding="utf-8")
