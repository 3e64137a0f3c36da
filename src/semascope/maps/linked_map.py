"""A map that shows itself in a notebook, writes its files, and hands out figures."""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.maps import figure, plotly_figure
from semascope.maps.page import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from semascope.maps.contents import Labels, MapContents
    from semascope.maps.spaces import Space
    from semascope.types import Ints

_LONGEST = (
    60  # characters of a space's name in the names of its files: four bytes each and an ending fit in 255
)
LINKED, RECORD, ROWS = "multitask_comparison.html", "map.json", "rows"


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkedMap:
    """Several spaces of the same texts on one page."""

    contents: MapContents
    record: dict[str, Any]
    spaces: tuple[Space, ...]
    more_labels: tuple[Labels, ...] = ()
    vector_rows: Ints | None = None  # (n,) row in the file of each vector of ``spaces``

    @cached_property
    def html(self) -> str:
        """The linked page: one file that needs no network."""
        return render(self._shown)

    @property
    def _shown(self) -> MapContents:
        return replace(self.contents, colourings=(*self.contents.colourings, *self.more_labels))

    def save(self, folder: str | Path) -> Path:
        """Write everything; where the linked page now lies.

        ``visualizations/multitask_comparison.html`` is the linked page, ``NAME_embeddings.html`` one page a space,
        ``map.json`` the numbers; ``embeddings/NAME.npy`` the (n, d) vectors in the order of the file. ``rows.npy`` beside
        them holds the row of each vector in the file, which counts where a limit drew some of them.
        """
        folder = Path(folder)
        pages, vectors = folder / "visualizations", folder / "embeddings"
        try:
            pages.mkdir(parents=True, exist_ok=True)
            vectors.mkdir(parents=True, exist_ok=True)
            linked = pages / LINKED
            linked.write_text(self.html, encoding="utf8")
            record = json.dumps(self.record, indent=2, ensure_ascii=False, allow_nan=False)
            (pages / RECORD).write_text(f"{record}\n", encoding="utf8")
            # a space called "rows" gets a number, since rows.npy is taken
            names = _file_names([ROWS, *(space.name for space in self.spaces)])[1:]
            if self.vector_rows is not None and any(space.vectors is not None for space in self.spaces):
                np.save(vectors / f"{ROWS}.npy", self.vector_rows, allow_pickle=False)
            for name, space, panel in zip(names, self.spaces, self.contents.panels, strict=True):
                alone = replace(self._shown, panels=(panel,), title=f"{self.contents.title}: {panel.name}")
                (pages / f"{name}_embeddings.html").write_text(render(alone), encoding="utf8")
                if space.vectors is not None:
                    np.save(vectors / f"{name}.npy", np.asarray(space.vectors), allow_pickle=False)
        except OSError as error:
            raise DataError(
                f"the map cannot be written to {folder} ({error.strerror or error}); name another folder"
            ) from error
        return linked

    def figure(self, panels: str | Sequence[str] | None = None, *, color: str | None = None) -> Figure:
        """The panels as a matplotlib figure for a paper: 7.2 inches wide, with the colours of the page.

        Parameters
        ----------
        panels
            Names of those to draw, in this order; None draws all.
        color
            Name of the colouring; None takes the one that the page shows first.

        Raises
        ------
        ConfigError
            For a panel or a colouring that the map does not have.
        MissingExtra
            Without matplotlib.
        """
        return figure.draw(self._shown, panels=panels, color=color)

    def save_figure(
        self, path: str | Path, panels: str | Sequence[str] | None = None, *, color: str | None = None
    ) -> Path:
        """Write ``figure(panels, color=color)`` as ``.png`` (300 dots per inch), ``.svg`` or ``.pdf``; the path.

        Above 5,000 marks those of SVG and PDF are pixels, and words stay vectors.
        """
        written = Path(path)
        figure.check_ending(written)
        figure.write(self.figure(panels, color=color), written)
        return written

    def to_plotly(self, panels: str | Sequence[str] | None = None, *, color: str | None = None) -> Any:
        """The panels as a ``plotly.graph_objects.Figure``, to go on with.

        Parameters
        ----------
        panels, color
            As for ``figure``.

        Returns
        -------
        Figure
            A subplot each panel. Traces of one label share a legend entry; ``customdata`` is the row of each text in
            its file, ``text`` its beginning, safe to show. Aligned panels zoom together.

        Raises
        ------
        ConfigError
            For a panel or a colouring that the map does not have.
        MissingExtra
            Without plotly.
        """
        return plotly_figure.draw(self._shown, panels=panels, color=color)

    def _repr_html_(self) -> str:
        """The linked page in a sandboxed frame: it can run its own script and reach nothing of the notebook."""
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" srcdoc="{html.escape(self.html, quote=True)}"'
            ' style="width:100%;height:820px;border:0" title="linked map"></iframe>'
        )


def _file_names(names: Sequence[str]) -> list[str]:
    """A plain file name for each space; where two would share one, also without regard to case, the later gets a number."""
    taken: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:_LONGEST] or "space"
        numbered = (plain if count == 1 else f"{plain}_{count}" for count in itertools.count(1))
        taken.append(next(free for free in numbered if free.casefold() not in map(str.casefold, taken)))
    return taken
