"""What a command prints on standard output."""

from __future__ import annotations

import json as json_module
import math
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.embedding import Embedded
    from semascope.encoders.catalogue import Listed
    from semascope.encoders.protocol import Encoder
    from semascope.studies.result import CellResult, StudyResult

WORDS = {"better": "green", "worse": "red", "equivalent": "cyan", "unresolved": "yellow", "baseline": "dim"}


def print_study(result: StudyResult, *, verbose: bool) -> None:
    """The answer, the table of cells, and where everything lies."""
    console = _console()
    console.print()
    for number, sentence in enumerate(result.headline):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, highlight=False)
    console.print()
    console.print(_cells_table(result))
    console.print(_how(result), style="dim", markup=False, highlight=False)
    shown = result.notes if verbose else [note for note in result.notes if note.level == "warning"]
    for note in shown if verbose else ():
        console.print(
            f"{'!' if note.level == 'warning' else '-'} {note.title}. {note.text}",
            markup=False,
            highlight=False,
        )
    console.print()
    for name, what in (("report.html", "report"), ("winner", "winner"), ("records.jsonl", "records")):
        console.print(f"{what:8} {result.folder}/{name}", markup=False, highlight=False, soft_wrap=True)


def _cells_table(result: StudyResult) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("", width=1)
    table.add_column("cell", overflow="fold")
    table.add_column(result.measure, justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("against baseline", justify="right")
    table.add_column("p (Holm)", justify="right")
    table.add_column("verdict")
    for cell in sorted(result.cells, key=lambda cell: -cell.verdict.gain):
        table.add_row(*_cell_row(cell, result))
    return table


def _cell_row(cell: CellResult, result: StudyResult) -> list[str]:
    verdict, estimate = cell.verdict, cell.estimate
    is_baseline = verdict.word == "baseline"
    word = f"[{WORDS[verdict.word]}]{verdict.word}[/]"
    if verdict.mixed:
        word += " [yellow]mixed[/]"
    if cell.repeat and cell.repeat.verdict:
        word += f" [dim]· recipe {cell.repeat.verdict.word}[/]"
    return [
        "*" if cell.id == result.winner else "",
        cell.label,
        _number(estimate.value),
        f"{_number(estimate.low)} to {_number(estimate.high)}" if math.isfinite(estimate.low) else "none",
        "" if is_baseline else f"{verdict.difference:+.3f}",
        "" if is_baseline else ("<0.001" if verdict.p_holm < 0.001 else f"{verdict.p_holm:.3f}"),
        word,
    ]


def _how(result: StudyResult) -> str:
    family = result.family
    unit = " of the baseline's error" if len(result.targets) > 1 and result.kind == "regression" else ""
    return (
        f"* chosen on the training rows. {family.measure} on held-out rows; margin ±{family.margin:.3g}{unit}; {family.test}; interval of a difference:"
        f" {family.interval}; intervals are 95 %, unadjusted"
    )


def print_study_json(result: StudyResult) -> None:
    """The finished study as JSON; the held-out rows themselves are in ``predictions.parquet``."""
    record = _plain(result)
    del record["held_out"]
    print_json(record)


def print_json(value: Any) -> None:
    """A record as JSON on standard output."""
    print(json_module.dumps(_plain(value), ensure_ascii=False, indent=1, default=str))


def print_encoders(listed: Sequence[Listed], *, json: bool) -> None:
    """What can be named."""
    if json:
        print_json(listed)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("name", "what it is", "needs"):
        table.add_column(column)
    for entry in listed:
        table.add_row(entry.name, entry.what, entry.needs.replace("[", "\\[") or "-")
    _console().print(table)


def print_encoder(encoder: Encoder, *, json: bool) -> None:
    """One encoder explained."""
    facts = {
        "name": encoder.name,
        "dims": encoder.dim,
        "tokens at most": encoder.max_tokens,
        "languages": ", ".join(sorted(encoder.languages)) if encoder.languages else "not stated",
        "fingerprint": encoder.fingerprint,
        **{f"space: {name}": value for name, value in asdict(encoder.space).items()},
        "stated": list(encoder.stated),
    }
    _print_facts(facts, json=json)


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
        table.add_column(column, justify="left" if column == "fingerprint" else "right")
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
    console.print(table)


def print_checks(root: Path, checks: Sequence[Any], *, json: bool) -> None:
    """Result of a verification."""
    if json:
        print_json(checks)
        return
    bad = [check for check in checks if check.problem]
    _console().print(
        f"{len(checks) - len(bad)} of {len(checks)} segments are whole in {root}",
        highlight=False,
        soft_wrap=True,
    )
    for check in bad:
        _console().print(f"{check.path}: {check.problem}", highlight=False, soft_wrap=True, markup=False)


def print_account(embedded: Embedded, encoder: Encoder, *, output: Path, json: bool) -> None:
    """What an embedding took."""
    account = embedded.account
    if json:
        print_json(account)
        return
    lines = [
        f"{account.rows:,} rows, {account.distinct:,} distinct prompts, {account.hits:,} found in the store,"
        f" {account.encoded:,} encoded in {account.encode_seconds:.1f} s",
        f"{account.tokens:,} tokens; {account.truncated_rows:,} rows cut at {encoder.max_tokens}"
        f" ({account.tokens_lost_share:.1%} of all tokens lost)",
    ]
    if account.empty_rows:
        lines.append(f"{len(account.empty_rows):,} empty texts: rows {_some(account.empty_rows)}")
    if account.repaired_rows:
        lines.append(
            f"{len(account.repaired_rows):,} texts with lone surrogates: rows {_some(account.repaired_rows)}"
        )
    lines.append(f"{embedded.vectors.shape[0]:,} x {embedded.vectors.shape[1]} float32 in {output}")
    for line in lines:
        _console().print(line, highlight=False, soft_wrap=True)


def print_doctor(sections: dict[str, dict[str, Any]], *, json: bool) -> None:
    """Findings by section."""
    if json:
        print_json(sections)
        return
    console = _console()
    for title, facts in sections.items():
        console.print(title, style="bold")
        for name, value in facts.items():
            console.print(f"  {name:24} {value}", highlight=False, markup=False, soft_wrap=True)


def _print_facts(facts: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(facts)
        return
    console = _console()
    for name, value in facts.items():
        for number, line in enumerate(value if isinstance(value, list) else [value]):
            console.print(
                f"{name if number == 0 else '':20} {line}", highlight=False, markup=False, soft_wrap=True
            )


def _console() -> Console:
    return Console(highlight=False)


def _some(rows: Sequence[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:8])
    return shown + (f" and {len(rows) - 8} more" if len(rows) > 8 else "")


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "none"


def _plain(value: Any) -> Any:
    """JSON-able: dataclasses as objects, arrays as lists, a number that is none as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
