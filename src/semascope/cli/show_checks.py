"""What ``doctor`` prints about one encoder: its examination, and two of its paths compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console, print_json, print_lines
from semascope.words.numbers import scaled, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.checks.api_examination import ApiExamination
    from semascope.encoders.checks.examination import Examination
    from semascope.encoders.checks.parity import Parity, RowParity
    from semascope.encoders.checks.published import PublishedResult
    from semascope.encoders.checks.static_examination import StaticExamination


def print_parity(parity: Parity, *, json: bool) -> None:
    """Every row, then the verdict."""
    if json:
        print_json(parity)
        return
    console = plain_console()
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
    print_lines(["", *parity_lines(parity)])


def print_examination(found: Examination, *, json: bool) -> None:
    """Facts, then each check with what was expected and found."""
    if json:
        print_json(found)
        return
    facts = [f"{name:16} {value}" for name, value in _facts(found).items()]
    print_lines([*facts, "", f"published check{'' if found.published else ': none'}"])
    if found.published:
        _print_published(found.published)
    if found.published_note:
        print_lines([f"  {found.published_note}"])
    print_lines(["", *_compared("parity", found.parity, found.parity_note), *_failures(found.failures)])


def print_static_examination(found: StaticExamination, *, json: bool) -> None:
    """Facts about a table of token vectors, then each check."""
    if json:
        print_json(found)
        return
    facts = {
        "encoder": found.name,
        **_remedy(found),
        "path": f"a table of {found.rows:,} token vectors of {found.dim} numbers ({found.stored}), no network",
        "rows": f"those of {found.rule}, brought to unit length; sums in float32 on cpu",
        "table": f"{size(found.table_bytes)} in memory",
        "loading": f"{found.load_seconds:.1f} s",
    }
    lines = [f"{name:16} {value}" for name, value in facts.items()]
    lines += ["", *_compared("parity", found.parity, "")]
    lines += ["", *_compared(f"parity with {found.rule}", found.library, found.library_note)]
    print_lines([*lines, *_failures(found.failures)])


def print_api_examination(found: ApiExamination, *, json: bool) -> None:
    """What came from an encoder behind an API."""
    if json:
        print_json(found)
        return
    width = f"{found.width}"
    if found.expected_width is None:
        width += ", which no table says"
    if found.widths:
        width += f"; on offer are {', '.join(map(str, found.widths))}"
    came = "" if found.encoding_came == found.encoding_asked else f"; {found.encoding_came} came"
    used = (
        "the provider does not say" if found.tokens_used is None else f"{found.tokens_used} by the provider"
    )
    price = "not known" if found.price is None else f"{found.price:g} {found.currency} a million tokens"
    facts = {
        "encoder": found.name,
        "address": found.address,
        "key": found.key or "none was sent",
        "model": f"{found.model}; it answers as {found.answers_as or 'nothing: replies name no model'}",
        "width": width,
        "encoding": f"{found.encoding_asked} was asked for{came}",
        "row": f"length {found.norm:.6f} as it came; {'with' if found.index else 'without'} index",
        "tokens": f"{used}, {found.tokens_counted} counted here",
        "price": price,
        "latency": f"{found.first_ms:.0f} ms with the connection, then {found.second_ms:.0f} ms",
        "asked again": f"cosine {found.again:.6f}",
        "among others": f"cosine {found.among:.6f}",
    }
    print_lines([*(f"{name:16} {value}" for name, value in facts.items()), *_failures(found.failures)])


def _remedy(found: Examination | StaticExamination) -> dict[str, str]:
    return (
        {"remedy": f"{found.remedy.removeprefix('remedy ')}; all below is of the rows before"}
        if found.remedy
        else {}
    )


def _compared(title: str, parity: Parity | None, note: str) -> list[str]:
    """Two paths held against each other, or why they were not."""
    told = parity_lines(parity) if parity else [note]
    return [f"{title}{'' if parity else ': not compared'}", *(f"  {line}" for line in told)]


def _failures(failures: Sequence[str]) -> list[str]:
    return ["", *([f"failed: {failure}" for failure in failures] or ["no check failed"])]


def _facts(found: Examination) -> dict[str, Any]:
    parameters = "not stated by the weight files"
    if found.parameters and found.weight_bytes:
        parameters = f"{scaled(found.parameters)}, {size(found.weight_bytes)} in {found.precision}"
    grown = found.peak_growth_bytes
    return {
        "encoder": found.name,
        **_remedy(found),
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


def _print_published(result: PublishedResult) -> None:
    check = result.check
    print_lines([f"  {check.source}"])
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
    print_fitting(plain_console(), columns, rows)
    verdict = "holds" if result.holds else "does not hold"
    print_lines([f"  {verdict}: largest difference {result.difference:.4f}; {result.threshold}"])


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


def print_doctor(sections: dict[str, dict[str, Any]], *, json: bool) -> None:
    """Findings by section."""
    if json:
        print_json(sections)
        return
    console = plain_console()
    width = max(len(name) for facts in sections.values() for name in facts)
    for title, facts in sections.items():
        console.print(title, style="bold")
        for name, value in facts.items():
            shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            console.print(f"  {name:{width}}  {shown}", highlight=False, markup=False, soft_wrap=True)
