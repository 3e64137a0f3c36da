"""``semascope learn``: a value learner from scored rows, more rows for one, or scores asked for at the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options

Target = Annotated[
    str | None,
    typer.Option("--target", metavar="COLUMN", help="The scores to learn.", rich_help_panel=options.ROLES),
]
Metadata = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata",
        metavar="COLUMN",
        help="Kept beside the example in the model; repeatable.",
        rich_help_panel=options.ROLES,
    ),
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="PATH", help="Go on with this model.", rich_help_panel=options.OUTPUT),
]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace",
        help="With --model: a text's new score replaces its earlier one; otherwise both are kept.",
        rich_help_panel=options.OUTPUT,
    ),
]
Ask = Annotated[
    bool,
    typer.Option(
        "--ask",
        help="Ask for scores of the texts that have none, the most useful first; every answer is saved.",
        rich_help_panel=options.JUDGED,
    ),
]
Alpha = Annotated[
    list[float] | None,
    typer.Option(
        "--alpha",
        metavar="NUMBER",
        help="Penalty; repeatable, the best by cross-validation is taken; 0.01 to 100 by default.",
        rich_help_panel=options.JUDGED,
    ),
]
Folds = Annotated[
    int,
    typer.Option(
        "--folds", metavar="K", min=2, help="Of the cross-validation.", rich_help_panel=options.JUDGED
    ),
]
TestSize = Annotated[
    float,
    typer.Option(
        "--test-size",
        min=0.0,
        max=0.9,
        help="Share of rows held out for the validation; they are learnt afterwards.",
        rich_help_panel=options.JUDGED,
    ),
]
Dim = Annotated[
    int | None,
    typer.Option("--dim", metavar="N", help="Width to keep.", rich_help_panel=options.GRID),
]


def learn(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts and their scores.")],
    text: options.Text,
    target: Target = None,
    metadata: Metadata = None,
    quoting: options.Quoting = "auto",
    model: Model = None,
    replace: Replace = False,
    output: options.Output = None,
    ask: Ask = False,
    encoder: options.Encoder = "",
    instruction: options.Instruction = "",
    long: options.Long = "",
    dim: Dim = None,
    alpha: Alpha = None,
    folds: Folds = 5,
    test_size: TestSize = 0.2,
    limit: options.Limit = None,
    seed: options.Seed = 42,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Learn scores from scored texts; the model is one file that score, rank, explain and suggest work with."""
    from semascope.cli.conversation import talk
    from semascope.cli.reading import read_data
    from semascope.cli.show_learner import print_session
    from semascope.learner.labelling.session import Job, open_session
    from semascope.learner.opening import EncoderWish

    wish = EncoderWish(encoder=encoder, instruction=instruction, long=long, dim=dim, precision=precision,
                       device=device, store=store, trust_remote_code=trust_remote_code)  # fmt: skip
    job = Job(text=text, target=target, metadata=metadata or (), model=model, output=output, ask=ask, replace=replace,
              alphas=alpha or (), folds=folds, test_size=test_size, seed=seed)  # fmt: skip
    with open_session(job, wish, lambda: read_data(data, quoting=quoting, limit=limit, seed=seed)) as session:
        found = talk(session, sys.stderr if json else sys.stdout) if ask else session.learn()
    print_session(found, text=text, json=json)
