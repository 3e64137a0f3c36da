"""Small labels that say a thing by shape, word and colour, so that none of the three is needed alone."""

from __future__ import annotations

from markupsafe import Markup

from semascope.pages.markup import element

ICONS: dict[str, str] = {
    "better": "M6 .5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11zM3 6.2L5.2 8.4L9.2 4",
    "worse": "M6 .5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11zM3.8 3.8L8.2 8.2M8.2 3.8L3.8 8.2",
    "equivalent": "M1.2 1.2h9.6v9.6h-9.6zM3.4 4.6h5.2M3.4 7.4h5.2",
    "unresolved": "M6 .8a5.2 5.2 0 1 1 0 10.4a5.2 5.2 0 1 1 0-10.4z"
    "M4.4 4.8a1.6 1.6 0 1 1 2.4 1.4q-.8 .4 -.8 1.1M6 9.1v.1",
    "baseline": "M6 .8L11.2 6L6 11.2L.8 6z",
    "mixed": "M6 1L11.4 10.6H.6zM6 4.6v3M6 9v.1",
    "chosen": "M6 .9L7.5 4.2L11.1 4.6L8.4 7L9.2 10.6L6 8.8L2.8 10.6L3.6 7L.9 4.6L4.5 4.2z",
}
"""Outlines on a 12 x 12 field, stroked or filled by the theme."""


def icon(name: str) -> Markup:
    """The shape alone, hidden from screen readers."""
    return element("svg", Markup(f'<use href="#icon-{name}"/>'), class_=f"icon {name}", aria_hidden="true")


def chip(name: str, text: str = "") -> Markup:
    """The shape with its word; ``name`` is one of ``ICONS`` and also the word unless another is given."""
    return element("span", icon(name), text or name, class_=f"chip {name}")


def icon_sheet() -> Markup:
    """The definitions that ``icon`` points at; once on every page."""
    symbols = [
        element("symbol", element("path", d=d), id=f"icon-{name}", viewBox="0 0 12 12")
        for name, d in ICONS.items()
    ]
    return element("svg", *symbols, class_="sheet", width=0, height=0, aria_hidden="true")
