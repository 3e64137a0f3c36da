"""The paper of a matplotlib plot: the pages' colours, a headline that says the finding, quiet axes.

Nothing here touches pyplot or matplotlib's settings: a figure belongs to who asked for it.
"""

from __future__ import annotations

import functools
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.extras import require
from semascope.pages.scales import Scale, tick_labels
from semascope.words.numbers import significant
from semascope.words.texts import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from semascope.types import Floats, Ints

# theme.css on light paper: Okabe-Ito hues, dark enough that words in them read
PAPER, INK, SOFT, LINE, GREY = "#fdfcfa", "#1a1a18", "#5d5b55", "#dedad1", "#6b6963"
BLUE, RED, ZONE = "#00629b", "#b04500", "#e9e6de"
BAR = "#5793ba"  # blue on which a black line is still seen; 3 : 1 on paper
FAINT = "#a9a69d"
SHADES = ("#dbe7ef", "#a9c8dc", "#6fa3c4", "#3b7fad", "#00629b", "#003a5f")
"""Few to many: one hue, so that a grey print and every eye see the same order."""

WIDTH = 900
DOTS_PER_INCH = 100  # at which a figure is WIDTH pixels wide
_SIDE, _TOP = 24, 18  # pixels of paper left of the headline, and above it
_FACES = ("Liberation Sans", "Arial", "Helvetica", "Helvetica Neue", "DejaVu Sans")


class Sheet:
    """A figure of 900 pixels' width with a headline, and places for axes given in pixels.

    Parameters
    ----------
    height
        Of the whole figure, in pixels at 100 dots per inch.
    headline
        The finding, one short sentence.
    sentence
        What the reader needs beside it; wrapped.

    Raises
    ------
    MissingExtra
        Without matplotlib.
    """

    def __init__(self, *, height: int, headline: str, sentence: str) -> None:
        require("matplotlib", purpose="a plot")
        from matplotlib.figure import Figure

        self.height = height
        self.figure = Figure(
            figsize=(WIDTH / DOTS_PER_INCH, height / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor=PAPER
        )
        show_in_notebooks(self.figure)
        self.face = installed_face()
        self.top = float(_TOP)
        """Pixels from the upper edge that the words take."""
        for words, style in (
            (headline, {"size": 16, "weight": "bold", "color": INK}),
            (sentence, {"size": 10.5}),
        ):
            self._write(words, **style)
        self.top += 8

    def grow_to(self, height: float) -> None:
        """Make the sheet as high as what is to be drawn needs; the words stay as far below the upper edge."""
        before, self.height = self.height, round(height)
        self.figure.set_size_inches(WIDTH / DOTS_PER_INCH, self.height / DOTS_PER_INCH)
        for words in self.figure.texts:
            words.set_y(1 - (1 - words.get_position()[1]) * before / self.height)

    def axes(self, *, left: float, width: float, bottom: float = 58, top: float = 0, name: str = "") -> Any:
        """Axes in a box given in pixels; ``top`` is counted from below the words.

        ``name`` stands over the axes, for what is counted upwards.
        """
        high = self.height - bottom - self.top - top
        axes = self.figure.add_axes(
            (left / WIDTH, bottom / self.height, width / WIDTH, high / self.height), facecolor="none"
        )
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(GREY)
        axes.tick_params(length=0, pad=6, labelsize=10, labelcolor=SOFT, labelfontfamily=self.face)
        axes.tick_params(axis="x", pad=9)  # clear of the lowest word of the other axis
        axes.set_axisbelow(True)
        if name:
            axes.text(0, 1, name, transform=axes.transAxes, va="bottom", **self.words(size=10, weight="bold"))
        return axes

    def words(self, **more: Any) -> dict[str, Any]:
        """How words are set: the pages' face, soft ink, unless told otherwise."""
        return {"fontfamily": self.face, "color": SOFT, "fontsize": 10} | {
            {"size": "fontsize", "weight": "fontweight"}.get(key, key): value for key, value in more.items()
        }

    def _write(self, words: str, *, size: float, **style: Any) -> None:
        pixels = size * DOTS_PER_INCH / 72  # of one em
        for line in wrapped(as_words(words), size=pixels, width=WIDTH - 2 * _SIDE, face=self.face, **style):
            self.figure.text(
                _SIDE / WIDTH, 1 - (self.top + pixels) / self.height, line, **self.words(size=size, **style)
            )
            self.top += 1.35 * pixels
        self.top += 4


def as_words(text: str) -> str:
    r"""A text of users that matplotlib draws as it is: nothing invisible, on one line, and no formula.

    Examples
    --------
    >>> print(as_words("5 $ and\n6 $"))
    5 \$ and 6 \$
    """
    return " ".join(readable(text).split()).replace("$", r"\$")


def finite_rows(values: ArrayLike, what: str) -> Floats:
    """(n,) float64 of at least one finite number.

    Raises
    ------
    DataError
        For another shape, no value, or a value that is no finite number; names the first such row.
    """
    try:
        rows = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} are {values!r:.60}; a list of numbers is accepted; give one each") from error
    if rows.ndim != 1 or not len(rows):
        raise DataError(f"{what} have shape {rows.shape}; one number a row is accepted, at least one row")
    odd = np.flatnonzero(~np.isfinite(rows))
    if len(odd):
        raise DataError(
            f"{what} hold {rows[odd[0]]} in row {odd[0]}; finite numbers are accepted; leave that row out"
        )
    return rows


