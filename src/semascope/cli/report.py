"""``semascope report``: a finished study in another form, or several beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options
from semascope.words.settings import OUTPUT, Setting

_FORMAT = Setting(
    takes="html|md|docx|json",
    says="Form of the report",
    panel=OUTPUT,
    by_default="what --output ends in, or html",
)
_FIGURES = Setting(takes="FOLDER", says="Also write the report's figures there, as PNG and SVG", panel=OUTPUT)


def report(
    context: typer.Context,
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders of finished studies, the leading one first."),
    ],
    form: Annotated[str | None, options.option_of(_FORMAT, "format")] = None,
    figures: Annotated[Path | None, options.option_of(_FIGURES, "figures")] = None,
    price: options.Price = None,
    device: options.Device = "auto",
    trust_remote_code: options.TrustRemoteCode = False,
    output: options.Output = None,
    json: options.Json = False,
) -> None:
    """Write a finished study, of heads or of retrieval, or a tuning, as a page, Markdown, DOCX or JSON; of several of heads, compare all their cells on the same held-out rows."""
    from semascope.cli.show import print_lines
    from semascope.cli.show_study import print_study_json
    from semascope.reports.reading import read_any
    from semascope.reports.writing import form_of, write_pictures, write_report

    asked = form_of(form, output)
    result = read_any(
        runs, price=price, command=context.obj, device=device, trust_remote_code=trust_remote_code
    )
    if json:
        print_study_json(result)
        return
    place = output or (runs[0] / f"report.{asked}" if len(runs) == 1 else Path(f"comparison.{asked}"))
    written = write_report(result, place, form=asked)[:1]
    if figures is not None:
        written += write_pictures(result, figures)
    print_lines([result.headline[0], *map(str, written)])
