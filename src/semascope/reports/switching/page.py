"""The page of "may I switch?": one self-contained file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.opening import opening
from semascope.reports.page import render_finished
from semascope.reports.parts import on_page
from semascope.reports.switching.again import again
from semascope.reports.switching.neighbors import neighbors
from semascope.reports.switching.opening import about, key_figures
from semascope.reports.switching.queries import gained_and_lost
from semascope.reports.switching.rows import otherwise
from semascope.reports.switching.storage import storage
from semascope.reports.switching.tasks import tasks
from semascope.reports.switching.thresholds import thresholds

if TYPE_CHECKING:
    from semascope.reports.parts import Part
    from semascope.studies.switching.result import SideTold, SwitchResult


def render_switch(result: SwitchResult) -> str:
    """One HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        Its texts and names are escaped; nothing in them can run.
    """
    return render_finished(
        result,
        about="may I switch?",
        kind="switch",
        opening=opening(
            result,
            about=about(result),
            figures=key_figures(result),
            labels=[result.old.name, result.new.name],
        ),
        sections=[on_page(part) for part in parts_of(result)],
        rows=[("OLD", _side(result.old)), ("NEW", _side(result.new))],
    )


def parts_of(result: SwitchResult) -> list[Part]:
    """The sections, in order; what has nothing to say is left out."""
    made = [
        tasks(result),
        gained_and_lost(result),
        otherwise(result),
        neighbors(result),
        storage(result),
        again(result),
        thresholds(result),
    ]
    return [part for part in made if part is not None]


def _side(side: SideTold) -> str:
    parts = [side.name, f"{side.dims} dims", side.arithmetic, f"space {side.space[:12]}"]
    if side.instruction:
        parts.append(f"instruction “{side.instruction}”")
    return ", ".join(part for part in parts if part)
