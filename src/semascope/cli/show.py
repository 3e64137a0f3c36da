"""What a command prints on standard output."""

from __future__ import annotations

import json as json_module
import math
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show_slices import print_slices
from semascope.encoders.choices import lost_part
from semascope.encoders.protocol import UNLIMITED
from semascope.plain import plain
from semascope.reports.heads.reading import Reading
from semascope.stats.standing import ALPHA
from semascope.words.numbers import between, count, p_value, percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.cli.show_encoders import SeenPrompt
    from semascope.embedding import Account, Embedded
    from semascope.encoders.protocol import Encoder
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult, HeadsResult

UNBOUNDED = 10_000  # columns: wider than any table
WORDS = {"better": "green", "worse": "red", "equivalent": "cyan", "unresolved": "yellow", "baseline": "dim"}


def print_study(result: HeadsResult, *, verbose: bool) -> None:
    """The answer, the table of cells, and where everything lies."""
    console = _console()
    console.print()
    for number, sentence in enumerate(result.headline):
        loud = "bold" if number == 0 else "yellow" if sentence.startswith("Warning") else ""
        console.print(sentence, style=loud, markup=False, highlight=False)
    console.print()
    reading = Reading(result)
    cells = sorted(result.cells, key=lambda cell: _gain(reading, cell), reverse=True)
    print_fitting(console, _cell_columns(result), [_cell_row(cell, result) for cell in cells])
    for line in _how(result):
        console.print(line, style="dim", markup=False, highlight=False)
    print_slices(reading, console, word=_word)
    _print_notes(result, console, verbose=verbose)
    console.print()
    for name, what in (("report.html", "report"), ("winner", "winner"), ("records.jsonl", "records")):
        console.print(f"{what:8} {result.folder}/{name}", markup=False, highlight=False, soft_wrap=True)


def _print_notes(result: HeadsResult, console: Console, *, verbose: bool) -> None:
    """Warnings that the answer has not told yet; everything else when asked for."""
    told = " ".join(result.headline)
    notes = [note for note in result.notes if note.title not in told]
    shown = [note for note in notes if verbose or note.level == "warning"]
    if shown:
        console.print()
    for note in shown:
        warning = note.level == "warning"
        console.print(
            f"{'Warning: ' if warning else ''}{note.title}. {note.text}",
            style="yellow" if warning else "",
            markup=False,
            highlight=False,
        )


def _cell_columns(result: HeadsResult) -> list[Column]:
    """One line a cell; a narrow terminal does without the single split, then p, the difference, the interval."""
    found = [
        Column(title="", right=False),
        Column(title="cell", name=True),
        Column(title=Reading(result).measure.short),
        Column(title="95 % interval", leaves=4),
        Column(title="difference", leaves=3),
        Column(title="p (Holm)", leaves=2),
        Column(title="verdict", right=False),
    ]
    if Reading(result).repeated:
        found.append(Column(title="one split", right=False, leaves=1))
    return found


def _gain(reading: Reading, cell: HeadResult) -> float:
    gain = reading.leading(cell).verdict.gain
    return -math.inf if math.isnan(gain) else gain


def _cell_row(cell: HeadResult, result: HeadsResult) -> list[str]:
    reading = Reading(result)
    figure = reading.leading(cell)
    verdict = figure.verdict
    is_baseline = verdict.word == "baseline"
    word = _word(verdict)
    if cell.verdict.mixed:
        word += " [yellow]mixed[/]"
    own = cell.verdict
    one_split = [_word(own) if own.word != "baseline" else ""] if reading.repeated else []
    return [
        "*" if cell.id == result.winner else "",
        escape(cell.label),
        reading.value(figure.value),
        between(figure.low, figure.high, reading.decimals) or "none",
        "" if is_baseline else reading.difference(verdict.difference),
        "" if is_baseline else p_value(verdict.p_holm),
        word,
        *one_split,
    ]


