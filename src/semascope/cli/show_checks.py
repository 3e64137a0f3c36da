"""What ``doctor`` prints about one encoder: its examination, and two of its paths compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import print_json
from semascope.cli.show_encoders import scaled, size

if TYPE_CHECKING:
    from semascope.encoders.checks.examination import Examination
    from semascope.encoders.checks.parity import Parity, RowParity
    from semascope.encoders.checks.published import PublishedResult
    from semascope.encoders.checks.static_examination import StaticExamination


def print_parity(parity: Parity, *, json: bool) -> None:
    """Every row, then the verdict."""
    if json:
        print_json(parity)
        return
    console = _console()
    columns = [
        Column(title="text", name=True),
        Column(title="tokens", leaves=1),
        Column(title="cosine", leaves=2),
        Column(title="largest difference"),
        Column(title=""),
    ]
    rows = [
        [
            escape(row.what),
            f"{row.tokens:,}",
            f"{row.cosine:.6f}",
            f"{row.difference:.1e}",
            "" if row.holds else "fails",
        ]
        for row in parity.rows
    ]
    print_fitting(console, columns, rows)
    console.print()
    for line in parity_lines(parity):
        _line(console, line)


def print_examination(found: Examination, *, json: bool) -> None:
    """Facts, then each check with what was expected and found."""
    if json:
        print_json(found)
        return
    console = _console()
    for name, value in _facts(found).items():
        _line(console, f"{name:16} {value}")
    console.print()
    _line(console, f"published check{'' if found.published else ': none'}")
    if found.published:
        _print_published(found.published, console)
    if found.published_note:
        _line(console, f"  {found.published_note}")
    console.print()
    _line(console, f"parity{'' if found.parity else ': not compared'}")
    for line in parity_lines(found.parity) if found.parity else [found.parity_note]:
        _line(console, f"  {line}")
    _print_failures(found.failures, console)


def print_static_examination(found: StaticExamination, *, json: bool) -> None:
    """Facts about a table of token vectors, then each check."""
    if json:
        print_json(found)
        return
    console = _console()
    facts = {
        "encoder": found.name,
        "path": f"a table of {found.rows:,} token vectors of {found.dim} numbers ({found.stored}), no network",
        "rows": f"those of {found.rule}, brought to unit length; sums in float32 on cpu",
        "table": f"{size(found.table_bytes)} in memory",
        "loading": f"{found.load_seconds:.1f} s",
    }
    for name, value in facts.items():
        _line(console, f"{name:16} {value}")
    for title, parity, note in (
        ("parity", found.parity, ""),
        (f"parity with {found.rule}", found.library, found.library_note),
    ):
        console.print()
        _line(console, f"{title}{'' if parity else ': not compared'}")
        for line in parity_lines(parity) if parity else [note]:
            _line(console, f"  {line}")
    _print_failures(found.failures, console)


def _print_failures(failures: tuple[str, ...], console: Console) -> None:
    console.print()
    for failure in failures:
        _line(console, f"failed: {failure}")
    if not failures:
        _line(console, "no check failed")


def _facts(found: Examination) -> dict[str, Any]:
    parameters = "not stated by the weight files"
    if found.parameters and found.weight_bytes:
        parameters = f"{scaled(found.parameters)}, {size(found.weight_bytes)} in {found.precision}"
    grown = found.peak_growth_bytes
    return {
        "encoder": found.name,
        "path": f"{found.path}: {found.path_reason}",
        "prepacked": found.prepacked,
        "attention by": found.products,
        "precision": f"{found.precision} on {found.device}",
        "worker threads": f"{found.workers}, {found.group_tokens:,} tokens a group",
        "parameters": parameters,
        "loading": f"{found.load_seconds:.1f} s"
        + ("" if grown is None else f"; the process's peak memory grew by {size(grown)}"),
        "weights": found.weights,
    }


def _print_published(result: PublishedResult, console: Console) -> None:
    check = result.check
    _line(console, f"  {check.source}")
    columns = [
        Column(title="  similarity of", name=True),
        Column(title="expected", leaves=1),
        Column(title="found", leaves=2),
        Column(title="difference"),
    ]
    rows = []
    for query, expected, found in zip(check.queries, check.expected, result.found, strict=True):
        for document, wanted, got in zip(check.documents, expected, found, strict=True):
            if document == query:
                continue
            pair = f"  {_short(query)} / {_short(document)}"
            rows.append([escape(pair), f"{wanted:.4f}", f"{got:.4f}", f"{got - wanted:+.4f}"])
    print_fitting(console, columns, rows)
    verdict = "holds" if result.holds else "does not hold"
    _line(console, f"  {verdict}: largest difference {result.difference:.4f}; {result.threshold}")


def parity_lines(parity: Parity) -> list[str]:
    """Verdict, threshold, worst row and what was left out, one line each."""
    return [
        f"{parity.verdict}: {parity.first} and {parity.second}, {len(parity.rows)} awkward texts",
        f"threshold: {parity.threshold}",
        f"worst row: {_row(parity.worst)}",
        *(f"left out: {sentence}" for sentence in parity.left_out),
    ]


def _row(row: RowParity) -> str:
    return (
        f"{row.what}, {row.tokens:,} tokens: cosine {row.cosine:.6f}, largest difference {row.difference:.1e}"
    )


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:17]}..."


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _console() -> Console:
    return Console(highlight=False)
