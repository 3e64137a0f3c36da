"""Pictures of spaces side by side: the first two components, cosines of pairs, spectra; for the page and for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.densities import Density, densities, density_legend
from semascope.pages.markup import element, joined
from semascope.pages.scatter import HUES, Points, legend, scatter
from semascope.pages.spectra import Spectrum, spectra
from semascope.plots.panels import plot_densities, plot_panels, plot_spectra
from semascope.reports.model import Figure, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.words.numbers import percent

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.studies.geometry.result import GeometryResult, OneSpace
    from semascope.types import Ints

MOST_POINTS = 2_500
"""Texts that a panel draws: more are a blur, and a heavy page."""
_FAR = 3.0  # times wider the widest space must be than another one for the panels to be drawn at their own scales too
_ROOM = (
    4.0  # times taller the null may be than the tallest other outline before its top is cut, which is said
)
_OUTER = 0.995  # share of the points that lie inside the axes


def pictures_part(result: GeometryResult) -> Part:
    """All pictures."""
    drawn = Drawn(result)
    blocks = [
        Apart(
            page=joined([drawn.legend(), drawn.panels(), drawn.own_panels(), drawn.cosines()]),
            told=[*drawn.figures(), Paragraph(text=drawn.panel_words, small=True)],
        ),
        Apart(page=drawn.spectra(), told=[drawn.spectra_figure()]),
    ]
    return Part(id="pictures", title="Pictures", nav="Pictures", lead=drawn.lead, blocks=blocks)


class Drawn:
    """What the pictures of a result show, drawn on the page and as figures."""

    def __init__(self, result: GeometryResult) -> None:
        self._result = result
        self._rows = _drawn_rows(result)
        self._names, self._classes, self._others = _classes(result)
        self.reaches = {name: _reach(space) for name, space in result.spaces.items()}
        self.reach = max(self.reaches.values())

    @property
    def lead(self) -> str:
        """What the panels share."""
        return (
            "The same texts in every panel, along the two directions in which that space varies most, and the same scale in all:"
            " a space that is drawn small keeps its texts close together."
        )

    @property
    def panel_words(self) -> str:
        """How many texts are drawn, and what colours them."""
        n, m = self._result.texts, len(self._rows)
        drawn = f"{m:,} of {n:,} texts are drawn, evenly taken" if m < n else f"All {n:,} texts are drawn"
        labels = self._result.asked.labels
        coloured = f", coloured by {labels.name}" if labels is not None else ""
        return f"{drawn}{coloured}. Two components are two of many: what lies together here may lie apart in the others."

    def legend(self) -> Markup:
        """Which colour is which label; empty without labels."""
        if not self._names:
            return joined([])
        return legend(self._names, others=self._others)

    def panels(self) -> Markup:
        """One panel a space, all at one scale."""
        figures = [self._panel(space, self.reach) for space in self._result.spaces.values()]
        return element(
            "div",
            element("div", *figures, class_=_many(len(figures))),
            element("p", self.panel_words, class_="fineprint"),
        )

    def own_panels(self) -> Markup:
        """The panels again at scales of their own, where some space would be a dot."""
        if not self._differ:
            return joined([])
        figures = [self._panel(space, self.reaches[name]) for name, space in self._result.spaces.items()]
        return element(
            "div",
            element("h3", "The same, each at its own scale"),
            element("div", *figures, class_=_many(len(figures))),
        )

    @property
    def _differ(self) -> bool:
        return self.reach > _FAR * min(self.reaches.values())

    def _panel(self, space: OneSpace, reach: float) -> Markup:
        first, second = _shares(space)
        words = (
            f"The texts in {space.name} along its first two components, {first} and {second} of the variance"
        )
        return element(
            "figure",
            element("figcaption", element("b", space.name)),
            scatter(
                self._points(space, reach),
                reach=reach,
                x_label=f"{first} of the variance",
                y_label=second,
                words=words,
            ),
        )

    def _points(self, space: OneSpace, reach: float) -> Points:
        places = np.clip(space.shape.components.coordinates[self._rows], -reach, reach)
        return Points(places=places, classes=self._classes[self._rows])

    def cosines(self) -> Markup:
        """How cosines of pairs are spread in every space."""
        found = {name: self._densities(space) for name, space in self._result.spaces.items()}
        shown = {name: sorts for name, sorts in found.items() if sorts}
        if not shown:
            return joined([])
        low, high, top = _ends([density for sorts in shown.values() for density in sorts])
        every = [density for sorts in shown.values() for density in sorts]
        cut = {density.tone for density in every if density.heights.max(initial=0.0) > top}
        tones = {each.tone: f"{each.label}{', its top cut' if each.tone in cut else ''}" for each in every}
        figures = [
            element(
                "figure",
                element("figcaption", element("b", name)),
                densities(
                    sorts,
                    low=low,
                    high=high,
                    top=top,
                    x_label="cosine",
                    words=f"How cosines of pairs of texts are spread in {name}",
                ),
            )
            for name, sorts in shown.items()
        ]
        return element(
            "div",
            element("h3", "Cosines of pairs"),
            density_legend([(tone, label) for tone, label in tones.items()]),
            element("div", *figures, class_=_many(len(figures))),
        )

    def _densities(self, space: OneSpace) -> list[Density]:
        cosines = space.shape.cosines
        if cosines is None:
            return []
        labels = self._result.asked.labels
        sorts = [Density(label="random pairs", edges=cosines.edges, counts=cosines.random, tone="first")]
        if cosines.same is not None and labels is not None:
            sorts.append(
                Density(
                    label=f"pairs of one {labels.name}",
                    edges=cosines.edges,
                    counts=cosines.same,
                    tone="second",
                )
            )
        sorts.append(
            Density(label="isotropic data", edges=cosines.edges, counts=cosines.isotropic, tone="null")
        )
        return sorts

    def spectra(self) -> Markup:
        """The share of the variance of every component."""
        return element(
            "div",
            element("h3", "Spectra"),
            element(
                "figure",
                element("figcaption", element("b", "How the variance is shared among the components")),
                spectra(self._spectra(), words="The share of the variance of every component of every space"),
                class_="wide",
            ),
        )

    def _spectra(self) -> list[Spectrum]:
        spaces = list(self._result.spaces.values())
        lines = [
            Spectrum(label=space.name, shares=space.shape.spectrum, hue=number % HUES)
            for number, space in enumerate(spaces)
            if np.isfinite(space.shape.spectrum).all()
        ]
        if lines:
            widest = max(spaces, key=lambda space: space.shape.dims)
            lines.append(Spectrum(label="isotropic data", shares=widest.shape.null_spectrum))
        return lines

    def figures(self) -> list[Figure]:
        """The panels and the cosines for paper."""
        spaces = self._result.spaces
        panels = Figure(
            name="components",
            caption="The first two components of every space",
            words=self.lead,
            draw=lambda: plot_panels(
                {name: self._points(space, self.reach) for name, space in spaces.items()},
                shares={name: _shares(space) for name, space in spaces.items()},
                reach=self.reach,
                names=self._names,
                others=self._others,
                headline="The same texts in every space, all at one scale",
                sentence=self.panel_words,
            ),
        )
        found = {name: self._densities(space) for name, space in spaces.items()}
        shown = {name: sorts for name, sorts in found.items() if sorts}
        if not shown:
            return [panels]
        low, high, top = _ends([density for sorts in shown.values() for density in sorts])
        cosines = Figure(
            name="cosines",
            caption="How cosines of pairs are spread",
            words="Cosines of random pairs and of pairs of one label in every space",
            draw=lambda: plot_densities(
                shown, low=low, high=high, top=top, headline="Cosines of pairs of texts in every space"
            ),
        )
        return [panels, cosines]

    def spectra_figure(self) -> Figure:
        """The spectra for paper."""
        return Figure(
            name="spectra",
            caption="How the variance is shared among the components",
            words="The share of the variance of every component of every space",
            draw=lambda: plot_spectra(
                self._spectra(), headline="How the variance of every space is shared among its components"
            ),
        )


def _drawn_rows(result: GeometryResult) -> Ints:
    """Places of the texts that are drawn: all, or evenly many over the file, so that every part of it is seen."""
    n = result.texts
    if n <= MOST_POINTS:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, MOST_POINTS, replace=False))


def _classes(result: GeometryResult) -> tuple[list[str], Ints, int]:
    """Names of the labels with a colour, (n,) colour of each text, and how many labels share the grey."""
    labels = result.asked.labels
    if labels is None:
        return [], np.zeros(result.texts, dtype=np.int64), 0
    counts = np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.names))
    order = np.argsort(-counts, kind="stable")
    room = HUES if len(order) <= HUES else HUES - 1
    chosen = sorted(code for code in order[:room].tolist() if counts[code])
    place = np.full(len(labels.names) + 1, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    others = int((counts > 0).sum()) - len(chosen)
    return [labels.names[code] for code in chosen], place[labels.codes], others


def _reach(space: OneSpace) -> float:
    """What holds all but a few texts."""
    return max(float(np.quantile(np.abs(space.shape.components.coordinates), _OUTER)) * 1.08, 1e-6)


def _shares(space: OneSpace) -> tuple[str, str]:
    first, second = space.shape.components.shares.tolist()
    return (percent(first, 1) if first == first else "0 %", percent(second, 1) if second == second else "0 %")


def _ends(sorts: list[Density]) -> tuple[float, float, float]:
    """The cosines that hold nearly all pairs, and where the tallest outline ends, the null's if it leaves the others room."""
    lows, highs = [], []
    for density in sorts:
        total = density.counts.sum()
        if not total:
            continue
        along = np.cumsum(density.counts) / total
        lows.append(float(density.edges[int(np.searchsorted(along, 0.0005))]))
        highs.append(
            float(density.edges[min(int(np.searchsorted(along, 0.9995)) + 1, len(density.edges) - 1)])
        )
    tallest = max(float(each.heights.max(initial=0.0)) for each in sorts if each.tone != "null")
    null = max((float(each.heights.max(initial=0.0)) for each in sorts if each.tone == "null"), default=0.0)
    top = max(tallest, null) if null <= _ROOM * tallest else tallest
    return min(lows, default=-1.0), max(highs, default=1.0), top


def _many(count: int) -> str:
    return {1: "pictures one", 2: "pictures two"}.get(count, "pictures many")
