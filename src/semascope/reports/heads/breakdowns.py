"""All cells on each target and on each slice: a table of estimates with their verdicts."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import icon
from semascope.pages.markup import breakable, element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.studies.heads.judging.leading import LeadingPart, leading_slice, of_one_split
from semascope.words.numbers import between, fixed, p_value, shared_decimals
from semascope.words.texts import listing, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

WORDS = ("better", "worse", "equivalent", "unresolved")
Parts = dict[str, LeadingPart]  # by the name of the target, or the value of the slice column


def targets_section(reading: Reading) -> Section | None:
    """Cells by target; None when there is one target only."""
    if len(reading.result.targets) < 2 or not any(cell.targets for cell in reading.result.cells):
        return None
    names = list(reading.result.targets)
    found = parts_by_target(reading)
    table = _table(reading, names, reading.ordered, found, "Each target", alike=False)
    return Section(
        id="targets",
        title="Target by target",
        lead=targets_lead(reading),
        body=element("div", table, _legend(reading, "target")),
    )


def parts_by_target(reading: Reading) -> dict[str, Parts]:
    """What is said of each cell on each target, by cell id."""
    return {cell.id: {each.target: of_one_split(each) for each in cell.targets} for cell in reading.ordered}


def targets_lead(reading: Reading) -> str:
    """Whether targets disagree."""
    mixed = [cell.label for cell in reading.result.cells if cell.verdict.mixed]
    if not mixed:
        return "No target goes significantly against the verdict over all of them."
    return (
        f"The verdict over all targets hides a trade-off for {listing(mixed)}: some targets go the other way."
    )


def slices_section(reading: Reading) -> Section | None:
    """Cells by the values of each slice column; None when no slice was asked for."""
    columns = reading.sliced
    if not columns:
        return None
    blocks = [_slice_block(reading, column) for column in columns]
    return Section(
        id="slices",
        title="Slice by slice",
        body=element(
            "div",
            *blocks,
            _legend(reading, "slice", over=any(is_repeated(reading, column) for column in columns)),
        ),
    )


def _slice_block(reading: Reading, column: str) -> Markup:
    found = {cell.id: parts_by_value(cell, column) for cell in reading.result.cells}
    names = values_by_size(reading, column)
    repeated = is_repeated(reading, column)
    table = _table(
        reading,
        names,
        reading.by_leading if repeated else reading.ordered,
        found,
        f"Each value of {column}",
        alike=True,
        over=" over the repeated splits" if repeated else "",
    )
    said = said_of_values(reading, names, found)
    return element("div", element("h3", shorten(column, 60)), element("p", said) if said else Markup(), table)


def is_repeated(reading: Reading, column: str) -> bool:
    """Whether figures by its values are those of repeated splits."""
    return any(each.repeat for cell in reading.result.cells for each in cell.slices if each.column == column)


def parts_by_value(cell: HeadResult, column: str) -> Parts:
    """What is said first of a cell on each value of a slice column."""
    return {each.value: leading_slice(each) for each in cell.slices if each.column == column}


def values_by_size(reading: Reading, column: str) -> list[str]:
    """Values of a slice column that have results, those of most rows first."""
    sizes: dict[str, int] = {}
    for cell in reading.result.cells:
        for value, part in parts_by_value(cell, column).items():
            sizes[value] = max(part.n, sizes.get(value, 0))
    return sorted(sizes, key=lambda value: -sizes[value])


def said_of_values(reading: Reading, names: Sequence[str], found: dict[str, Parts]) -> str:
    """The chosen cell against the baseline, values of one word together; empty where it is the baseline."""
    words: dict[str, list[str]] = {}
    for name in names:
        part = found[reading.winner.id].get(name)
        if part is not None and part.verdict is not None and part.verdict.word != "baseline":
            words.setdefault(part.verdict.word, []).append(shorten(name, 44))
    if not words:
        return ""
    told = [f"{word} on {listing(words[word])}" for word in WORDS if word in words]
    return f"{reading.winner.label} against {reading.baseline.label}: {'; '.join(told)}."


def _table(
    reading: Reading,
    names: Sequence[str],
    cells: Sequence[HeadResult],
    found: dict[str, Parts],
    caption: str,
    *,
    alike: bool,
    over: str = "",
) -> Markup:
    """One row a cell, one column a part.

    Parameters
    ----------
    alike
        Whether the parts are of one measure in one unit: slices, whose differences over several targets are shares of the
        baseline's error.
    over
        What the figures are of, behind the measure; empty for the study's own split.
    """
    places = places_of(names, found, alike=alike)
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[
                name_cell(reading, cell),
                *[
                    _cell(
                        found[cell.id].get(name),
                        places[name],
                        change=partial(
                            reading.measure.change, decimals=places[name], shares=alike and reading.relative
                        ),
                        against=name in cell.verdict.mixed,
                    )
                    for name in names
                ],
            ],
        )
        for cell in cells
    ]
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        *[
            Column(
                title=_title(name, found, "a split" if over else ""),
                class_="num part",
                sortable=True,
                help=name,
            )
            for name in names
        ],
    ]
    return data_table(
        columns, rows, caption=f"{caption}: {reading.measure.long}{over}", class_="parts", fold=SHOWN
    )


def places_of(names: Sequence[str], found: dict[str, Parts], *, alike: bool) -> dict[str, int]:
    """Decimals of the figures of each part."""
    places = {
        name: min(
            shared_decimals(
                (parts[name].high - parts[name].low) / 2 for parts in found.values() if name in parts
            ),
            3,
        )
        for name in names
    }
    if alike:  # rows are read across: the same measure, the same digits
        return dict.fromkeys(names, max(places.values(), default=2))
    return places


def _title(name: str, found: dict[str, Parts], each: str) -> Markup:
    return Markup("{} {}").format(
        element("span", breakable(shorten(name, 44)), class_="part-name"),
        element("span", rows_words(name, found, each), class_="n"),
    )


def rows_words(name: str, found: dict[str, Parts], each: str) -> str:
    """How many rows a part has; ``each`` is what they are of."""
    n = max((parts[name].n for parts in found.values() if name in parts), default=0)
    return f"n = {n:,} {each}".rstrip()


def _cell(part: LeadingPart | None, places: int, *, change: Callable[[float], str], against: bool) -> Cell:
    """One part of one cell.

    Parameters
    ----------
    places
        Decimals of the estimate.
    change
        Writes a difference.
    against
        Whether this target goes against the verdict over all of them.
    """
    if part is None:
        return Cell(content="–", sort=math.nan)
    verdict = part.verdict
    value: Markup | str = fixed(part.value, places)
    if verdict is not None and verdict.word != "baseline":
        value = Markup("{} {}").format(icon(verdict.word), value)
    if against:
        value = Markup("{} {}").format(icon("mixed"), value)
    return Cell(
        content=value,
        note=part_note(part, places, change),
        sort=part.value,
        title=_words(part, places, change),
    )


def part_note(part: LeadingPart, places: int, change: Callable[[float], str]) -> str:
    """The difference, or the interval of what has none."""
    if part.verdict is not None and part.verdict.word != "baseline":
        return change(part.verdict.difference)
    return between(part.low, part.high, places) or part.reason


def _words(part: LeadingPart, places: int, change: Callable[[float], str]) -> str:
    verdict = part.verdict
    words = [f"95 % interval {between(part.low, part.high, places) or part.reason or 'none'}"]
    if verdict is not None and verdict.word != "baseline":
        low, high, found = map(change, (verdict.low, verdict.high, verdict.difference))
        words.append(f"{verdict.word}: difference {found} ({low} to {high})")
        words.append(verdict.reason if math.isnan(verdict.p_holm) else f"Holm p {p_value(verdict.p_holm)}")
    return "; ".join(words)


def against_words(reading: Reading, noun: str, *, over: bool) -> str:
    """What the verdicts of parts are against, and what the small figure is."""
    share = (
        ", a share of the baseline's error averaged over the targets"
        if noun == "slice" and reading.relative
        else ""
    )
    return (
        f"against {reading.baseline.label} on the same {'splits' if over else 'rows'}; the small figure is the difference{share}. Each {noun} "
        "is judged after the primary verdict, in a Holm family of its own."
    )


def _legend(reading: Reading, noun: str, *, over: bool = False) -> Markup:
    shapes = [Markup("{} {}").format(icon(word), word) for word in WORDS]
    mixed: list[Markup | str] = []
    if noun == "target" and any(cell.verdict.mixed for cell in reading.result.cells):
        mixed = [
            icon("mixed"),
            " marks a target that goes against its cell's verdict over all targets, with Holm's correction over the"
            " targets of that cell alone. ",
        ]
    return element(
        "p",
        Markup(", ").join(shapes),
        f" {against_words(reading, noun, over=over)} ",
        *mixed,
        class_="fineprint legend",
    )
