"""``semascope explain``: why texts get the scores that they get."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semascope.cli import options, score
from semascope.cli.open_learner import EncoderFlags

Coverage = Annotated[
    float,
    typer.Option(
        "--coverage",
        metavar="SHARE",
        help="Share of new texts whose score is to lie inside the interval.",
        rich_help_panel=options.JUDGED,
    ),
]


def explain(
    artifact: score.Learner,
    data: score.Data = None,
    text: score.Texts = None,
    quoting: options.Quoting = "auto",
    top: Annotated[
        int | None, typer.Option(metavar="N", help="Only the N texts with the highest scores.", min=1)
    ] = None,
    coverage: Coverage = 0.9,
    examples: Annotated[
        int,
        typer.Option(
            metavar="K", help="Examples named for each text: the K nearest, and the K that add most.", min=0
        ),
    ] = 5,
    encoder: score.OtherEncoder = "",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Say where the score of each text comes from: an interval, the nearest examples, what each adds."""
    from semascope.cli.open_learner import open_learner
    from semascope.cli.show_learner import print_explanations
    from semascope.data.odd import is_empty
    from semascope.learner.answers.intervals import check_coverage
    from semascope.words.progress import ProgressDisplay

    check_coverage(coverage)
    flags = EncoderFlags(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    learner = open_learner(artifact, flags).learner
    table, texts = score.read_texts(data, text, quoting)
    places = [place for place, one in enumerate(texts) if not is_empty(one)]
    with ProgressDisplay(sys.stderr) as display:
        scores = learner.predict_many([texts[place] for place in places], progress=display.show)
    if top is not None:
        best = (-scores).argsort(kind="stable")[:top]
        places = [places[number] for number in best]
    rows = [int(table.rows[place]) for place in places]
    explanations = [
        learner.explain(texts[place], coverage, neighbours=examples, pulls=examples) for place in places
    ]
    print_explanations(rows, explanations, json=json)
    score.tell_empty(len(texts) - len(scores))
