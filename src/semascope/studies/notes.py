"""What the reader should know about the data and the run, warnings first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import GIANT
from semascope.data.language_names import NAMES
from semascope.encoders.choices import lost_part, width_choice
from semascope.encoders.templates import get_template
from semascope.pages.numbers import count
from semascope.pages.text import listing
from semascope.studies.result import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from semascope.encoders.protocol import Encoder
    from semascope.studies.prepare import Prepared
    from semascope.studies.rows import Rows


def language_warnings(rows: Rows, encoders: Iterable[Encoder]) -> list[Note]:
    """A loud warning for each encoder that was not trained for the language of some rows.

    An English-only encoder on other languages has invalidated a whole published comparison.
    """
    notes = []
    for encoder in encoders:
        if encoder.languages is None:
            continue
        if not rows.language.calls_for_warning(encoder.languages):
            continue
        share = rows.language.foreign_share(encoder.languages)
        foreign = rows.language.foreign_rows(encoder.languages)
        shown = ", ".join(
            f"{name} {_percent(part)}" for name, part in rows.language.shares.items() if part >= 0.01
        )
        notes.append(
            Note(
                level="warning",
                title=f"{encoder.name} reads {_spoken(encoder.languages)} only",
                text=(
                    f"{_percent(share)} of the rows are in other languages ({shown}; from {rows.language.method}). Its vectors of"
                    " those rows mean little: read the results by language, or take a multilingual encoder."
                ),
                rows=rows.table.rows[foreign].tolist(),
                count=len(foreign),
            )
        )
    return notes


def instruction_warnings(prepared: Prepared) -> list[Note]:
    """An instruction given to an encoder that was not trained to follow one is a stated choice."""
    notes = []
    given = [cell for cell in prepared.plan.cells if cell.instruction.sentence]
    for name in dict.fromkeys(cell.encoder for cell in given):
        if not get_template(prepared.encoders[name].space.template).trained:
            notes.append(
                Note(
                    level="warning",
                    title=f"{name} was not trained to follow instructions",
                    text="The sentence is written in front of every text; what it changes is not what it asks for.",
                )
            )
    return notes


def width_notes(prepared: Prepared) -> list[Note]:
    """Widths that an encoder was not trained to be cut to are allowed, and said once per encoder."""
    notes = []
    for name, encoder in prepared.encoders.items():
        dims = [cell.dim for cell in prepared.plan.cells if cell.encoder == name]
        if said := width_choice(encoder, dims):
            notes.append(Note(level="info", title=f"{name} is cut to a narrower width", text=f"{said}."))
    return notes


def data_notes(rows: Rows) -> list[Note]:
    """Leaks, duplicates, texts and targets that are missing."""
    notes = [*_leaks(rows), *_giants(rows)]
    exact, near = rows.duplicates.exact_repeats, rows.duplicates.near_repeats
    kept = "Copies stand on one side of the split" + (
        " where the given split allows it." if rows.given else "."
    )
    if len(exact):
        notes.append(
            _info(
                rows,
                exact,
                ("exact duplicate", "exact duplicates"),
                f"They repeat the text of an earlier row. {kept}",
            )
        )
    if len(near):
        text = f"They share at least four fifths of their word sequences with an earlier row. {kept}"
        notes.append(_info(rows, near, ("near duplicate", "near duplicates"), text))
    for found, title, text in (
        (rows.empty, ("empty text", "empty texts"), "They hold no visible character and are left out."),
        (
            rows.lacking,
            ("row without a target", "rows without a target"),
            "They have a text but nothing to learn, and are left out.",
        ),
        (
            rows.table.repaired,
            ("text with lone surrogates", "texts with lone surrogates"),
            "Half characters became the replacement character.",
        ),
    ):
        if len(found):
            notes.append(
                Note(
                    level="info",
                    title=count(len(found), *title),
                    text=text,
                    rows=found.tolist(),
                    count=len(found),
                )
            )
    notes += _partly(rows)
    return notes


def cell_notes(records: Mapping[str, Mapping[str, Any]], encoders: Mapping[str, Encoder]) -> list[Note]:
    """Rows that encoders, by name, cut or read in windows."""
    notes, seen = [], set()
    for record in records.values():
        costs, name, long = record["costs"], record["cell"]["encoder"], record["cell"]["long"]
        if not name or (name, long) in seen or not (costs["truncated_rows"] or costs.get("split_rows")):
            continue
        seen.add((name, long))
        lost = f"{_percent(costs['tokens_lost_share'], 1)} of all tokens are lost"
        if costs["truncated_rows"]:
            part = lost_part(encoders[name], long)
            notes.append(
                Note(
                    level="warning" if costs["tokens_lost_share"] > 0.1 else "info",
                    title=f"{count(costs['truncated_rows'], 'row')} cut by {name}"
                    + {"middle": " in the middle", "beginning": " at the beginning"}.get(part, ""),
                    text=f"Their {part} was not seen: {lost}.",
                    count=costs["truncated_rows"],
                )
            )
        else:
            notes.append(
                Note(
                    level="info",
                    title=f"{count(costs['split_rows'], 'row')} read by {name} in windows",
                    text=f"They make {costs['windows']:,} windows that overlap; no token is lost.",
                    count=costs["split_rows"],
                )
            )
    return notes


def encoder_notes(encoders: Iterable[Encoder]) -> list[Note]:
    """What was read or assumed about each encoder, and whether its languages could be checked."""
    notes = []
    for encoder in encoders:
        stated = [*encoder.stated]
        if encoder.languages is None:
            stated.append("it states no languages, so the languages of the rows were not checked against it")
        if stated:
            text = ". ".join(_capital(sentence) for sentence in stated) + "."
            notes.append(Note(level="info", title=f"How {encoder.name} is run", text=text))
    return notes


def _leaks(rows: Rows) -> list[Note]:
    if not len(rows.leaked):
        return []
    share = len(rows.leaked) / len(rows.split.test)
    return [
        Note(
            level="warning",
            title=f"The given split leaks: {count(len(rows.leaked), 'held-out row also stands', 'held-out rows also stand')} in training",
            text=f"{_percent(share, 1)} of the held-out rows repeat a training row or its group. Results are given with and without them.",
            rows=rows.table.rows[rows.leaked].tolist(),
            count=len(rows.leaked),
        )
    ]


def _giants(rows: Rows) -> list[Note]:
    largest = int(np.bincount(rows.components).max())
    if largest <= GIANT * len(rows):
        return []
    return [
        Note(
            level="warning",
            title=f"{largest:,} rows hang together",
            text="They are joined by duplicates or a group and must stand on one side of the split, which makes it uneven.",
            count=largest,
        )
    ]


def _partly(rows: Rows) -> list[Note]:
    notes = []
    for place, target in enumerate(rows.targets):
        lacking = np.flatnonzero(~np.isfinite(rows.truth[:, place]))
        if len(lacking):
            notes.append(
                _info(
                    rows,
                    lacking,
                    (f"row lacks “{target}”", f"rows lack “{target}”"),
                    "They are left out for this target only.",
                )
            )
    return notes


def _info(rows: Rows, found: Sequence[int] | np.ndarray[Any, Any], title: tuple[str, str], text: str) -> Note:
    numbers = rows.table.rows[np.asarray(found)].tolist()
    return Note(level="info", title=count(len(numbers), *title), text=text, rows=numbers, count=len(numbers))


def _spoken(codes: Iterable[str]) -> str:
    """Languages by their English names where they are known."""
    return listing(
        [NAMES[code].partition(" ")[0].title() if code in NAMES else code for code in sorted(codes)]
    )


def _percent(share: float, decimals: int = 0) -> str:
    return f"{100 * share:.{decimals}f} %"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
