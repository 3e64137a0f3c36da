"""All cells on each target and on each slice: a table of estimates with their verdicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import icon
from semascope.pages.markup import breakable, element
from semascope.pages.numbers import between, fixed, p_value, percent, shared_decimals, signed
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.pages.text import listing, shorten
from semascope.reports.cells import SHOWN, name_cell
from semascope.studies.result import CellResult, SliceResult, TargetResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.reading import Reading
    from semascope.stats.results import Verdict

Part = TargetResult | SliceResult


def targets_section(reading: Reading) -> Section | None:
    """Cells by target; None when there is one target only."""
    if len(reading.result.targets) < 2 or not any(cell.targets for cell in reading.result.cells):
        return None
    names = list(reading.result.targets)
    table = _table(reading, names, lambda cell: {each.target: each for each in cell.targets}, "Each target")
    mixed = [cell.label for cell in reading.result.cells if cell.verdict.mixed]
    lead = (
        f"The verdict over all targets hides a trade-off for {listing(mixed)}: some targets go the other way."
        if mixed
        else "No target goes significantly against the verdict over all of them."
    )
    return Section(
        id="targets",
        title="Target by target",
        nav="Target by target",
        lead=lead,
        body=element("div", table, _legend(reading, "target")),
    )


def slices_section(reading: Reading) -> Section | None:
    """Cells by the values of each slice column; None when no slice was asked for."""
    columns = list(dict.fromkeys(each.column for cell in reading.result.cells for each in cell.slices))
    if not columns:
        return None
    blocks = [_slice_block(reading, column) for column in columns]
    return Section(
        id="slices",
        title="Slice by slice",
        nav="Slice by slice",
        body=element("div", *blocks, _legend(reading, "slice")),
    )


def _slice_block(reading: Reading, column: str) -> Markup:
    sizes: dict[str, int] = {}
    for cell in reading.result.cells:
        for each in cell.slices:
            if each.column == column:
                sizes[each.value] = max(each.n, sizes.get(each.value, 0))
    names = sorted(sizes, key=lambda value: -sizes[value])
    table = _table(
        reading,
        names,
        lambda cell: {each.value: each for each in cell.slices if each.column == column},
        f"Each value of {column}",
    )
    return element("div", element("h3", shorten(column, 60)), table)


def _table(
    reading: Reading, names: Sequence[str], parts: Callable[[CellResult], dict[str, Part]], caption: str
) -> Markup:
    found = {cell.id: parts(cell) for cell in reading.ordered}
    places = {
        name: shared_decimals(
            (part[name].estimate.high - part[name].estimate.low) / 2
            for part in found.values()
            if name in part
        )
        for name in names
    }
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[
                name_cell(reading, cell),
                *[
                    _cell(
                        found[cell.id].get(name),
                        min(places[name], 3),
                        relative=reading.relative and isinstance(found[cell.id].get(name), SliceResult),
                        against=name in cell.verdict.mixed,
                    )
                    for name in names
                ],
            ],
        )
        for cell in reading.ordered
    ]
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        *[Column(title=_title(name, found), class_="num part", sortable=True, help=name) for name in names],
    ]
    return data_table(columns, rows, caption=f"{caption}: {reading.measure.long}", class_="parts", fold=SHOWN)


def _title(name: str, found: dict[str, dict[str, Part]]) -> Markup:
    n = max((part[name].n for part in found.values() if name in part), default=0)
    return Markup("{} {}").format(
        element("span", breakable(shorten(name, 44)), class_="part-name"),
        element("span", f"n = {n:,}", class_="n"),
    )


def _cell(part: Part | None, places: int, *, relative: bool, against: bool) -> Cell:
    """One part of one cell.

    Parameters
    ----------
    places
        Decimals of the estimate.
    relative
        Whether differences are shares of the baseline's error: a slice of a study with several targets.
    against
        Whether this target goes against the verdict over all of them.
    """
    if part is None:
        return Cell(content="–", sort=math.nan)
    estimate, verdict = part.estimate, part.verdict
    value: Markup | str = fixed(estimate.value, places)
    if verdict is not None and verdict.word != "baseline":
        value = Markup("{} {}").format(icon(verdict.word), value)
    if against:
        value = Markup("{} {}").format(icon("mixed"), value)
    return Cell(
        content=value,
        note=_note(verdict, places, relative)
        or between(estimate.low, estimate.high, places)
        or estimate.reason,
        sort=estimate.value,
        title=_words(part, places, relative),
    )


def _difference(value: float, places: int, relative: bool) -> str:
    return percent(value, 1, sign=True) if relative else signed(value, places)


def _note(verdict: Verdict | None, places: int, relative: bool) -> str:
    if verdict is None or verdict.word == "baseline":
        return ""
    return _difference(verdict.difference, places, relative)


def _words(part: Part, places: int, relative: bool) -> str:
    estimate, verdict = part.estimate, part.verdict
    words = [f"95 % interval {between(estimate.low, estimate.high, places) or estimate.reason or 'none'}"]
    if verdict is not None and verdict.word != "baseline":
        low, high, found = (
            _difference(each, places, relative) for each in (verdict.low, verdict.high, verdict.difference)
        )
        words.append(f"{verdict.word}: difference {found} ({low} to {high})")
        words.append(f"Holm p {p_value(verdict.p_holm)}")
    return "; ".join(words)


def _legend(reading: Reading, noun: str) -> Markup:
    shapes = [
        Markup("{} {}").format(icon(word), word) for word in ("better", "worse", "equivalent", "unresolved")
    ]
    mixed: list[Markup | str] = []
    if noun == "target" and any(cell.verdict.mixed for cell in reading.result.cells):
        mixed = [
            icon("mixed"),
            " marks a target that goes against its cell's verdict over all targets, with Holm's correction over the"
            " targets of that cell alone. ",
        ]
    share = (
        ", a share of the baseline's error averaged over the targets"
        if noun == "slice" and reading.relative
        else ""
    )
    return element(
        "p",
        Markup(", ").join(shapes),
        f" against {reading.baseline.label} on the same rows; the small figure is the difference{share}. Each {noun} "
        "is judged after the primary verdict, in a Holm family of its own. ",
        *mixed,
        class_="fineprint legend",
    )
