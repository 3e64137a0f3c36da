"""``semascope score`` and ``semascope rank``: apply a saved scorer to new texts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.words import settings
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from semascope.cli.scored_rows import Ends
    from semascope.data.table import Table
    from semascope.probes.card import Card
    from semascope.probes.scorer import Ranking, Scorer
    from semascope.types import Floats

Artifact = Annotated[Path, typer.Argument(metavar="ARTIFACT", help="A winner folder, or the same zipped.")]
Learner = Annotated[Path, typer.Argument(metavar="MODEL", help="What semascope learn wrote.")]
Data = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="Table of texts; lines on standard input when left out or '-'."),
]
Texts = Annotated[
    list[str] | None,
    options.option_of(replace(settings.TEXT, panel=None), "text", several=True),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="csv|tsv|json|jsonl|parquet|arrow",
        help="Of standard output; a file's ending decides.",
    ),
]
OtherEncoder = Annotated[
    str, typer.Option("--encoder", metavar="[NAME=]FOLDER", help="Where the same encoder lies now.")
]
Interval = Annotated[
    float | None,
    typer.Option(
        "--interval",
        metavar="COVERAGE",
        help="Of a learnt model: columns low and high, which hold this share of new scores, such as 0.9.",
    ),
]


def score(
    artifact: Artifact,
    data: Data = None,
    text: Texts = None,
    quoting: options.Quoting = "auto",
    interval: Interval = None,
    encoder: OtherEncoder = "",
    output: options.Output = None,
    format: Format = "csv",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Write the rows of a file with their scores, in the order of the file; those of an earlier run in it are replaced."""
    from semascope.cli.added_columns import scored_names
    from semascope.cli.outside import tell_outside
    from semascope.cli.scored_rows import with_scores

    check_output(output, format)
    scorer = _load(artifact, encoder, precision, device, store, trust_remote_code)
    find_ends = _intervals(artifact, scorer, interval, store)
    table, texts = read_texts(data, text, quoting)
    _tell_added(table, scored_names(scorer.card, interval=interval is not None), scorer.card, text)
    _tell_other_columns(scorer.card, table, text)
    from semascope.words.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        scores = scorer.score(texts, numbers=table.rows, progress=display.show)
    write_rows(with_scores(table, scores, find_ends(texts)), output, format)
    if not scores.classes:
        tell_outside(artifact, scorer.card.targets, scores.unclipped, written=scores.values)
    _tell_unknown(scorer, scores.unknown_rows)
    _tell_left_out(scores.reasons)


def rank(
    artifact: Artifact,
    data: Data = None,
    text: Texts = None,
    quoting: options.Quoting = "auto",
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="Target to rank by, where there are several.")
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Class whose probability ranks.")
    ] = None,
    top: Annotated[int | None, typer.Option(metavar="N", help="Only the first N rows.", min=1)] = None,
    interval: Interval = None,
    encoder: OtherEncoder = "",
    output: options.Output = None,
    format: Format = "csv",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Write the rows of a file from the highest to the lowest score; rows that cannot be scored come last.

    What an earlier run wrote into the file is replaced, a column of yours never. Where the target is called score, the
    ranking's own is predicted_score.
    """
    from semascope.cli.added_columns import ranked_names, ranking_name
    from semascope.cli.outside import tell_outside
    from semascope.cli.scored_rows import in_order

    check_output(output, format)
    scorer = _load(artifact, encoder, precision, device, store, trust_remote_code)
    find_ends = _intervals(artifact, scorer, interval, store)
    table, texts = read_texts(data, text, quoting)
    _tell_added(table, ranked_names(scorer.card, interval=interval is not None), scorer.card, text)
    _tell_other_columns(scorer.card, table, text)
    from semascope.words.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        ranking = scorer.rank(
            texts, target=target, class_name=class_name, numbers=table.rows, progress=display.show
        )
    name = ranking_name(scorer.card)
    write_rows(in_order(table, ranking, top=top, ends=find_ends(texts), name=name), output, format)
    _tell_equal(ranking, scorer.card.head)
    named = [each for each in scorer.card.targets if target in (None, each.name)]
    tell_outside(artifact, named, ranking.scores[:, None])
    _tell_unknown(scorer, ranking.unknown_rows)
    _tell_left_out(ranking.reasons)


def _load(
    artifact: Path, encoder: str, precision: str, device: str, store: Path | None, trust_remote_code: bool
) -> Scorer:
    from semascope.probes.scorer import Scorer
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore

    return Scorer.load(
        artifact,
        encoder=encoder or None,
        precision=precision,  # type: ignore[arg-type]
        device=device,
        trust_remote_code=trust_remote_code,
        store=VectorStore(store) if store else default_store(),
    )


def _intervals(
    artifact: Path, scorer: Scorer, coverage: float | None, store: Path | None
) -> Callable[[list[str]], Ends | None]:
    """Finds the intervals of texts; what is wrong with the wish is said at once."""
    if coverage is None:
        return lambda texts: None
    from semascope.cli.open_learner import EncoderFlags, load_on
    from semascope.cli.scored_rows import Ends
    from semascope.data.odd import is_empty
    from semascope.errors import ArtifactError
    from semascope.learner.intervals import check_coverage
    from semascope.types import silent

    check_coverage(coverage)
    if scorer.encoder is None:
        raise ArtifactError(
            f"{artifact} is a scorer ({scorer.card.head}) without examples; intervals need a model of semascope learn;"
            " leave --interval out"
        )
    learner = load_on(scorer.encoder, artifact, EncoderFlags(store=store).folder)

    def find(texts: list[str]) -> Ends:
        import numpy as np

        places = [place for place, text in enumerate(texts) if not is_empty(text)]
        found = learner.predict_intervals([texts[place] for place in places], coverage, progress=silent)
        low, high = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
        low[places] = [each.low for each in found]
        high[places] = [each.high for each in found]
        for note in dict.fromkeys(each.note for each in found if each.note):
            print(f"intervals: {note}", file=sys.stderr)
        return Ends(low=_where_finite(low), high=_where_finite(high))

    return find


def read_texts(data: Path | None, text: list[str] | None, quoting: str) -> tuple[Table, list[str]]:
    """The rows to score and their texts."""
    from semascope.cli.reading import read_data
    from semascope.data.read import read_lines
    from semascope.errors import ConfigError

    if data is None or str(data) == "-":
        if quoting != "auto":
            raise ConfigError(
                f"quoting is {quoting!r}, and standard input holds one text a line, as it is; leave it out, or name a file"
            )
        if sys.stdin.isatty():
            print("one text a line; Ctrl-D ends", file=sys.stderr)
        table = read_lines(sys.stdin.buffer)
        return table, table.texts(["text"])
    table = read_data(data, quoting=quoting)
    if not text:
        raise ConfigError(
            f"no text column is named; columns are {', '.join(table.columns)}; name one with --text"
        )
    table.require(text)
    return table, table.texts(text)


def _tell_added(table: Table, names: list[str], card: Card, text: list[str] | None) -> None:
    """Say which columns of the file are replaced; refuse to replace the user's own."""
    from semascope.cli.added_columns import check_added

    own = [*(text or ()), *(target.name for target in card.targets)]
    for notice in check_added(table, names, own=own):
        print(f"warning: {notice}", file=sys.stderr)


