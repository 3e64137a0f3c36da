"""The table of cells: estimate, difference from the baseline and verdict, drawn and in numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import chip
from semascope.pages.markup import element, joined, safe
from semascope.pages.shell import Section
from semascope.pages.strips import StripAxis, strip, strip_axis, strip_ruler
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.opening import WHOLE
from semascope.reports.verdicts import difference_strip, estimate_cell, verdict_cell
from semascope.stats.measures import measure_named
from semascope.studies.heads.telling.raced_words import by_fall, fallen_words
from semascope.studies.heads.telling.spoken import READS
from semascope.words.numbers import NOTHING, count, fixed, seconds
from semascope.words.texts import BETWEEN, listing

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult
    from semascope.studies.racing import Fall, Raced

SHOWN = 15  # rows before the table is folded
ALL_MEASURES = "All measures on the held-out rows"


def section(reading: Reading) -> Section:
    """All cells on the same held-out rows, the best estimate first."""
    estimates = strip_axis((c.estimate.low, c.estimate.value, c.estimate.high) for c in reading.drawn)
    differences = difference_axis(reading)
    rows = [_row(reading, cell, estimates, differences) for cell in reading.ordered]
    rows += [_fallen_row(raced, fall) for raced, fall in fallen_of(reading)]
    table = data_table(
        _columns(reading, estimates, differences),
        rows,
        caption=caption(reading),
        class_="cells cards",
        fold=SHOWN,
    )
    return Section(
        id="cells",
        title=title(reading),
        lead=lead(reading),
        body=element("div", table, how_judged(reading), _measures(reading)),
    )


def title(reading: Reading) -> str:
    """What the section is called: behind repeated splits it is about one of them."""
    return "One split of them" if reading.repeated else "What was compared"


def caption(reading: Reading) -> str:
    """What the table of cells holds."""
    where = f" with {reading.judged}" if reading.judged else ""
    return (
        f"{count(len(reading.ordered), 'cell')} on the same {reading.rows_judged:,} held-out rows{where}, "
        f"best estimate first{_shared(reading)}"
    )


def difference_axis(reading: Reading) -> StripAxis:
    """The axis of all differences from the baseline, with the margin as the zone around zero."""
    family = reading.result.family.verdicts
    verdicts = [family.get(cell.id, cell.verdict) for cell in reading.drawn]
    return strip_axis(
        ((v.low, v.difference, v.high) for v in verdicts if v.word != "baseline"),
        zero=0.0,
        margin=reading.result.family.margin,
    )


def name_cell(reading: Reading, cell: HeadResult) -> Cell:
    """The cell's name with what it is made of."""
    role = reading.role(cell)
    label: Markup = element("b", joint_behind(cell.label), class_="cell-name")
    if role != "plain":
        label = Markup("{} {}").format(label, chip(role))
    if role == "chosen" and cell.id == reading.baseline.id:
        label = Markup("{} {}").format(label, chip("baseline"))
    return Cell(content=label, note=made_of(reading, cell), sort=cell.label.casefold(), title=cell.id)


def joint_behind(label: str) -> Markup:
    """A cell's name whose lines end with a joint and do not begin with one; its text stays the same.

    Examples
    --------
    >>> joint_behind("minilm · ridge")
    Markup('<span class="whole-word">minilm ·</span> ridge')
    """
    *before, last = label.split(BETWEEN)
    parts = [
        element("span", f"{part} ·", class_="whole-word" if len(part) <= WHOLE else None) for part in before
    ]
    return joined([*parts, safe(last)], " ")


def made_of(reading: Reading, cell: HeadResult) -> str:
    """The parts in which cells differ and that the label does not name."""
    if cell.reads in READS:
        return READS[cell.reads]
    parts = reading.parts(cell)
    bare = {
        "encoder": cell.encoder.rsplit("/", 1)[-1],
        "dim": str(cell.dim),
        "instruction": cell.instruction,
        "long": cell.long,
    }
    return " · ".join(
        text
        for field, text in parts.items()
        if field in reading.varying and bare.get(field, text).casefold() not in cell.label.casefold()
    )


def _shared(reading: Reading) -> str:
    """What the cells on vectors have in common, for the caption."""
    cells = [cell for cell in reading.result.cells if cell.encoder]
    if not cells:
        return ""
    parts = reading.parts(cells[0])
    shared = [parts[field] for field in ("encoder", "instruction", "dim") if field not in reading.varying]
    which = "The cell on vectors" if len(cells) == 1 else "The cells on vectors"
    return f". {which}: {', '.join(shared)}" if shared else ""


def _columns(reading: Reading, estimates: StripAxis, differences: StripAxis) -> list[Column]:
    better = reading.measure.arrow
    factor, suffix = (100.0, " %") if reading.relative else (1.0, "")
    return [
        Column(title="Cell", class_="name", sortable=True),
        Column(title=reading.measure.short, class_="num estimate", sortable=True, help=reading.measure.long),
        Column(title=f"{better} better", class_="drawn drawn-estimate", ruler=strip_ruler(estimates)),
        Column(title="Difference", class_="num diff", sortable=True, help="from the baseline, same rows"),
        Column(
            title=f"{better} better",
            class_="drawn drawn-diff",
            ruler=strip_ruler(differences, factor=factor, suffix=suffix),
        ),
        Column(title="Verdict", class_="verdict", sortable=True),
        Column(
            title="Selection",
            class_="num side",
            sortable=True,
            help="out of fold on the training rows: what chose the winner"
            + (", as a share of the baseline's error" if reading.relative else ""),
        ),
        Column(title="1,000 texts", class_="num side", sortable=True, help="seconds to encode and predict"),
        Column(title="Training", class_="num side", sortable=True, help="fitting the head"),
    ]


