"""What is printed about the store: what it holds, and whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from semascope.cli.show import plain_console, print_json, print_lines
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UNBOUNDED = 10_000  # columns: wider than any table


def print_store(root: Path, entries: Sequence[Any], *, json: bool) -> None:
    """What is stored."""
    if json:
        print_json({"root": root, "encoders": entries})
        return
    console = plain_console()
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
    wide = Console(highlight=False, width=_UNBOUNDED)  # a fingerprint is there to be copied: it is never cut
    console.width = max(console.width, wide.measure(table).maximum)
    console.print(table)


def print_joined(root: Path, other: Path, joined: Sequence[Any], *, json: bool) -> None:
    """What was taken in from another store, by encoder."""
    if json:
        print_json({"root": root, "from": other, "encoders": joined})
        return
    added = sum(one.added for one in joined)
    lines = [f"{count(added, 'row')} of {other} taken into {root}"]
    for one in joined:
        known = f", {one.rows - one.added:,} were there" if one.added < one.rows else ""
        named = f"{one.encoder} ({one.fingerprint})" if one.encoder else one.fingerprint
        lines.append(f"{named}: {count(one.rows, 'row')}, {one.added:,} taken in{known}")
    print_lines(lines)


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
    print_lines(lines)
