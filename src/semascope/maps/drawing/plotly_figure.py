"""The panels of a map as a Plotly figure, for people who go on with it."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.extras import require
from semascope.maps.contents import Numbers
from semascope.maps.drawing.marks import (
    MISSING,
    chosen_colouring,
    chosen_panels,
    groups_of,
    have_places,
    ramp_of,
    span_of,
)
from semascope.maps.drawing.packing import boxes
from semascope.words.texts import readable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels, MapContents, Panel
    from semascope.maps.drawing.marks import Group
    from semascope.types import Ints

MOST_SVG = 5_000  # marks beyond this are drawn by WebGL, of which a page has few contexts
_COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2}  # as on the page
_HOVER, _LINE = 240, 60  # characters of a text shown on hover, and of one line of it
_SYMBOLS = {
    "circle": "circle", "square": "square", "triangle": "triangle-up", "diamond": "diamond", "cross": "cross",
    "saltire": "x",
}  # fmt: skip


def draw(
    contents: MapContents, *, panels: str | Sequence[str] | None = None, color: str | None = None
) -> Any:
    """A ``plotly.graph_objects.Figure`` with one subplot a panel; see ``LinkedMap.to_plotly``."""
    require("plotly", purpose="a Plotly figure")
    from plotly.subplots import make_subplots

    shown = chosen_panels(contents, panels)
    colouring = chosen_colouring(contents, color)
    count = len(shown)
    columns = _COLUMNS.get(count, 3 if count <= 9 else 4)
    rows = math.ceil(count / columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[_title(panel) for panel in shown],
        horizontal_spacing=0.12 / columns,
        vertical_spacing=0.34 / rows,
    )
    words = np.array([_hover(text) for text in contents.texts], dtype=object)
    groups = groups_of(colouring, len(contents.texts))
    placed = [have_places(panel) for panel in shown]
    kind = "scattergl" if sum(int(each.sum()) for each in placed) > MOST_SVG else "scatter"
    for at, panel in enumerate(shown):
        for group in groups:
            items = group.items[placed[at][group.items]]
            if not len(items) and (at or not len(group.items)):
                continue  # the first panel carries the legend, also of labels that have no place there
            figure.add_trace(
                {
                    "type": kind,
                    "mode": "markers",
                    "x": panel.coordinates[items, 0],
                    "y": panel.coordinates[items, 1],
                    "text": words[items],
                    "customdata": contents.rows[items],
                    "name": escaped(shorten(group.name, 60)),
                    "legendgroup": f"{int(group.missing)} {group.name}",
                    "showlegend": at == 0 and bool(group.name) and _in_legend(group, colouring),
                    **_marks(group, items, colouring),
                },
                row=at // columns + 1,
                col=at % columns + 1,
            )
    _lay_out(figure, contents, shown, colouring, columns=columns, rows=rows)
    return figure


def escaped(words: str) -> str:
    """Words that Plotly shows as they are: it reads a part of HTML, and LaTeX between dollars."""
    return html.escape(readable(words), quote=True).replace("$", "&#36;").replace("\n", "<br>")


def _hover(text: str) -> str:
    lines: list[str] = []
    for word in shorten(" ".join(text.split()), _HOVER).split(" "):
        pieces = [word[start : start + _LINE] for start in range(0, len(word), _LINE)] or [""]
        for piece in pieces:
            if lines and len(lines[-1]) + 1 + len(piece) <= _LINE:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return "<br>".join(map(escaped, lines))


def _title(panel: Panel) -> str:
    name, caption = escaped(shorten(panel.name, 60)), escaped(shorten(panel.caption, 80))
    return f"<b>{name}</b><br><sub>{caption}</sub>" if caption else f"<b>{name}</b>"


def _in_legend(group: Group, colouring: Labels | Numbers | None) -> bool:
    return not isinstance(colouring, Numbers) or group.missing


def _marks(group: Group, items: Ints, colouring: Labels | Numbers | None) -> dict[str, Any]:
    marker: dict[str, Any] = {
        "size": 5,
        "opacity": 0.85,
        "symbol": _SYMBOLS[group.shape],
        "line": {"width": 0},
    }
    extra = "" if not group.name else escaped(shorten(group.name, 60))
    if isinstance(colouring, Numbers) and not group.missing:
        marker |= {"color": colouring.values[items], "coloraxis": "coloraxis"}
        extra += ": %{marker.color:.4~g}"
    else:
        marker["color"] = MISSING if group.missing else group.colour
    return {
        "marker": marker,
        "hovertemplate": f"%{{text}}<br><i>row %{{customdata}}</i><extra>{extra}</extra>",
    }


def _lay_out(
    figure: Any,
    contents: MapContents,
    panels: list[Panel],
    colouring: Labels | Numbers | None,
    *,
    columns: int,
    rows: int,
) -> None:
    shared = len(set(boxes([panel.coordinates for panel in panels]))) == 1
    for at, panel in enumerate(panels):
        number = "" if at == 0 else str(at + 1)
        facts = [f"{fact.name} {fact.value}" for fact in panel.facts if fact.value]
        lines = [" · ".join(facts[start : start + 2]) for start in range(0, len(facts), 2)]
        quiet = {
            "showticklabels": False,
            "ticks": "",
            "showgrid": False,
            "zeroline": False,
            "mirror": True,
            "showline": True,
            "linecolor": "#dedad1",
        }
        title = {"text": "<br>".join(map(escaped, lines)), "font": {"size": 11, "color": "#5d5b55"}}
        figure.layout[f"xaxis{number}"].update(**quiet, title=title)
        figure.layout[f"yaxis{number}"].update(**quiet, scaleanchor=f"x{number}")
        if shared and at:
            figure.layout[f"xaxis{number}"].matches = "x"
            figure.layout[f"yaxis{number}"].matches = "y"
    figure.update_layout(
        title={"text": escaped(shorten(contents.title, 100))},
        template="plotly_white",
        height=130 + 430 * rows,
        width=max(140 + 430 * columns, 620),
        legend={
            "title": {"text": "" if colouring is None else escaped(shorten(colouring.name, 60))},
            "itemsizing": "constant",
        },
        hoverlabel={"align": "left"},
    )
    if isinstance(colouring, Numbers):
        low, high = span_of(colouring)
        ramp = ramp_of(colouring)
        figure.update_layout(
            coloraxis={
                "cmin": low,
                "cmax": high,
                "colorscale": [[place / (len(ramp) - 1), colour] for place, colour in enumerate(ramp)],
                "colorbar": {"title": {"text": escaped(shorten(colouring.name, 60))}, "len": 0.6},
            },
            # Beside the colour bar there is no room.
            legend={"title": {"text": ""}, "orientation": "h", "x": 0, "y": -0.04, "yanchor": "top"},
        )
