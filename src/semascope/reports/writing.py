"""A finished study written as a report in any form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from semascope.errors import ConfigError
from semascope.reports.forms.docx import write_docx
from semascope.reports.forms.figures import write_figures
from semascope.reports.forms.markdown import write_markdown
from semascope.reports.forms.record import write_record
from semascope.reports.forms.writing import write_whole
from semascope.reports.heads.study import render_report
from semascope.reports.heads.told.study import tell
from semascope.reports.retrieval.page import render_retrieval
from semascope.reports.retrieval.told import tell_retrieval
from semascope.reports.tuned.page import render_tuning, tell_tuning
from semascope.studies.retrieval.result import RetrievalResult
from semascope.studies.tuned.result import TuneResult

if TYPE_CHECKING:
    from semascope.reports.model import Report
    from semascope.studies.heads.result import HeadsResult

    Written = HeadsResult | RetrievalResult | TuneResult

Form = Literal["html", "md", "docx", "json"]
FORMS: tuple[Form, ...] = get_args(Form)


def form_of(asked: str | None, path: Path | None) -> Form:
    """The form that was asked for, or the one that the file's ending stands for; a page where neither says.

    Raises
    ------
    ConfigError
        For a form that there is not, or one that the file's ending contradicts.

    Examples
    --------
    >>> form_of(None, Path("answer.docx")), form_of("md", None), form_of(None, None)
    ('docx', 'md', 'html')
    """
    ending = path.suffix.removeprefix(".").casefold() if path else ""
    named = {"htm": "html", "markdown": "md"}.get(ending, ending)
    wanted = asked or named or "html"
    if wanted not in FORMS:
        what = f"format is {wanted!r}" if asked else f"--output ends in {path.suffix!r}" if path else ""
        raise ConfigError(f"{what}; accepted are {', '.join(FORMS)}; name one with --format")
    if asked and named in FORMS and named != asked:
        raise ConfigError(
            f"format is {asked!r} and --output ends in {ending!r}; both must say the same; leave out --format, or rename"
        )
    return next(form for form in FORMS if form == wanted)


def write_report(result: Written, path: Path | str, *, form: Form | None = None) -> list[Path]:
    """Write the report of a finished study; the files that were written, the report first.

    Parameters
    ----------
    result
        A finished study: what ``run_study`` or ``run_retrieval`` gave, ``read_study`` or ``read_retrieval``; or a tuning, from
        ``tune`` or ``read_tuning``.
    path
        Of the file. The figures of Markdown lie beside it, in a folder called as the file with ``-figures`` behind.
    form
        ``html``, ``md``, ``docx`` or ``json``; None takes what the file's ending stands for.

    Raises
    ------
    ConfigError
        For a form that there is not.
    MissingExtra
        Without the extra ``report``, for DOCX and for the figures of Markdown.
    DataError
        When a file cannot be written.
    """
    path = Path(path)
    match form_of(form, path):
        case "html":
            return [write_whole(_page(result).encode(), path)]
        case "json":
            return [write_whole(write_record(result).encode(), path)]
        case "docx":
            return [write_whole(write_docx(_told(result)), path)]
        case "md":
            return _write_markdown(result, path)


def _page(result: Written) -> str:
    if isinstance(result, TuneResult):
        return render_tuning(result)
    return render_retrieval(result) if isinstance(result, RetrievalResult) else render_report(result)


def _told(result: Written) -> Report:
    if isinstance(result, TuneResult):
        return tell_tuning(result)
    return tell_retrieval(result) if isinstance(result, RetrievalResult) else tell(result)


def _write_markdown(result: Written, path: Path) -> list[Path]:
    report = _told(result)
    drawn = write_figures(report, path.with_name(f"{path.stem}-figures"), endings=["png"])
    figures = {name: file.relative_to(path.parent).as_posix() for name, file in drawn.items()}
    written = write_whole(write_markdown(report, figures=figures).encode(), path)
    return [written, *drawn.values()]


def write_pictures(result: Written, folder: Path | str) -> list[Path]:
    """Write the figures of a report as PNG and SVG files to ``folder``; the errors are those of ``write_report``."""
    return list(write_figures(_told(result), Path(folder)).values())
