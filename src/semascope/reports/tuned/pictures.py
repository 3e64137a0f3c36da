"""The judging texts before and after, side by side at one scale, coloured by label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.markup import element, joined
from semascope.pages.scatter import HUES, Points, legend, scatter
from semascope.plots.panels import plot_panels
from semascope.reports.model import Figure, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.words.numbers import percent

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.judging.picturing import Panel, Pictured

_OUTER = 0.995  # share of the points that lie inside the axes
LEAD = (
    "The same texts in both, along the two directions in which that encoder varies most, at one scale: drawn small, texts lie close"
    " together."
)


def pictures_part(reading: Reading) -> Part | None:
    """Two panels; None where there is no picture."""
    pictured = reading.result.pictured
    if pictured is None or not pictured.labels:
        return None
    drawn = _Drawn(pictured)
    page = joined(
        [
            legend(drawn.names, others=drawn.others),
            element("div", *[drawn.panel(panel) for panel in pictured.panels], class_="pictures two"),
        ]
    )
    return Part(
        id="pictures",
        title="Pictures",
        lead=LEAD,
        blocks=[
            Apart(page=page, told=[drawn.figure()]),
            Paragraph(text=drawn.words, small=True),
        ],
    )


class _Drawn:
    """Colours, reach and words that both panels share."""

    def __init__(self, pictured: Pictured) -> None:
        self._pictured = pictured
        counts = Counter(label for label in pictured.labels if label)
        order = [name for name, _ in counts.most_common()]
        shown = order if len(order) <= HUES else order[: HUES - 1]
        self.names, self.others = sorted(shown), len(order) - len(shown)
        place = {name: number for number, name in enumerate(self.names)}
        self._classes = np.array([place.get(label, -1) for label in pictured.labels], dtype=np.int64)
        every = np.concatenate([np.asarray(panel.points, dtype=np.float64) for panel in pictured.panels])
        self.reach = max(float(np.quantile(np.abs(every), _OUTER)) * 1.08, 1e-6)

    @property
    def words(self) -> str:
        """How many texts are drawn, and what a picture does not show."""
        n, m = self._pictured.texts, len(self._pictured.labels)
        drawn = f"{m:,} of {n:,} texts are drawn, a random sample" if m < n else f"All {n:,} texts are drawn"
        return f"{drawn}, coloured by {self._pictured.label}. Two directions are two of many: what lies together here may lie apart in the others."

    def points(self, panel: Panel) -> Points:
        """Those of one encoder; what lies outside stands at the edge."""
        places = np.clip(np.asarray(panel.points, dtype=np.float64), -self.reach, self.reach)
        return Points(places=places, classes=self._classes)

    def panel(self, panel: Panel) -> Markup:
        """One picture with its name."""
        first, second = _shares(panel)
        return element(
            "figure",
            element("figcaption", element("b", panel.name)),
            scatter(
                self.points(panel),
                reach=self.reach,
                x_label=f"{first} of the variance",
                y_label=second,
                words=f"The judging texts in {panel.name} along its first two components, {first} and {second} of the variance",
            ),
        )

    def figure(self) -> Figure:
        """The same for paper."""
        panels = self._pictured.panels
        return Figure(
            name="before-and-after",
            caption=f"The judging texts before and after, by {self._pictured.label}",
            words=LEAD,
            draw=lambda: plot_panels(
                {panel.name: self.points(panel) for panel in panels},
                shares={panel.name: _shares(panel) for panel in panels},
                reach=self.reach,
                names=self.names,
                others=self.others,
                headline="The same texts before and after",
                sentence=self.words,
            ),
        )


def _shares(panel: Panel) -> tuple[str, str]:
    first, second = panel.shares
    return (percent(first, 1) if first == first else "0 %", percent(second, 1) if second == second else "0 %")
