"""``semascope suggest``: which texts to score next."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semascope.cli import options, score
from semascope.cli.open_learner import EncoderFlags


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
    """Write the rows whose scores would teach the model most, the most useful first; it remembers what it named."""
    from semascope.cli.added_columns import check_added
    from semascope.cli.learning import worth_scoring
    from semascope.cli.open_learner import load_on, open_learner
    from semascope.cli.scored_rows import as_suggested
    from semascope.errors import ArtifactError, ConfigError
    from semascope.files import sole_writer
    from semascope.words.numbers import count as number_of

    flags = EncoderFlags(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    opened = open_learner(artifact, flags)
    learner = opened.learner
    score.check_output(output, format)
    table, texts = score.read_texts(data, text, quoting)
    for notice in check_added(table, ["suggested"], own=text or ()):
        print(f"warning: {notice}", file=sys.stderr)
    open_places = worth_scoring(learner, texts)
    chosen = learner.suggest_rows([texts[place] for place in open_places], min(count, len(open_places)))
    places = [open_places[number] for number in chosen]
    try:
        # Examples that were not drawn at random promise no coverage: whoever learns them must know. The file is read
        # again: what another process has taught it since must stay.
        with sole_writer(artifact):
            latest = load_on(opened.encoder, artifact, opened.folder)
            latest.note_suggested(texts[place] for place in places)
            latest.save_model(artifact)
    except (ArtifactError, ConfigError, OSError) as error:
        print(f"warning: {artifact} cannot remember what was suggested ({error})", file=sys.stderr)
    score.write_rows(as_suggested(table, places), output, format)
    if left_out := len(texts) - len(open_places):
        print(
            f"{left_out:,} of {number_of(len(texts), 'text')} {'was' if left_out == 1 else 'were'} left aside: empty, copies, or"
            " scored already",
            file=sys.stderr,
        )
