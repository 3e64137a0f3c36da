"""What a tuning prints: the answer, base against tuned on what was seen and what was not, what was forgotten, where all lies."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console
from semascope.cli.show_study import WORDS, verdict_word
from semascope.cli.text_on_screen import visible
from semascope.retrieval.measuring.naming import DEFAULT
from semascope.studies.tuned.telling.advice import advice_of
from semascope.studies.tuned.telling.differences import decimals_of
from semascope.studies.tuned.telling.forgotten import decimals_of as decimals_of_set
from semascope.studies.tuned.telling.forgotten import short_of
from semascope.words.numbers import NOTHING, between, count, fixed, p_value, signed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.tuned.judging.changed import Changed
    from semascope.studies.tuned.judging.forgetting import Forgot
    from semascope.studies.tuned.judging.searched import Part, Searched
    from semascope.studies.tuned.judging.separation import Separation
    from semascope.studies.tuned.result import TuneResult
    from semascope.studies.tuned.telling.advice import Advice

SHOWN = 3
"""Queries that got better, and worse, that are printed."""
_PARTS = {"unseen": "unseen documents", "seen": "seen documents", "all": "all"}
_TEXTS = {"all": "all texts", "trained": "labels trained on", "unseen": "labels not met"}


def print_tune(found: TuneResult, *, verbose: bool) -> None:
    """The answer first."""
    console = plain_console()
    console.print()
    for number, sentence in enumerate(found.headline):
        console.print(sentence, style="bold" if number == 0 else "", markup=False, highlight=False)
    console.print()
    advice = advice_of(found.trained, found.searched, found.separation)
    if found.searched is not None:
        _print_searched(console, found.searched, advised=advice.cell)
    if found.separation is not None:
        _print_separation(console, found.separation)
    _print_forgot(console, found)
    if found.searched is not None:
        _print_changed(console, found.searched)
    _print_notes(console, found, verbose=verbose)
    console.print()
    places = [
        ("encoder", found.encoder),
        *([("final", f"{found.final} (learnt from all rows, judged by nobody)")] if found.final else []),
        ("report", f"{found.folder}/report.html"),
        ("record", f"{found.folder}/tuning.json"),
    ]
    for what, path in places:
        console.print(f"{what:8} {path}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{'next':8} {next_command(found, advice)}", markup=False, highlight=False, soft_wrap=True)


def next_command(found: TuneResult, advice: Advice) -> str:
    """What can be typed next, ready to copy: what is advised at work, or a tuning that has more to tell apart."""
    settings = found.settings
    data = shlex.quote(str(settings.get("data") or found.name))
    columns = [
        f"--{name} {shlex.quote(str(one))}"
        for name in ("query", "document", "grade", "qrels", "text", "label")
        for one in _as_list(settings.get(name))
    ]
    measure = settings.get("measure") or DEFAULT
    judged = [] if measure == DEFAULT else [f"--measure {shlex.quote(str(measure))}"]
    asked = settings.get("instruction") or "default"
    instruction = [] if asked == "default" else [f"--instruction {shlex.quote(str(asked))}"]
    given = settings.get("encoder")
    base = f"--encoder {shlex.quote(str(given))}" if given else ""
    encoder = f"--encoder {shlex.quote(f'{found.tuned}={found.encoder}')}"
    if advice.tuned and found.flavour == "labels":
        return _typed("semascope map", data, *columns, base, encoder, *instruction)
    hybrids = (
        []
        if found.searched is None
        else [cell for cell in found.searched.cells if cell.startswith("hybrid:")]
    )
    if advice.tuned:
        return _typed(
            "semascope retrieve", data, *columns, encoder, *_also(hybrids[1:]), *instruction, *judged
        )
    if found.searched is not None and advice.cell != found.searched.base:
        return _typed("semascope retrieve", data, *columns, base, *_also(hybrids[:1]), *instruction, *judged)
    more = "--mine 4" if found.flavour == "pairs" and not settings.get("mine") else "--epochs 10"
    # The file in the folder holds every setting, whatever was said then.
    again = f"--output {shlex.quote(f'{found.folder}-2')}"
    return _typed("semascope tune", shlex.quote(f"{found.folder}/tune.yaml"), more, again)


def _also(hybrids: Sequence[str]) -> list[str]:
    return [f"--encoder {shlex.quote(cell)}" for cell in hybrids]


def _typed(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _print_searched(console: Console, searched: Searched, *, advised: str) -> None:
    """Every way of searching on every part; the verdict on the tuned encoder stands in its line."""
    parts = searched.parts if len(searched.parts) > 2 else searched.parts[:1]
    decimals = max(decimals_of(part.values.values()) for part in parts)
    columns = [
        Column(title="", right=False),
        Column(title=f"{searched.measure} (queries)", name=True),
        Column(title="value"),
        Column(title="95 % interval", leaves=2),
        Column(title="difference", leaves=3),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]
    rows: list[list[str]] = []
    for number, part in enumerate(parts):
        title = f"[bold]{_PARTS[part.name]}[/] ({part.queries:,})"
        rows += [[""] * len(columns)] if number else []
        rows.append(["", title, *[""] * (len(columns) - 2)])
        marked = "" if number else advised
        rows += [_searched_row(searched, part, cell, decimals, marked) for cell in searched.cells]
    print_fitting(console, columns, rows)
    for line in _how(searched):
        console.print(line, style="dim", markup=False, highlight=False)


def _searched_row(searched: Searched, part: Part, cell: str, decimals: int, advised: str) -> list[str]:
    estimate = part.values[cell]
    whole = part.name == "all" or len(searched.parts) < 3
    judged = part.verdict if cell == searched.tuned else searched.beside[cell] if whole else None
    row = ["*" if cell == advised else "", escape(cell), *_value(estimate, decimals)]
    if cell == searched.base:
        return [*row, "", "", f"[{WORDS['baseline']}]baseline[/]"]
    return [*row, *(["", "", ""] if judged is None else _judged(judged, decimals))]


def _how(searched: Searched) -> list[str]:
    return [
        f"* advised; intervals are 95 %, unadjusted. Differences are from {searched.base}; other ways are judged on all queries.",
        f"p: {searched.test}. A query counts as seen when training read it, a document that answers it, or a near-copy.",
    ]


def _value(estimate: Estimate, decimals: int) -> list[str]:
    return [fixed(estimate.value, decimals), between(estimate.low, estimate.high, decimals) or "none"]


def _judged(verdict: Verdict, decimals: int) -> list[str]:
    known = verdict.difference == verdict.difference
    return [
        signed(verdict.difference, decimals) if known else "",
        p_value(verdict.p_holm) if verdict.p_holm == verdict.p_holm else "",
        verdict_word(verdict),
    ]


def _print_separation(console: Console, separation: Separation) -> None:
    columns = [
        Column(title=escape(separation.label), name=True),
        Column(title="before"),
        Column(title="after"),
        Column(title="95 % interval", leaves=2),
        Column(title="difference", leaves=3),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]
    rows = []
    for part in separation.parts:
        rows.append([f"[bold]{_TEXTS[part.which]}[/] ({part.texts:,})", *[""] * (len(columns) - 1)])
        for one in part.numbers.values():
            judged = ["", "", "[dim]no verdict[/]"] if one.verdict is None else _judged(one.verdict, 3)
            rows.append([one.name, fixed(one.before.value, 3), *_value(one.after.estimate, 3), *judged])
    print_fitting(console, columns, rows)
    for part in separation.parts:
        if part.reason:
            console.print(f"{_TEXTS[part.which]}: {part.reason}.", markup=False, highlight=False)


def _print_forgot(console: Console, found: TuneResult) -> None:
    if not found.forgot:
        return
    console.print()
    columns = [
        Column(title="forgotten?", name=True),
        Column(title="measure", right=False),
        Column(title=escape(found.base)),
        Column(title=escape(found.tuned)),
        Column(title="difference", leaves=2),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]
    print_fitting(console, columns, [_forgot_row(one) for one in found.forgot])
    for one in found.forgot:
        if one.reason:
            console.print(f"{one.name}: {one.reason}.", style="dim", markup=False, highlight=False)


def _forgot_row(one: Forgot) -> list[str]:
    decimals = decimals_of_set(one)
    return [
        escape(one.name),
        escape(short_of(one)),
        fixed(one.base, decimals),
        fixed(one.tuned, decimals),
        signed(one.difference, decimals) if one.difference == one.difference else NOTHING,
        p_value(one.p_holm) if one.p_holm == one.p_holm else "",
        f"[{WORDS[one.word]}]{one.word}[/]",
    ]


def _print_changed(console: Console, searched: Searched) -> None:
    """Some queries that changed most, each on a line."""
    better, worse, same = searched.changed
    console.print()
    console.print(
        f"{count(better, 'query', 'queries')} better, {worse:,} worse, {same:,} the same{'; where the answer stood:' if better or worse else ''}",
        markup=False,
        highlight=False,
    )
    for word, changed in (("better", searched.better), ("worse", searched.worse)):
        for one in changed[:SHOWN]:
            console.print(
                _changed_line(one, word, console.width), markup=False, highlight=False, no_wrap=True
            )


def _changed_line(one: Changed, word: str, width: int) -> str:
    ranks = " to ".join("none" if rank is None else f"{rank:,}" for rank in (one.base_rank, one.tuned_rank))
    head = f"  {word:6}  {ranks:>12}  {'seen  ' if one.seen else 'unseen'}  "
    return head + shorten(visible(" ".join(one.text.split())), max(20, width - len(head)))


def _print_notes(console: Console, found: TuneResult, *, verbose: bool) -> None:
    """Warnings; everything else when asked for."""
    shown = [note for note in found.notes if verbose or note.level == "warning"]
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