def round_ticks(axis: Any, ticks: Sequence[float]) -> None:
    """Ticks at the given places, written as the pages write numbers."""
    places = list(ticks)
    axis.set_ticks(places, labels=_tick_words(places))


def _tick_words(places: list[float]) -> list[str]:
    largest = max((abs(place) for place in places), default=0.0)
    if largest and (largest >= 1e6 or largest < 1e-4):  # too long to write out
        return [significant(place, 3, longest=6) for place in places]
    return tick_labels(places)


def grid_lines(axes: Any, which: str) -> None:
    """Pale lines at the ticks of one axis, ``"x"`` or ``"y"``."""
    axes.grid(axis=which, color=LINE, linewidth=0.8)


def around_zero(values: Floats, reach: float) -> tuple[Ints, Floats]:
    """Counts and edges over [-reach, reach]; bins are odd in number, so that one stands on zero."""
    bins = 2 * int(np.clip(math.sqrt(len(values)) / 2, 2, 15)) + 1
    return np.histogram(np.clip(values, -reach, reach), bins=bins, range=(-reach, reach))


def draw_counts(axes: Any, values: Floats, reach: float, colours: Any) -> None:
    """Bars of ``around_zero`` with whole numbers beside them; ``colours`` is one, or gives those of the edges."""
    counts, edges = around_zero(values, reach)
    colour = colours(edges) if callable(colours) else colours
    axes.bar((edges[1:] + edges[:-1]) / 2, counts, width=np.diff(edges) * 0.92, color=colour)
    axes.set_ylim(0, float(counts.max()) * 1.12)
    axes.set_xlim(-reach, reach)
    round_ticks(axes.xaxis, Scale(low=-reach, high=reach).ticks(4))
    count_ticks(axes, float(counts.max()))


def count_ticks(axes: Any, most: float) -> None:
    """Whole numbers only, there is no half text, up to just above the tallest bar."""
    _, top = axes.get_ylim()
    ticks = Scale(low=0.0, high=min(top, 1.15 * most)).ticks(4)
    if most < 4:
        ticks = [float(tick) for tick in range(int(most) + 1)]
    round_ticks(axes.yaxis, [tick for tick in ticks if tick == round(tick)])
    grid_lines(axes, "y")


def show_in_notebooks(figure: Any) -> None:
    """Let a figure show itself: outside pyplot a notebook knows no picture of it."""
    vars(figure)["_repr_png_"] = functools.partial(_png, figure)


@functools.cache
def installed_face() -> str:
    """The first of the pages' faces that is installed; matplotlib brings the last."""
    from matplotlib import font_manager

    known = set(font_manager.get_font_names())
    return next(face for face in _FACES if face in known or face == _FACES[-1])


def wrapped(
    words: str, *, size: float, width: float, face: str, weight: str = "normal", **_: Any
) -> list[str]:
    """The words in lines of ``width`` pixels at most, measured in their own letters."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    letters, measure = FontProperties(family=face, weight=weight, size=size), TextToPath()
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        across = measure.get_text_width_height_descent(longer, letters, ismath=False)[0]
        if lines and across <= 0.96 * width:  # hinting on pixels widens letters a little
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _png(figure: Any) -> bytes:
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=2 * DOTS_PER_INCH)
    return written.getvalue()
