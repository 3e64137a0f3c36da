"""``semascope study``: from a table of texts to a verdict, a report and a scorer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from semascope.cli import options
from semascope.cli.options import COMPUTED, GRID, JUDGED, ROLES


def study(
    context: typer.Context,
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts, or a study file (.yaml).")],
    text: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the text; repeatable, joined by a newline.",
            rich_help_panel=ROLES,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="What to learn; repeatable.", rich_help_panel=ROLES),
    ] = None,
    quoting: Annotated[
        str | None,
        typer.Option(
            metavar="auto|standard|none",
            help=f"{options.QUOTING_HELP}; auto: as the file shows.",
            rich_help_panel=ROLES,
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Rows of one group stay on one side of the split.", rich_help_panel=ROLES
        ),
    ] = None,
    slice: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Results for each value of a column; repeatable.", rich_help_panel=ROLES
        ),
    ] = None,
    split_column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="A given split: train, val, test.", rich_help_panel=ROLES),
    ] = None,
    language_column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Language of each row; else a column lang, else a detector.",
            rich_help_panel=ROLES,
        ),
    ] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]ENCODER",
            help=f"{options.ENCODER_HELP}; repeatable; all packaged ones unless named.",
            rich_help_panel=GRID,
        ),
    ] = None,
    instruction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=SENTENCE]", help="A preset or your own sentence; repeatable.", rich_help_panel=GRID
        ),
    ] = None,
    long: Annotated[
        list[str] | None,
        typer.Option(
            metavar="truncate|head-tail|chunk", help=f"{options.LONG_HELP}; repeatable.", rich_help_panel=GRID
        ),
    ] = None,
    dim: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Width to keep; repeatable.", rich_help_panel=GRID)
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="ridge, logistic, mlp, boosting, ...; repeatable; all unless named.",
            rich_help_panel=GRID,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="auto|regression|classification",
            help="auto: numbers are a regression; strings, and one target of two numbers, a classification.",
            rich_help_panel=JUDGED,
        ),
    ] = None,
    headline: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN=VALUE", help="The rows that the answer speaks about.", rich_help_panel=JUDGED
        ),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Class whose F1 is reported.", rich_help_panel=JUDGED)
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="mae, mse, rmse, r2, spearman; accuracy, macro_f1, f1.",
            rich_help_panel=JUDGED,
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="CELL", help="Cell that the others are held against.", rich_help_panel=JUDGED),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Differences inside it count as none: a share of the baseline's error, or a difference for measures in [0, 1].",
            rich_help_panel=JUDGED,
        ),
    ] = None,
    choose: Annotated[
        str | None,
        typer.Option(
            metavar="cheapest|best",
            help="What is advised: the cheapest cell not clearly behind the best on the training rows, or the best.",
            rich_help_panel=JUDGED,
        ),
    ] = None,
    test_size: Annotated[
        float | None, typer.Option(help="Share of rows held out.", rich_help_panel=JUDGED)
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            metavar="R",
            help="Repeat the split R times, for claims about the recipe; 15 where fewer than 300 rows are held out.",
            rich_help_panel=JUDGED,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random.", rich_help_panel=JUDGED)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Take a seeded sample of N rows.", rich_help_panel=JUDGED)
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="auto|float32|bfloat16",
            help="auto: bfloat16 only where the processor has it.",
            rich_help_panel=COMPUTED,
        ),
    ] = None,
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    output: options.Output = None,
    json: options.Json = False,
    yes: options.Yes = False,
    verbose: options.Verbose = False,
) -> None:
    """Measure encoders, instructions, widths and heads on your table; write a verdict, a report and the winner."""
    from semascope.studies.heads.asking.settings import Study

    given: dict[str, Any] = {
        "text": text, "target": target, "quoting": quoting, "group": group, "slice": slice, "split_column": split_column,
        "language_column": language_column, "encoder": encoder, "instruction": instruction, "long": long, "dim": dim,
        "head": head, "kind": kind, "headline": headline, "positive": positive, "measure": measure,
        "baseline": baseline, "margin": margin, "choose": choose, "test_size": test_size, "repeats": repeats, "seed": seed,
        "limit": limit, "precision": precision,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None and value != []}
    if given.get("kind") == "auto":
        given["kind"] = None
    if data.suffix.lower() in (".yaml", ".yml"):
        asked = Study.from_yaml(data, **given)
    else:
        asked = Study.from_mapping({"data": data, **given})
    run_and_show(
        asked,
        output=output,
        store=store,
        device=device,
        trust_remote_code=trust_remote_code,
        json=json,
        verbose=verbose,
        command=context.obj,
    )


def run_and_show(
    asked: Any,
    *,
    output: Path | None,
    store: Path | None,
    device: str,
    trust_remote_code: bool,
    json: bool,
    verbose: bool,
    command: str,
) -> None:
    """Run a study with its progress on standard error and its answer on standard output."""
    from semascope.cli.show import print_study, print_study_json
    from semascope.reports.run import run_study
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore
    from semascope.words.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        result = run_study(
            asked,
            output=output,
            store=VectorStore(store) if store else default_store(),
            device=device,
            trust_remote_code=trust_remote_code,
            progress=display.show,
            say=display.line,
            command=command,
        )
    if json:
        print_study_json(result)
    else:
        print_study(result, verbose=verbose)
