"""The shell of a page: one self-contained HTML file that loads nothing and runs only what we put into it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from semascope.pages.chips import icon_sheet
from semascope.pages.markup import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent
_STYLES = ("theme.css", "masthead.css", "page.css", "tables.css", "charts.css", "print.css")


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of a page: ``lead`` is what it found, in one or two sentences; ``nav`` its name in the contents, if not the title."""

    id: str
    title: str
    body: Markup
    nav: str = ""
    lead: str | Markup = ""


def templates(folder: Path | None = None) -> Environment:
    """Templates of ``folder`` and of the pages, with everything escaped and unknown names refused."""
    folders = [folder, _HERE / "templates"] if folder else [_HERE / "templates"]
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(each) for each in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: safe(value) if isinstance(value, str) else value,
    )


def render_page(*, title: str, kind: str, opening: Markup, sections: Sequence[Section], footer: str) -> str:
    """The whole page.

    Parameters
    ----------
    title
        Of the window.
    kind
        What sort of page this is, beside the name of the program: "Study report".
    opening
        What stands before the contents: the answer.
    sections
        In the order shown.
    footer
        The last line.
    """
    style = Markup(stylesheet())
    early, late = Markup(asset("early.js")), Markup(asset("theme.js") + asset("page.js"))
    return (
        templates()
        .get_template("shell.html")
        .render(
            title=title,
            kind=kind,
            policy=policy(styles=[style], scripts=[early, late]),
            style=style,
            early=early,
            late=late,
            icons=icon_sheet(),
            opening=opening,
            sections=sections,
            footer=footer,
        )
    )


def policy(*, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A content security policy that allows nothing but exactly these styles and scripts, and images in the page."""
    return "; ".join(
        [
            "default-src 'none'",
            "style-src " + " ".join(map(_digest, styles)),
            "script-src " + " ".join(map(_digest, scripts)),
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@cache
def stylesheet() -> str:
    """All styles of the pages, in the order in which they build on each other."""
    return "\n".join(asset(name) for name in _STYLES)


@cache
def asset(name: str) -> str:
    """The text of a style or script of this folder."""
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def _digest(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
