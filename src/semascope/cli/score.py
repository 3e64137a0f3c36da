"""``semascope score`` and ``semascope rank``: apply a saved scorer to new texts."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.words import settings
from semascope.words.numbers import count
from semascope.words.progress import ProgressDisplay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from semascope.data.table import Table
    from semascope.learner.learner import ValueLearner
    from semascope.learner.opening import EncoderWish
    from semascope.probes.scored_rows import Ends
    from semascope.probes.scorer import Ranking, Scorer

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
        help="For standard output; for a file its ending decides.",
    ),
]
OtherEncoder = Annotated[
    str, typer.Option("--encoder", metavar="[NAME=]FOLDER", help="Where the same encoder is now.")
]
Interval = Annotated[
    float | None,
    typer.Option(
        "--interval",
        metavar="COVERAGE",
        help="For a learnt model: add columns low and high that hold this share of new scores, such as 0.9.",
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="Target to rank by, where there are several.")
]
ClassName = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="Class whose probability ranks.")
]
Top = Annotated[int | None, typer.Option("--top", metavar="N", help="Only the first N rows.", min=1)]


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
    from semascope.learner.learnt_range import outside_learnt
    from semascope.learner.opening import EncoderWish
    from semascope.probes.scored_rows import scored_names, with_scores

    check_output(output, format)
    wish = EncoderWish(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    work = _open(artifact, wish, interval, scored_names)
    table, texts = work.read(data, text, quoting)
    with ProgressDisplay(sys.stderr) as display:
        scores = work.scorer.score(texts, numbers=table.rows, progress=display.show)
    write_rows(with_scores(table, scores, work.ends(texts)), output, format)
    if not scores.classes:
        targets = work.scorer.card.targets
        _tell(outside_learnt(artifact, targets, scores.unclipped, written=scores.values))
    _tell(f"warning: {said}" for said in work.scorer.said_of_unknown(scores.unknown_rows))
    _tell_left_out(scores.reasons)


def rank(
    artifact: Artifact,
    data: Data = None,
    text: Texts = None,
    quoting: options.Quoting = "auto",
    target: Target = None,
    class_name: ClassName = None,
    top: Top = None,
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
    from semascope.learner.opening import EncoderWish
    from semascope.probes.scored_rows import in_order, ranked_names, ranking_name

    check_output(output, format)
    wish = EncoderWish(
        encoder=encoder, precision=precision, device=device, store=store, trust_remote_code=trust_remote_code
    )
    work = _open(artifact, wish, interval, ranked_names)
    table, texts = work.read(data, text, quoting)
    with ProgressDisplay(sys.stderr) as display:
        ranking = work.scorer.rank(
            texts, target=target, class_name=class_name, numbers=table.rows, progress=display.show
        )
    name = ranking_name(work.scorer.card)
    write_rows(in_order(table, ranking, top=top, ends=work.ends(texts), name=name), output, format)
    _tell_about(ranking, artifact, work.scorer, target)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """A scorer, and what it adds to a table."""

    scorer: Scorer
    names: list[str]  # of the columns
    learner: ValueLearner | None  # None where no intervals are asked for
    coverage: float

    def read(self, data: Path | None, text: list[str] | None, quoting: str) -> tuple[Table, list[str]]:
        """The rows to score and their texts, with what is to be said about the columns."""
        from semascope.probes.scored_rows import read_otherwise

        card, columns = self.scorer.card, text or []
        table, texts = read_texts(data, text, quoting)
        tell_added(table, self.names, own=[*columns, *(target.name for target in card.targets)])
        if said := read_otherwise(card, table.columns, columns):
            print(f"warning: {said}", file=sys.stderr)
        return table, texts

    def ends(self, texts: list[str]) -> Ends | None:
        """The intervals of the texts, where they are asked for."""
        from semascope.learner.answers.rows import interval_ends

        if self.learner is None:
            return None
        ends, notes = interval_ends(self.learner, texts, self.coverage)
        _tell(f"intervals: {note}" for note in notes)
        return ends


def _open(
    artifact: Path, wish: EncoderWish, coverage: float | None, names: Callable[..., list[str]]
) -> _Work:
    """The scorer; what is wrong with a wish for intervals is said before anything is computed."""
    from semascope.errors import ArtifactError
    from semascope.learner.answers.intervals import check_coverage
    from semascope.learner.opening import load_on
    from semascope.probes.scorer import Scorer
    from semascope.store.vectors import VectorStore

    scorer = Scorer.load(
        artifact,
        encoder=wish.encoder or None,
        precision=wish.precision,  # type: ignore[arg-type]
        device=wish.device,
        trust_remote_code=wish.trust_remote_code,
        store=VectorStore(wish.folder),
    )
    learner, added = None, names(scorer.card, interval=coverage is not None)
    if coverage is not None:
        check_coverage(coverage)
        if scorer.encoder is None:
            raise ArtifactError(
                f"{artifact} is a scorer ({scorer.card.head}) without examples; intervals need a model of semascope"
                " learn; leave --interval out"
            )
        learner = load_on(scorer.encoder, artifact, wish.folder)
    return _Work(scorer=scorer, names=added, learner=learner, coverage=coverage or 0.0)


def read_texts(data: Path | None, text: list[str] | None, quoting: str) -> tuple[Table, list[str]]:
    """The rows to score and their texts."""
    from semascope.cli.reading import read_data
    from semascope.data.read import read_lines
    from semascope.errors import ConfigError

    if data is None or str(data) == "-":
        if quoting != "auto":
            raise ConfigError(
                f"quoting is {quoting!r}, but standard input has one text per line, taken as it is; leave it out, or name a file"
            )
        if sys.stdin.isatty():
            print("one text per line; Ctrl-D ends", file=sys.stderr)
        table = read_lines(sys.stdin.buffer)
        return table, table.texts(["text"])
    table = read_data(data, quoting=quoting)
    if not text:
        raise ConfigError(
            f"no text column is named; columns are {', '.join(table.columns)}; name one with --text"
        )
    table.require(text)
    return table, table.texts(text)


def tell_added(table: Table, names: Sequence[str], *, own: Sequence[str]) -> None:
    """Say which columns of the file are replaced; refuse to replace the user's own."""
    from semascope.data.added_columns import check_added

    _tell(f"warning: {notice}" for notice in check_added(table, names, own=own))


def _tell(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def tell_empty(count_empty: int) -> None:
    """Say how many texts had nothing to read."""
    if count_empty:
        print(f"{count(count_empty, 'text')} left out: empty", file=sys.stderr)


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


def _tell_about(ranking: Ranking, artifact: Path, scorer: Scorer, target: str | None) -> None:
    """Say that nothing was ranked, as the winner of a study may be a constant; which scores lie outside; what is left out."""
    from semascope.learner.learnt_range import outside_learnt

    if len(ranking.scores) > 1 and (ranking.scores == ranking.scores[0]).all():
        print(
            f"all {len(ranking.scores):,} scores are equal (head {scorer.card.head}): the rows stand in the order of the"
            " file",
            file=sys.stderr,
        )
    named = [each for each in scorer.card.targets if target in (None, each.name)]
    _tell(outside_learnt(artifact, named, ranking.scores[:, None]))
    _tell(f"warning: {said}" for said in scorer.said_of_unknown(ranking.unknown_rows))
    _tell_left_out(ranking.reasons)


def _tell_left_out(reasons: tuple[str, ...]) -> None:
    missing = [reason for reason in reasons if reason]
    if missing:
        rows = count(len(missing), "row")
        print(f"{rows} could not be scored; the column 'not_scored' says why", file=sys.stderr)
