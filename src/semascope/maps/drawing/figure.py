"""The panels of a map as a matplotlib figure for a paper of two columns: no headline, captions of its own, a legend.

Nothing here touches pyplot or matplotlib's settings: a figure belongs to who asked for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.extras import require
from semascope.files import replacing
from semascope.maps.contents import Numbers
from semascope.maps.drawing.marks import (
    chosen_colouring,
    chosen_panels,
    groups_of,
    have_places,
    ramp_of,
    span_of,
)
from semascope.maps.drawing.packing import boxes
from semascope.plots.sheet import GREY, INK, LINE, SOFT, installed_face, show_in_notebooks, wrapped
from semascope.words.texts import readable, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from semascope.maps.contents import Fact, Labels, MapContents, Panel
    from semascope.maps.drawing.marks import Group
    from semascope.types import Ints

WIDTH = 7.2  # inches: both columns of most journals (183 mm)
# marks beyond this become pixels in SVG and PDF, else the file is large and slow to open
MOST_VECTORS = 5_000
DOTS_PER_INCH = 300  # of those pixels, and of a PNG
MOST_LISTED = 40  # labels in the legend; the rest is counted
_COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2}  # as on the page; more panels stand in three or four
_EDGE, _GAP = 0.06, 0.2  # inches around the figure and between panels
_NAME, _WORDS = 8.5, 7.0  # points
_LEADING = 1.3
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "P", "saltire": "X"}
_AGAINST = {
    "better": "better than {}",
    "worse": "worse than {}",
    "equivalent": "equivalent to {}",
    "unresolved": "not told apart from {}",
}
_SEED = 42
_METADATA: dict[str, dict[str, Any]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Endings of figures, and what is left out of the file so that it depends on the figure alone."""


def draw(
    contents: MapContents, *, panels: str | Sequence[str] | None = None, color: str | None = None
) -> Figure:
    """The panels in a grid, as wide as two columns of a paper.

    Parameters
    ----------
    panels
        Names of those to draw; None draws all.
    color
        Name of the colouring; None takes the one that the page shows first.

    Returns
    -------
    Figure
        One axes a panel, in order, and one more for the colour bar where colours are numbers.

    Raises
    ------
    ConfigError
        For a panel or a colouring that the map does not have.
    MissingExtra
        Without matplotlib.
    """
    require("matplotlib", purpose="a figure")
    shown = chosen_panels(contents, panels)
    colouring = chosen_colouring(contents, color)
    return _Drawing(contents, shown, colouring).figure


