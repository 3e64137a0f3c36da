"""A geometry as files: the page, the numbers, and the pictures where they are wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from semascope.reports.forms.figures import write_figures
from semascope.reports.forms.writing import write_whole
from semascope.reports.geometry.page import render_geometry, tell_geometry
from semascope.reports.geometry.record import record_of

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.studies.geometry.result import GeometryResult

PAGE, RECORD, FIGURES, KEPT = "report.html", "geometry.json", "figures", "kept"


def write_geometry(result: GeometryResult, folder: Path, *, figures: bool = False) -> list[Path]:
    """What lies in the folder now: the page first.

    Parameters
    ----------
    figures
        Whether the pictures are written too, as PNG and SVG.

    Raises
    ------
    DataError
        When a file cannot be written.
    MissingExtra
        Without matplotlib, for the pictures.
    """
    record = json.dumps(record_of(result), indent=1, ensure_ascii=False, allow_nan=False)
    written = [
        write_whole(render_geometry(result).encode(), folder / PAGE),
        write_whole(f"{record}\n".encode(), folder / RECORD),
    ]
    if figures:
        written += write_figures(tell_geometry(result), folder / FIGURES).values()
    return written