def _row(reading: Reading, cell: HeadResult, estimates: StripAxis, differences: StripAxis) -> Row:
    verdict = reading.result.family.verdicts.get(cell.id, cell.verdict)
    role = reading.role(cell)
    estimate = cell.estimate
    return Row(
        class_=reading.row_class(cell),
        cells=[
            name_cell(reading, cell),
            estimate_cell(estimate, reading.decimals),
            Cell(
                content=strip(
                    estimate.low, estimate.value, estimate.high, axis=estimates, tone=f"whole {role}"
                )
            ),
            difference_cell(reading, verdict),
            Cell(content=difference_strip(verdict, differences)),
            verdict_cell(verdict),
            *side_cells(reading, cell),
        ],
    )


def fallen_of(reading: Reading) -> list[tuple[Raced, Fall]]:
    """Cells that a race left behind, the last first: they stay in the table, and have no figure on the held-out rows."""
    raced = reading.result.raced
    return [] if raced is None else [(raced, fall) for fall in by_fall(raced)]


def _fallen_row(raced: Raced, fall: Fall) -> Row:
    empty = Cell(content=NOTHING, sort=math.nan)
    return Row(
        class_="fallen",
        cells=[
            Cell(
                content=element("span", joint_behind(raced.labels[fall.cell]), class_="cell-name"),
                note="raced, not judged",
                sort=raced.labels[fall.cell].casefold(),
                title=fall.cell,
            ),
            empty,
            Cell(),
            empty,
            Cell(),
            Cell(content=fallen_words(fall), sort="z"),
            empty,
            empty,
            empty,
        ],
    )


def difference_cell(reading: Reading, verdict: Verdict) -> Cell:
    """The difference with its interval, empty for the baseline; plain text."""
    if verdict.word == "baseline":
        return Cell(sort=0.0)
    return Cell(
        content=reading.difference(verdict.difference),
        note=reading.spread(verdict.low, verdict.high),
        sort=verdict.difference,
    )


def side_cells(reading: Reading, cell: HeadResult) -> list[Cell]:
    """What chose, and the seconds; plain text."""
    scoring = scoring_seconds(cell)
    return [
        Cell(content=reading.value(cell.selection), sort=cell.selection),
        Cell(content=seconds(scoring), sort=scoring),
        Cell(content=seconds(cell.costs.fit_seconds), sort=cell.costs.fit_seconds),
    ]


def scoring_seconds(cell: HeadResult) -> float:
    """Seconds to encode and predict 1,000 texts; NaN when encoding was not measured."""
    return cell.costs.encode_seconds_per_1000 + cell.costs.predict_seconds_per_1000


def how_judged(reading: Reading) -> Markup:
    """One line on margin, measure and test."""
    return element(
        "p",
        element("b", "How it was judged. "),
        judged_words(
            reading, shaded=" (shaded)", beyond="; an arrow stands for a value beyond the drawn scale"
        ),
        class_="fineprint",
    )


def judged_words(reading: Reading, *, shaded: str = "", beyond: str = "") -> str:
    """Margin, measure and test; where they are drawn, with what the drawing means."""
    family = reading.result.family
    margin = reading.margin(family) + (" of the baseline's error" if reading.relative else "")
    return (
        f"Differences in {reading.measure.long} from {reading.baseline.label}; p from {family.test}, "
        f"Holm-corrected over {count(family.comparisons, 'comparison')}; interval by {family.interval}. "
        f"“Equivalent” means that the 90 % interval lies inside the margin of {margin}{shaded}. "
        f"Intervals shown are 95 % and unadjusted{beyond}."
    )


def _measures(reading: Reading) -> Markup:
    """All measures of all cells, unfolded on demand."""
    names = measure_names(reading)
    if len(names) < 2:
        return Markup()
    columns = [Column(title="Cell", class_="name", sortable=True)]
    columns += [Column(title=measure_named(name).short, class_="num", sortable=True) for name in names]
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[
                name_cell(reading, cell),
                *[measure_cell(cell, name) for name in names],
            ],
        )
        for cell in reading.ordered
    ]
    table = data_table(columns, rows, caption=ALL_MEASURES, class_="quiet", fold=SHOWN)
    titles = listing([measure_named(name).short for name in names], limit=8)
    return element("details", element("summary", f"All measures: {titles}"), table, class_="more")


def measure_names(reading: Reading) -> list[str]:
    """All measures of all cells."""
    return list(dict.fromkeys(name for cell in reading.result.cells for name in cell.measures))


def measure_cell(cell: HeadResult, name: str) -> Cell:
    """One of its measures; plain text."""
    value = cell.measures.get(name, math.nan)
    return Cell(content=fixed(value, 3), sort=value)


def lead(reading: Reading) -> str:
    """How many cells came out how."""
    words = [v.word for v in reading.result.family.verdicts.values() if v.word != "baseline"]
    if not words:
        return "Only the baseline was measured: there is nothing to compare it with."
    known = [word for word in ("better", "worse", "equivalent", "unresolved") if word in words]
    said = [f"{words.count(word)} {'is' if words.count(word) == 1 else 'are'} {word}" for word in known]
    noun = "cell" if words.count(known[0]) == 1 else "cells"
    said[0] = said[0].replace(" ", f" {noun} ", 1)
    return f"Against {reading.baseline.label}, {listing(said)}."
