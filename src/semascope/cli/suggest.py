"""``semascope suggest``: which texts to score next."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semascope.cli import options, score
from semascope.words.numbers import count as plural


def suggest(
    artifact: score.Learner,
    data: score.Data = None,
    text: score.Texts = None,
    quoting: options.Quoting = "auto",
    count: Annotated[int, typer.Option(metavar="N", help="How many rows.", min=1)] = 10,
    encoder: score.OtherEncoder = "",
    output: options.Output = None,
    format: score.Format = "csv",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Write the rows whose scores would teach the model most, the most useful first; the model remembers them."""
    from semascope.learner.labelling.next_rows import suggest_next
    from semascope.learner.opening import EncoderWish, open_learner
    from semascope.probes.scored_rows import as_suggested

    wish = EncoderWish(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    opened = open_learner(artifact, wish)
    score.check_output(output, format)
    table, texts = score.read_texts(data, text, quoting)
    score.tell_added(table, ["suggested"], own=text or ())
    found = suggest_next(opened, artifact, texts, count)
    if found.forgotten:
        print(f"warning: {artifact} cannot remember what was suggested ({found.forgotten})", file=sys.stderr)
    score.write_rows(as_suggested(table, found.places), output, format)
    if found.left_aside:
        aside = f"{found.left_aside:,} of {plural(len(texts), 'text')} left aside"
        print(f"{aside}: empty, copies, or scored already", file=sys.stderr)