def _word(verdict: Verdict) -> str:
    """The verdict's word; where no comparison could be made, that."""
    if verdict.word == "unresolved" and math.isnan(verdict.p_holm):
        return "[dim]not compared[/]"
    return f"[{WORDS[verdict.word]}]{verdict.word}[/]"


def _how(result: HeadsResult) -> list[str]:
    """What the table means, in three lines."""
    reading = Reading(result)
    family = reading.family
    compared = count(family.comparisons, "comparison")
    margin = f"{reading.margin(family)}{' of its error' if reading.relative else ''}"
    short, long = reading.measure.short, reading.measure.long
    named = short if short.casefold() == long.casefold() else f"{short}, {long}"
    cheapest = ", the cheapest not clearly behind the best there" if result.choice.by_cost else ""
    lines = [
        f"* chosen on the training rows{cheapest}. {named}: {reading.measure.side} is better; intervals are 95 %, unadjusted.",
        f"Differences are from {reading.baseline.label}; within a margin of {margin} they count as none.",
        f"Intervals of differences: {family.interval}. p: {family.test}; Holm over {compared}."
        if family.comparisons
        else "No other cell could be compared with it.",
        *_not_compared(reading),
    ]
    if reading.repeated:
        lines.append(
            "Everything is about fitting each cell anew on repeated splits; one split: the verdict on the heads of the study's"
            " own split alone."
        )
    return [*lines, *_held_back(reading)]


def _not_compared(reading: Reading) -> list[str]:
    """Why cells could not be compared, each reason once."""
    found: dict[str, list[str]] = {}
    for cell in reading.ordered:
        verdict = reading.leading(cell).verdict
        if verdict.word == "unresolved" and math.isnan(verdict.p_holm) and verdict.reason:
            found.setdefault(verdict.reason, []).append(cell.label)
    return [f"Not compared: {listing(names, limit=6)} ({reason})." for reason, names in found.items()]


def _held_back(reading: Reading) -> list[str]:
    """Why a cell is unresolved where its p alone would have settled it."""
    found = []
    for cell in reading.ordered:
        verdict = reading.leading(cell).verdict
        if verdict.word == "unresolved" and verdict.reason and verdict.p_holm < ALPHA:
            found.append(
                f"{cell.label} is unresolved though p is {p_value(verdict.p_holm)}: {verdict.reason}."
            )
    return found


def print_study_json(result: HeadsResult) -> None:
    """The finished study as JSON; the held-out rows themselves are in ``predictions.parquet``."""
    record = plain(result)
    del record["held_out"]
    print_json(record)


def print_json(value: Any) -> None:
    """A record as JSON on standard output."""
    held = plain(value)
    written = json_module.dumps(held, ensure_ascii=False, indent=1)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # JSON has a way to write any character in any encoding
        written = json_module.dumps(held, indent=1)
    print(written)


def print_store(root: Path, entries: Sequence[Any], *, json: bool) -> None:
    """What is stored."""
    if json:
        print_json({"root": root, "encoders": entries})
        return
    console = _console()
    console.print(f"{root}", highlight=False, soft_wrap=True)
    if not entries:
        console.print("no vectors are stored")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("fingerprint", "dims", "vectors", "segments", "size", "damaged"):
        table.add_column(column, justify="left" if column == "fingerprint" else "right", no_wrap=True)
    for entry in entries:
        size = f"{entry.bytes / 1e6:,.1f} MB"
        table.add_row(
            entry.fingerprint,
            str(entry.dim),
            f"{entry.rows:,}",
            str(entry.segments),
            size,
            str(entry.damaged),
        )
    wide = Console(highlight=False, width=UNBOUNDED)  # a fingerprint is there to be copied: it is never cut
    console.width = max(console.width, wide.measure(table).maximum)
    console.print(table)