def _tell_other_columns(card: Card, table: Table, text: list[str] | None) -> None:
    """Warn when the texts are put together otherwise than those that were learnt from.

    Other names alone are no sign: another file may call the same columns otherwise.
    """
    given = list(dict.fromkeys(text or ()))
    learnt = list(dict.fromkeys(card.texts))
    if not given or not learnt or not (card.encoder or card.reads_texts) or given == learnt:
        return
    if len(given) != len(learnt) or set(learnt).issubset(table.columns):
        print(
            f"warning: it learnt from {' and '.join(map(repr, learnt))} in this order and now reads"
            f" {' and '.join(map(repr, given))}: scores are those of other texts than it was measured on",
            file=sys.stderr,
        )


def _where_finite(values: Floats) -> Floats:
    """Infinite ends as no ends: files of tables have no common word for them."""
    import numpy as np

    kept: Floats = np.where(np.isfinite(values), values, np.nan)
    return kept


def tell_empty(count_empty: int) -> None:
    """Say how many texts had nothing to read."""
    if count_empty:
        print(f"{count(count_empty, 'text')} left out: nothing to read", file=sys.stderr)


def check_output(output: Path | None, format: str) -> None:
    """Refuse a format before anything is computed."""
    from semascope.data.formats import format_of
    from semascope.errors import ConfigError

    known = ("csv", "tsv", "json", "jsonl", "parquet", "arrow")
    if output is not None:
        format_of(output)
    elif format not in known:
        raise ConfigError(f"format is {format!r}; it must be one of {', '.join(known)}; choose one of them")


def write_rows(rows: pa.Table, output: Path | None, format: str) -> None:
    """Write rows to a file, or to standard output."""
    from semascope.data.formats import format_of
    from semascope.data.write import write_table

    if output is None:
        write_table(rows, sys.stdout.buffer, format=format)  # type: ignore[arg-type]
    else:
        write_table(rows, output, format=format_of(output))
        print(f"{count(rows.num_rows, 'row')} in {output}", file=sys.stderr)


def _tell_equal(ranking: Ranking, head: str) -> None:
    """Say that nothing was ranked: the winner of a study may be a constant."""
    if len(ranking.scores) > 1 and (ranking.scores == ranking.scores[0]).all():
        print(
            f"all {len(ranking.scores):,} scores are equal (head {head}): the rows stand in the order of the file",
            file=sys.stderr,
        )


def _tell_unknown(scorer: Scorer, rows: tuple[int, ...]) -> None:
    """Warn of texts whose score says nothing of them."""
    from semascope.cli.unknown_texts import unknown_said

    if rows and scorer.encoder is not None:
        print(f"warning: {unknown_said(scorer.encoder.name, rows)}", file=sys.stderr)


def _tell_left_out(reasons: tuple[str, ...]) -> None:
    missing = [reason for reason in reasons if reason]
    if missing:
        rows = count(len(missing), "row")
        print(f"{rows} could not be scored; the column 'not_scored' says why", file=sys.stderr)