class _Drawing:
    """One figure while it is drawn; places are inches from the upper left corner."""

    def __init__(
        self, contents: MapContents, panels: list[Panel], colouring: Labels | Numbers | None
    ) -> None:
        from matplotlib.figure import Figure

        self.face = installed_face()
        self.first = contents.panels[0].name
        self.groups = groups_of(colouring, len(contents.texts))
        self.colouring = colouring
        count = len(panels)
        columns = _COLUMNS.get(count, 3 if count <= 9 else 4)
        width = (WIDTH - 2 * _EDGE - (columns - 1) * _GAP) / columns
        self.bounds = _bounds(panels)
        tall = max((top - bottom) / (right - left) for left, bottom, right, top in self.bounds)
        self.box = width, width * min(max(tall, 0.6), 0.85)
        placed = [have_places(panel) for panel in panels]
        drawn = sum(int(each.sum()) for each in placed)
        self.rasterized = drawn > MOST_VECTORS
        # Square points of a mark: all marks together would cover a tenth of a panel, whatever their number.
        self.area = min(max(0.09 * self.box[0] * self.box[1] * 72**2 / max(drawn / count, 1), 0.8), 12.0)

        heads = [self._head(panel) for panel in panels]
        feet = [self._foot(panel) for panel in panels]
        rows = [range(start, min(start + columns, count)) for start in range(0, count, columns)]
        tops, top = [], _EDGE
        for row in rows:
            tops.append(top)
            top += max(map(_height, (heads[at] for at in row))) + 0.05 + self.box[1]
            top += 0.06 + max(map(_height, (feet[at] for at in row))) + 0.14
        self.height = top + self._legend_height() + _EDGE
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=150, facecolor="white")
        show_in_notebooks(self.figure)
        for row, above in zip(rows, tops, strict=True):
            head = max(_height(heads[at]) for at in row)
            for place, at in enumerate(row):
                left = _EDGE + place * (width + _GAP)
                self._write(heads[at], left, above)
                self._panel(panels[at], at, placed[at], left, above + head + 0.05)
                self._write(feet[at], left, above + head + 0.05 + self.box[1] + 0.06)
        if isinstance(colouring, Numbers):
            self._colour_bar(colouring, top)
        elif colouring is not None:
            self._legend(colouring.name, top)

    def _head(self, panel: Panel) -> list[tuple[str, dict[str, Any]]]:
        bold = {"fontsize": _NAME, "color": INK, "fontweight": "bold"}
        name = self._wrapped(shorten(_plain(panel.name), 120), _NAME, 2, weight="bold")
        caption = self._wrapped(shorten(_plain(panel.caption), 300), _WORDS, 3)
        return [(line, bold) for line in name] + [(line, {}) for line in caption]

    def _foot(self, panel: Panel) -> list[tuple[str, dict[str, Any]]]:
        said = [self._fact(fact) for fact in panel.facts if fact.value]
        if len(said) > 2:  # the two that judge the drawing stand in one line
            said[:2] = ["; ".join(said[:2])]
        if not said and panel.facts:
            fact = panel.facts[0]
            said = [f"no {fact.name}: {fact.reason}"]
        return [(line, {}) for words in said for line in self._wrapped(_plain(words), _WORDS, 2)]

    def _fact(self, fact: Fact) -> str:
        interval = f" ({fact.interval})" if fact.interval else ""
        verdict = ", " + _AGAINST[fact.verdict].format(repr(self.first)) if fact.verdict else ""
        return f"{fact.name} {fact.value}{interval}{verdict}"

    def _wrapped(self, words: str, size: float, most: int, *, weight: str = "normal") -> list[str]:
        lines = wrapped(words, size=size, width=72 * self.box[0], face=self.face, weight=weight)
        letters = int(1.9 * 72 * self.box[0] / size)  # a word that no line holds
        lines = [shorten(line, letters) for line in lines if line]
        return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]

    def _write(self, lines: list[tuple[str, dict[str, Any]]], left: float, top: float) -> None:
        for words, style in lines:
            set_as: dict[str, Any] = {"fontsize": _WORDS, "color": SOFT, "fontfamily": self.face} | style
            top += set_as["fontsize"] / 72
            self.figure.text(left / WIDTH, 1 - top / self.height, words, parse_math=False, **set_as)
            top += (_LEADING - 1) * set_as["fontsize"] / 72

    def _axes(self, left: float, top: float, width: float, height: float) -> Any:
        place = left / WIDTH, 1 - (top + height) / self.height, width / WIDTH, height / self.height
        return self.figure.add_axes(place)

    def _panel(self, panel: Panel, at: int, placed: Any, left: float, top: float) -> None:
        axes = self._axes(left, top, *self.box)
        axes.set_label(panel.name)
        axes.set(xticks=[], yticks=[], facecolor="none")
        for spine in axes.spines.values():
            spine.set(color=LINE, linewidth=0.6)
        west, south, east, north = self.bounds[at]
        # One unit is as long upwards as sideways: the panel is filled by what is wider or taller.
        unit = max((east - west) / self.box[0], (north - south) / self.box[1]) / 2
        middle, center = (west + east) / 2, (south + north) / 2
        axes.set_xlim(middle - unit * self.box[0], middle + unit * self.box[0])
        axes.set_ylim(center - unit * self.box[1], center + unit * self.box[1])
        # Missing ones first, so that they cover nothing; the rest mixed, so that no label lies over the others.
        for group in (each for each in self.groups if each.missing):
            self._scatter(axes, panel, group.items[placed[group.items]], _MARKERS[group.shape], group.colour)
        coloured = [group for group in self.groups if not group.missing]
        if isinstance(self.colouring, Numbers):
            items = _mixed(coloured[0].items[placed[coloured[0].items]])
            colours = self._colour_map(self.colouring)
            self._scatter(
                axes,
                panel,
                items,
                "o",
                colours.to_rgba(self.colouring.values[items]) if len(items) else "none",
            )
            return
        for shape in reversed(_MARKERS):
            self._shape(axes, panel, placed, [group for group in coloured if group.shape == shape], shape)

    def _shape(self, axes: Any, panel: Panel, placed: Any, groups: list[Group], shape: str) -> None:
        if groups:
            items = np.concatenate([group.items for group in groups])
            colours = np.repeat([group.colour for group in groups], [len(group.items) for group in groups])
            order = _mixed(np.flatnonzero(placed[items]))
            self._scatter(axes, panel, items[order], _MARKERS[shape], colours[order])

    def _scatter(self, axes: Any, panel: Panel, items: Ints, marker: str, colours: Any) -> None:
        if not len(items):
            return
        x, y = panel.coordinates[items].T
        axes.scatter(
            x, y, s=self.area, c=colours, marker=marker, linewidths=0, alpha=0.85, rasterized=self.rasterized
        )

    def _colour_map(self, numbers: Numbers) -> Any:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        ramp = LinearSegmentedColormap.from_list("map", list(ramp_of(numbers)))
        return ScalarMappable(Normalize(*span_of(numbers)), ramp)

    def _listed(self) -> list[Group]:
        return self.groups if len(self.groups) <= MOST_LISTED else self.groups[: MOST_LISTED - 1]

    def _legend_names(self) -> list[str]:
        listed = self._listed()
        more = len(self.groups) - len(listed)
        names = [shorten(_plain(group.name), 40) for group in listed]
        return names + ([f"{more:,} more"] if more else [])

    def _legend_grid(self) -> tuple[int, int]:
        """Rows and columns of the legend."""
        names = self._legend_names()
        widest = max(_width(name, self.face) for name in names)
        columns = min(max(int((WIDTH - 2 * _EDGE) / (widest + 0.36)), 1), len(names))
        return math.ceil(len(names) / columns), columns

    def _legend_height(self) -> float:
        if self.colouring is None:
            return 0.0
        if isinstance(self.colouring, Numbers):
            return 0.52
        return 0.19 + 0.16 * self._legend_grid()[0]

    def _legend(self, title: str, top: float) -> None:
        from matplotlib.lines import Line2D

        title = shorten(_plain(title), 80)
        self._write([(title, {"color": INK, "fontweight": "bold"})], _EDGE, top)
        marks = [
            Line2D(
                [], [], linestyle="", marker=_MARKERS[group.shape], color=group.colour, markersize=4.5, markeredgewidth=0
            )
            for group in self._listed()
        ]  # fmt: skip
        names = self._legend_names()
        marks += [Line2D([], [], linestyle="")] * (len(names) - len(marks))
        legend = self.figure.legend(
            marks,
            ["."] * len(names),  # matplotlib leaves out names that begin with an underscore
            loc="upper left",
            bbox_to_anchor=(_EDGE / WIDTH, 1 - (top + 0.15) / self.height),
            ncols=self._legend_grid()[1],
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            handlelength=0.8,
            handletextpad=0.4,
            columnspacing=1.4,
            labelspacing=0.35,
            prop={"family": self.face, "size": _WORDS},
            labelcolor=INK,
        )
        for words, name in zip(legend.get_texts(), names, strict=True):
            words.set(text=name, parse_math=False)

    def _colour_bar(self, numbers: Numbers, top: float) -> None:
        words = [(shorten(_plain(numbers.name), 80), {"color": INK, "fontweight": "bold"})]
        self._write(words, _EDGE, top)
        low, high = span_of(numbers)
        values = numbers.values[np.isfinite(numbers.values)]
        beyond = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}
        extend = beyond[bool((values < low).any()), bool((values > high).any())]
        axes = self._axes(_EDGE, top + 0.17, 2.4, 0.09)
        axes.set_label("colour bar")
        bar = self.figure.colorbar(
            self._colour_map(numbers), cax=axes, orientation="horizontal", extend=extend
        )
        bar.outline.set_visible(False)
        axes.tick_params(length=2, width=0.5, color=GREY, labelsize=_WORDS, labelcolor=SOFT, pad=2)
        axes.tick_params(labelfontfamily=self.face)
        missing = next((len(group.items) for group in self.groups if group.missing), 0)
        notes = [_plain(numbers.note)] if numbers.note else []
        notes += [f"{missing:,} missing, as grey ×"] if missing else []
        lines = wrapped(
            "; ".join(notes), size=_WORDS, width=72 * (WIDTH - 2.4 - 0.3 - 2 * _EDGE), face=self.face
        )
        self._write([(line, {}) for line in lines[:3]], _EDGE + 2.7, top + 0.15)