def print_checks(root: Path, segments: Sequence[Any], canaries: Sequence[Any], *, json: bool) -> None:
    """Result of a verification: segments of the store, and rows that encoders gave again."""
    if json:
        print_json({"segments": segments, "canaries": canaries})
        return
    bad = [check for check in segments if check.problem]
    lines = [f"{len(segments) - len(bad)} of {len(segments)} segments are whole in {root}"]
    lines += [f"{check.path}: {check.problem}" for check in bad]
    for check in canaries:
        far = (
            ""
            if check.distance is None
            else f", distance {check.distance:.2g} of {check.allowed:.2g} allowed"
        )
        lines.append(f"canary of {check.encoder or check.fingerprint}: {check.state}{far}; {check.note}")
    for line in lines:
        _console().print(line, highlight=False, soft_wrap=True, markup=False)


def print_account(
    embedded: Embedded,
    encoder: Encoder,
    *,
    output: Path,
    choices: Sequence[str],
    prompts: Sequence[SeenPrompt],
    json: bool,
) -> None:
    """What an embedding took, and what was asked of the encoder that it was not trained for."""
    account = embedded.account
    if json:
        print_json(plain(account) | {"choices": choices, "prompts": prompts})
        return
    shared = f" {account.shared:,} encoded by another process meanwhile," if account.shared else ""
    lines = [
        f"{account.rows:,} rows, {account.distinct:,} distinct prompts, {account.hits:,} found in the store,{shared}"
        f" {account.encoded:,} encoded in {account.encode_seconds:.1f} s",
        f"{account.tokens:,} tokens; {_long_words(account, encoder)}",
    ]
    if account.empty_rows:
        lines.append(f"{count(len(account.empty_rows), 'empty text')}: {_rows(account.empty_rows)}")
    if account.unknown_tokens:
        share = percent(account.unknown_tokens / account.read_tokens, 1, space=" ")
        lines.append(f"{share} of the tokens read are not in the vocabulary")
    if account.unknown_rows:
        lines.append(
            f"{count(len(account.unknown_rows), 'text')} without a token of the vocabulary, with the vector of the unknown"
            f" token: {_rows(account.unknown_rows)}"
        )
    if account.repaired_rows:
        lines.append(
            f"{count(len(account.repaired_rows), 'text')} with lone surrogates: {_rows(account.repaired_rows)}"
        )
    lines.extend(choices)
    lines.append(f"{embedded.vectors.shape[0]:,} x {embedded.vectors.shape[1]} float32 in {output}")
    for line in lines:
        _console().print(line, highlight=False, soft_wrap=True)


def _long_words(account: Account, encoder: Encoder) -> str:
    """What became of the rows over the limit."""
    if encoder.max_tokens == UNLIMITED:
        return "every row is read whole"
    limit, lost = (
        f"{encoder.max_tokens:,}",
        f"({percent(account.tokens_lost_share, 1, space=' ')} of all tokens lost)",
    )
    if encoder.space.long == "chunk":
        more = account.read_tokens / account.tokens - 1 if account.tokens else 0.0
        return (
            f"{account.split_rows:,} rows over {limit} read in {account.windows:,} windows (none lost;"
            f" {percent(more, 1, space=' ')} more tokens to compute)"
        )
    if encoder.space.long == "head-tail":
        return f"{account.truncated_rows:,} rows over {limit} without their middle {lost}"
    where = " on the left: they lost their beginning" if lost_part(encoder, "truncate") == "beginning" else ""
    return f"{account.truncated_rows:,} rows cut at {limit}{where} {lost}"


def print_doctor(sections: dict[str, dict[str, Any]], *, json: bool) -> None:
    """Findings by section."""
    if json:
        print_json(sections)
        return
    console = _console()
    width = max(len(name) for facts in sections.values() for name in facts)
    for title, facts in sections.items():
        console.print(title, style="bold")
        for name, value in facts.items():
            shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            console.print(f"  {name:{width}}  {shown}", highlight=False, markup=False, soft_wrap=True)


def _console() -> Console:
    return Console(highlight=False)


def _rows(rows: Sequence[int]) -> str:
    shown = ("row " if len(rows) == 1 else "rows ") + ", ".join(str(row) for row in rows[:8])
    return shown + (f" and {len(rows) - 8} more" if len(rows) > 8 else "")
