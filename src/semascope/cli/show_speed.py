"""What ``semascope speed`` prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console
from semascope.words.numbers import NOTHING, count, percent, seconds, significant, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def print_speeds(found: Sequence[Mapping[str, Any]]) -> None:
    """One line an encoder, and below what was timed on what."""
    console = plain_console()
    batches = list(dict.fromkeys(name for each in found for name in each["texts_a_second"]))
    columns = [
        Column(title="encoder", name=True),
        Column(title="cold\nstart", leaves=5),
        Column(title="one text\np50"),
        Column(title="\np95", leaves=6),
        *[
            Column(
                title=f"texts/s\n{'all' if name == 'all' else f'by {name}'}",
                leaves=0 if name == "all" else 1 + place,
            )
            for place, name in enumerate(batches)
        ],
        Column(title="tokens\na second", leaves=7),
        Column(title="of the\npeak", leaves=8),
        Column(title="memory", leaves=9),
    ]
    print_fitting(console, columns, [_row(each, batches) for each in found])
    first = found[0]
    console.print(
        f"{first['texts']:,} texts, {first['processor']}; "
        + "; ".join(
            f"{each['name']}: {each['tokens']:.0f} tokens a text on average, {each['device']}, {each['precision']}"
            for each in found
        )
        + ". Memory is the process at its most. Peak: products of large matrices on all cores.",
        style="dim",
        markup=False,
        highlight=False,
    )


def _row(each: Mapping[str, Any], batches: Sequence[str]) -> list[str]:
    rates, share, memory = each["texts_a_second"], each["peak_share"], each["peak_memory"]
    return [
        each["name"],
        seconds(each["cold_seconds"]),
        seconds(each["p50_ms"] / 1000),
        seconds(each["p95_ms"] / 1000),
        *[significant(rates[name], 3) if name in rates else NOTHING for name in batches],
        count(round(each["tokens_a_second"])),
        percent(share) if not math.isnan(share) else NOTHING,
        size(memory) if memory else NOTHING,
    ]