def _bounds(panels: Sequence[Panel]) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of each panel with a margin; panels that lie on each other share them."""
    squares = boxes([panel.coordinates for panel in panels])
    shared = len(set(squares)) == 1
    together = np.concatenate([panel.coordinates for panel in panels])
    found = []
    for panel, (west, south, side) in zip(panels, squares, strict=True):
        points = together if shared else panel.coordinates
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            points = np.array([[west, south], [west + side, south + side]])
        (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
        margin = 0.04 * max(right - left, top - bottom) or 0.5
        found.append((left - margin, bottom - margin, right + margin, top + margin))
    return found


def _mixed(items: Ints) -> Ints:
    mixed: Ints = np.random.default_rng(_SEED).permutation(items)
    return mixed


def _plain(words: str) -> str:
    """One line."""
    return " ".join(readable(words).split())


def _height(lines: list[tuple[str, dict[str, Any]]]) -> float:
    points = sum(float(style.get("fontsize", _WORDS)) for _, style in lines)
    return _LEADING * points / 72


def _width(words: str, face: str) -> float:
    """Inches that words of the legend take."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    letters, measure = FontProperties(family=face, size=_WORDS), TextToPath()
    width: float = measure.get_text_width_height_descent(words, letters, ismath=False)[0]
    return width / 72


def check_ending(path: Path) -> str:
    """The ending of a figure's file; another than those known is a ``ConfigError``."""
    ending = path.suffix.lower()
    if ending not in _METADATA:
        known = ", ".join(_METADATA)
        raise ConfigError(f"the figure's file is {path.name!r}; endings are {known}; name it so")
    return ending


def write(figure: Figure, path: Path) -> None:
    """The figure as a file, its kind known by the ending; the same figure gives the same bytes.

    Raises
    ------
    ConfigError
        For another ending.
    DataError
        When the file cannot be written.
    """
    import matplotlib

    ending = check_ending(path)
    # Journals refuse the fonts that matplotlib puts into a PDF unless told otherwise.
    with matplotlib.rc_context({"svg.hashsalt": "semascope", "pdf.fonttype": 42}):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as stream:
                figure.savefig(stream, format=ending[1:], dpi=DOTS_PER_INCH, metadata=_METADATA[ending])
        except OSError as error:
            raise DataError(
                f"the figure cannot be written to {path} ({error.strerror or error}); name another file"
            ) from error
