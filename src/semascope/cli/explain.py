"""``semascope explain``: why texts get the scores that they get."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semascope.cli import options, score

Coverage = Annotated[
    float,
    typer.Option(
        "--coverage",
        metavar="SHARE",
        help="Share of new texts whose score is to lie inside the interval.",
        rich_help_panel=options.JUDGED,
    ),
]
Top = Annotated[
    int | None, typer.Option("--top", metavar="N", help="Only the N texts with the highest scores.", min=1)
]
Examples = Annotated[
    int,
    typer.Option(
        "--examples",
        metavar="K",
        help="Examples named for each text: the K nearest, and the K that add most.",
        min=0,
    ),
]


def explain(
    artifact: score.Learner,
    data: score.Data = None,
    text: score.Texts = None,
    quoting: options.Quoting = "auto",
    top: Top = None,
    coverage: Coverage = 0.9,
    examples: Examples = 5,
    encoder: score.OtherEncoder = "",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Say where the score of each text comes from: an interval, the nearest examples, what each adds."""
    from semascope.cli.show_learner import print_explanations
    from semascope.data.odd import is_empty
    from semascope.learner.answers.intervals import check_coverage
    from semascope.learner.answers.rows import explain_rows
    from semascope.learner.opening import EncoderWish, open_learner
    from semascope.words.progress import ProgressDisplay

    check_coverage(coverage)
    wish = EncoderWish(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    learner = open_learner(artifact, wish).learner
    table, texts = score.read_texts(data, text, quoting)
    with ProgressDisplay(sys.stderr) as display:
        places, explained = explain_rows(
            learner, texts, coverage, top=top, examples=examples, progress=display.show
        )
    print_explanations(table.rows[places].tolist(), explained, json=json)
    score.tell_empty(sum(map(is_empty, texts)))
