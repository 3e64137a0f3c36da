"""A map that shows itself in a notebook, writes its files, and hands out figures."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.files import writing_folder
from semascope.maps.drawing import figure, plotly_figure
from semascope.maps.drawing.page import render
from semascope.maps.writing import check_folder, write_map
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from semascope.maps.contents import MapContents
    from semascope.maps.writing import Written
    from semascope.spaces.preparing import Space
    from semascope.types import Ints, Progress


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkedMap:
    """Several spaces of the same texts on one page."""

    contents: MapContents
    alone: tuple[MapContents, ...]  # each space by itself
    record: dict[str, Any]
    spaces: tuple[Space, ...]
    vector_rows: Ints | None = None  # (n,) row in the file of each vector of ``spaces``

    @cached_property
    def html(self) -> str:
        """The linked page: one file that needs no network."""
        return render(self.contents)

    def save(self, folder: str | Path) -> Path:
        """Write everything; where the linked page now lies.

        ``visualizations/multitask_comparison.html`` is the linked page, ``NAME_embeddings.html`` one page a space,
        ``map.json`` the numbers; ``embeddings/NAME.npy`` the (n, d) vectors in the order of the file. ``rows.npy`` beside
        them holds the row of each vector in the file, which counts where a limit drew some of them. A folder holds one
        map: files of the one that lay there before are replaced or removed, all others are left.
        """
        place = Path(folder)
        check_folder(place)
        with writing_folder(place, {}, what="map"):
            return self.write(place, silent).page

    def write(self, place: Path, progress: Progress) -> Written:
        """As ``save``, in a folder that nobody else may write to meanwhile; what lies there now."""
        return write_map(
            place,
            self.html,
            self.alone,
            self.spaces,
            vector_rows=self.vector_rows,
            record=self.record,
            progress=progress,
        )

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
        return figure.draw(self.contents, panels=panels, color=color)

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
        return plotly_figure.draw(self.contents, panels=panels, color=color)

    def _repr_html_(self) -> str:
        """The linked page in a sandboxed frame: it can run its own script and reach nothing of the notebook."""
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" srcdoc="{html.escape(self.html, quote=True)}"'
            ' style="width:100%;height:820px;border:0" title="linked map"></iframe>'
        )
