"""The linked page: N spaces of the same texts in one HTML file that loads nothing and runs only our scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from semascope.maps.contents import Labels, MapContents, Numbers
from semascope.maps.drawing.marks import have_places, ranked_codes, span_of
from semascope.maps.drawing.packing import (
    BLOCK,
    boxes,
    pack_codes,
    pack_coordinates,
    pack_neighbors,
    pack_numbers,
    pack_rows,
    pack_texts,
)
from semascope.maps.drawing.palette import theme_colours
from semascope.maps.drawing.still import still, still_colours
from semascope.pages.chips import chip, icon_sheet
from semascope.pages.shell import asset, policy, templates
from semascope.words.texts import readable

if TYPE_CHECKING:
    from semascope.maps.contents import Fact, Panel, Region

_ASSETS = Path(__file__).parent / "assets"
_NOTES_SHOWN = 3  # at once; the rest unfolds
# In the order in which they build on each other; they share one function's scope.
_SCRIPTS = (
    "data.js",
    "colours.js",
    "geometry.js",
    "state.js",
    "elements.js",
    "draw.js",
    "panels.js",
    "card.js",
    "pick.js",
    "list.js",
    "legend.js",
    "search.js",
    "neighbors.js",
    "export.js",
    "sheet.js",
    "url.js",
    "keys.js",
    "toolbar.js",
    "main.js",
)


def render(contents: MapContents) -> str:
    """The whole page.

    Parameters
    ----------
    contents
        What stands on it; nothing is computed here but colours and places on the paper.
    """
    style = Markup("\n".join([asset("theme.css"), asset("masthead.css"), _asset("map.css")]))
    early, late = Markup(asset("early.js")), Markup(asset("theme.js") + _script())
    lengths, texts = pack_texts(contents.texts)
    squares = boxes([panel.coordinates for panel in contents.panels])
    first = contents.colourings[0] if contents.colourings else None
    colours = still_colours(first, len(contents.texts))
    names = list(dict.fromkeys(fact.name for panel in contents.panels for fact in panel.facts))
    return (
        templates(_ASSETS)
        .get_template("map.html")
        .render(
            title=contents.title,
            kind="Map",
            contents=contents,
            count=f"{len(contents.texts):,}",
            scope=_scope(len(contents.texts), len(contents.panels)),
            headline=_unbroken(contents.finding.headline),
            standfirst=_unbroken(contents.finding.standfirst),
            notes_shown=_NOTES_SHOWN,
            panels=[
                {
                    "panel": panel,
                    "picture": still(panel.coordinates, box, colours),
                    "facts": [_fact(panel, name) for name in names],
                    "unplaced": _unplaced(panel),
                }
                for panel, box in zip(contents.panels, squares, strict=True)
            ],
            fact_names=names,
            shape=_shape(len(contents.panels)),
            chip=chip,
            policy=policy(styles=[style], scripts=[early, late]),
            style=style,
            early=early,
            late=late,
            icons=icon_sheet(),
            data=_json(_data(contents, squares, lengths)),
            neighbors=_json([_neighbors(panel, len(contents.texts)) for panel in contents.panels]),
            texts=Markup(texts),
        )
    )


def _fact(panel: Panel, name: str) -> Fact | None:
    """What stands in the table of all facts, a row a panel and a column a name; None where a panel has none of it."""
    return next((fact for fact in panel.facts if fact.name == name), None)


def _data(
    contents: MapContents, squares: list[tuple[float, float, float]], lengths: list[int]
) -> dict[str, Any]:
    """What the scripts need at once; texts and neighbours lie apart and are opened on demand."""
    return {
        "n": len(contents.texts),
        "title": readable(contents.title),
        "headline": readable(_unbroken(contents.finding.headline)),
        "standfirst": readable(_unbroken(contents.finding.standfirst)),
        "rows": pack_rows(contents.rows),
        "panels": [
            {
                "name": readable(panel.name),
                "caption": readable(panel.caption),
                "coordinates": pack_coordinates(panel.coordinates, box),
                "placed": int(have_places(panel).sum()),
                "neighbors": panel.neighbors is not None,
            }
            for panel, box in zip(contents.panels, squares, strict=True)
        ],
        "colourings": [_colouring(each) for each in contents.colourings],
        "regions": [_region(region) for region in contents.regions],
        "blocks": lengths,
        "block": BLOCK,
        "themes": theme_colours(),
    }


def _colouring(colouring: Labels | Numbers) -> dict[str, Any]:
    common = {"name": readable(colouring.name), "note": readable(colouring.note)}
    if isinstance(colouring, Labels):
        names = [readable(name) for name in colouring.names]
        codes = pack_codes(colouring.codes)
        return {**common, "kind": "labels", "names": names, "codes": codes, "ranked": ranked_codes(colouring)}
    low, high = span_of(colouring)
    return {
        **common,
        "kind": "numbers",
        "diverging": colouring.diverging,
        "values": pack_numbers(colouring.values),
        "low": low,
        "high": high,
    }


def _region(region: Region) -> dict[str, Any]:
    return {"sentence": readable(region.sentence), "rows": region.rows.tolist()}


def _neighbors(panel: Panel, n: int) -> dict[str, object] | None:
    return None if panel.neighbors is None else pack_neighbors(panel.neighbors, n)


def _json(value: object) -> Markup:
    """JSON for a data block: no ``<`` in it, so that nothing can end the block."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(written.replace("<", "\\u003c"))


def _unbroken(sentence: str) -> str:
    """A number stays on the line of its "%"."""
    return sentence.replace(" %", "\u00a0%")


def _scope(texts: int, panels: int) -> str:
    words = "1 text" if texts == 1 else f"{texts:,} texts"
    return words if panels == 1 else f"{words} in {panels} spaces"


def _unplaced(panel: Panel) -> str:
    """What is said under a panel that does not show every text; empty where it does."""
    missing = int((~have_places(panel)).sum())
    if not missing:
        return ""
    return "1 text has no place here" if missing == 1 else f"{missing:,} texts have no place here"


def _shape(panels: int) -> str:
    """Classes of the grid: how many columns and rows it has on a wide screen."""
    columns = {1: 1, 2: 2, 3: 3, 4: 2}.get(panels, 3 if panels <= 9 else 4)
    return f"columns-{columns} rows-{min(3, -(-panels // columns))}"


@cache
def _script() -> str:
    """All scripts as one, in one function, so that the page gets no names from them."""
    parts = "\n".join(f"// {name}\n{_asset(name)}" for name in _SCRIPTS)
    return f'(function () {{\n"use strict";\n{parts}\n}})();'


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
