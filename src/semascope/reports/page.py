"""The page of a finished study of any kind: its opening and sections in one self-contained file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semascope.pages.markup import element
from semascope.pages.shell import Section, render_page
from semascope.reports import making, notes, verdicts
from semascope.reports.forms.writing import write_whole
from semascope.reports.opening import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.stats.measure import Measure
    from semascope.studies.result import Finished, StudyResult


def render_study(
    result: StudyResult,
    *,
    about: str,
    measure: Measure | None = None,
    opening: Markup | None = None,
    sections: Sequence[Section | None] = (),
    rows: Sequence[tuple[str, str]] = (),
) -> str:
    """One HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished study of any kind. Its texts and names are escaped; nothing in them can run.
    about
        What it is about, behind the file's name in the title: a target, "retrieval".
    measure
        In whose words the verdicts are headed; None takes its name.
    opening
        Above the contents; None for the headline alone.
    sections
        What the kind of study has to show, in order; None is left out. Without any, the verdicts. Notes and how it was
        made follow by themselves.
    rows
        What was counted, for the last section: pairs of a name and words.
    """
    shown = [section for section in sections if section is not None] or [verdicts.section(result, measure)]
    return render_finished(
        result,
        about=about,
        kind="study report",
        opening=opening or _headline(result),
        sections=shown,
        rows=rows,
    )


def render_finished(
    result: Finished,
    *,
    about: str,
    kind: str,
    opening: Markup,
    sections: Sequence[Section],
    rows: Sequence[tuple[str, str]] = (),
) -> str:
    """One HTML document of anything finished; notes and how it was made follow by themselves.

    Parameters
    ----------
    kind
        What sort of page this is, beside the name of the program.
    about, opening, sections, rows
        As in ``render_study``.
    """
    after = [notes.section(result), making.section(result, rows)]
    return render_page(
        title=f"{result.name}: {about}",
        kind=kind,
        opening=opening,
        sections=[*sections, *[section for section in after if section is not None]],
        footer=f"Made by Semascope from {result.name}. This page is one file: it loads nothing and sends nothing.",
    )


def write_page(page: str, path: Path) -> Path:
    """Write a page to ``path``, whole or not at all, and give the path back.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    return write_whole(page.encode("utf-8"), Path(path))


def _headline(result: Finished) -> Markup:
    first, *more = list(result.headline) or [NO_ANSWER]
    return element(
        "header",
        element("p", element("span", result.name), class_="kicker"),
        element("h1", first, class_="long" if len(first) > 150 else None),
        *[element("p", sentence, class_="standfirst") for sentence in more],
        class_="opening",
    )
