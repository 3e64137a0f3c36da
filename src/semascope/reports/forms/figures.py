"""The figures of a report as files."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from semascope.extras import require
from semascope.reports.forms.writing import write_whole
from semascope.words.texts import readable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.reports.model import Figure, Report

DOTS = 200
"""Of a PNG, to the inch; a figure is nine inches wide."""


def write_figures(
    report: Report, folder: Path, *, endings: Sequence[str] = ("png", "svg")
) -> dict[str, Path]:
    """Write every figure of a report to ``folder``, once an ending; where the first of them lies, by the figure's name.

    Raises
    ------
    MissingExtra
        Without matplotlib.
    DataError
        When a file cannot be written.
    """
    found: dict[str, Path] = {}
    for figure in report.pictures():
        drawn = drawn_as(figure, endings)
        for ending, content in drawn.items():
            write_whole(content, folder / f"{figure.name}.{ending}")
        found[figure.name] = folder / f"{figure.name}.{endings[0]}"
    return found


def drawn_as(figure: Figure, endings: Sequence[str]) -> dict[str, bytes]:
    """The bytes of a figure's file, by its ending (``png``, ``svg``)."""
    require("matplotlib", purpose="a figure of a report", extra="report")
    found = {}
    with warnings.catch_warnings():
        # letters that no installed face has are drawn as boxes; the words beside the figure have them
        warnings.filterwarnings("ignore", message="(?s).*missing from font")
        drawn = figure.draw()
        for ending in endings:
            written = io.BytesIO()
            metadata = {"Title": readable(figure.caption)} | ({"Date": None} if ending == "svg" else {})
            drawn.savefig(written, format=ending, dpi=DOTS, metadata=metadata)
            found[ending] = written.getvalue()
    return found
