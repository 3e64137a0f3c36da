"""Where the chosen cell errs: its error by score, class, length, language, truncation and slice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.markup import breakable, element
from semascope.pages.shell import Section
from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.pages.switcher import switcher
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.groups import Group, length_bands, score_bands, values
from semascope.words.numbers import between, count, decimals_for, fixed, percent, shared_decimals
from semascope.words.texts import listing, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Estimate
    from semascope.types import Floats

TOO_FEW = "too few rows"
# Title of the cut, rows within the limit, rows over it.
LONG_WORDS = {
    "truncate": ("By truncation", "read whole", "cut by the encoder"),
    "head-tail": ("By truncation", "read whole", "read without the middle"),
    "chunk": ("By length of reading", "read at once", "read in windows"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """One way of cutting the rows, with the error in each group and over all rows."""

    title: str
    name: str  # before a group in a sentence: "true score"
    unit: str  # what a group is: "true score", "tokens"
    groups: Sequence[Group]
    errors: Sequence[Estimate]
    overall: Estimate
    loss: str  # what is averaged


def section(reading: Reading) -> Section | None:
    """One table a cut; None when the chosen cell has no held-out predictions."""
    if not reading.pictured or reading.pictured[0].id != reading.result.winner:
        return None
    by_score = score_cuts(reading)
    others = other_cuts(reading)
    if not by_score and not others:
        return None
    panels = [(shorten(name, 60), cut_table(reading, cut)) for name, cut in by_score]
    blocks = (
        [element("div", element("h3", by_score[0][1].title), switcher(panels, label="Target"))]
        if panels
        else []
    )
    blocks += [element("div", element("h3", cut.title), cut_table(reading, cut)) for cut in others]
    return Section(
        id="errors",
        title="Where it errs",
        lead=lead(reading, [cut for _, cut in by_score] + others),
        body=element("div", element("div", *blocks, class_="cuts"), _fineprint(reading)),
    )


def score_cuts(reading: Reading) -> list[tuple[str, Cut]]:
    """Errors by true score of each target, with its name, or by true class, without one."""
    truth = np.asarray(reading.result.held_out.truth, dtype=np.float64)
    losses = reading.losses(reading.winner)
    if not reading.regression:
        groups = [
            Group(name=name, rows=truth[:, 0] == index) for index, name in enumerate(reading.result.classes)
        ]
        groups = [group for group in groups if group.rows.any()]
        return [("", _cut(reading, "By true class", "true class", groups, losses[:, 0]))] if groups else []
    cuts = []
    for index, target in enumerate(reading.result.targets):
        groups = score_bands(truth[:, index])
        if groups:
            cut = _cut(
                reading,
                "By true score",
                "true score",
                groups,
                losses[:, index],
                loss="mean absolute error",
                name=shorten(target, 40) if len(reading.result.targets) > 1 else "",
            )
            cuts.append((target, cut))
    return cuts


def other_cuts(reading: Reading) -> list[Cut]:
    """Errors by length, language, truncation and slice columns."""
    held_out, losses = reading.result.held_out, reading.row_losses(reading.winner)
    tokens = np.asarray(held_out.tokens)
    over_limit = np.asarray(held_out.over_limit, dtype=bool)
    found = [_cut(reading, "By length", "tokens", length_bands(tokens), losses)]
    if len(set(held_out.languages) - {""}) > 1:  # one language would repeat the table of cells
        groups = values(held_out.languages, unknown="not known")
        found.append(_cut(reading, "By language", "language", groups, losses))
    if over_limit.any():
        title, within, beyond = LONG_WORDS[held_out.long]
        groups = [Group(name=within, rows=~over_limit), Group(name=beyond, rows=over_limit)]
        groups = [group for group in groups if group.rows.any()]
        found.append(_cut(reading, title, "text", groups, losses))
    for column, given in reading.slice_columns.items():
        if len(set(given)) < 2:
            continue
        found.append(
            _cut(reading, f"By {shorten(column, 40)}", column, values(given, unknown="empty"), losses)
        )
    return found


def _cut(
    reading: Reading,
    title: str,
    unit: str,
    groups: list[Group],
    losses: Floats,
    *,
    loss: str = "",
    name: str = "",
) -> Cut:
    return Cut(
        title=title,
        name=name or unit,
        unit=unit,
        groups=groups,
        errors=[reading.spread_of(losses[group.rows]) for group in groups],
        overall=reading.spread_of(losses),
        loss=loss or reading.loss_name,
    )


def cut_table(reading: Reading, cut: Cut) -> Markup:
    """The groups with their error, drawn against the error over all rows."""
    axis = strip_axis(((e.low, e.value, e.high) for e in cut.errors), zero=cut.overall.value)
    write, spread = writers(reading, cut)
    factor, suffix = (1.0, "") if reading.regression else (100.0, " %")
    rows = [
        Row(
            cells=[
                Cell(
                    content=breakable(shorten(group.name, 60)),
                    title=group.name if len(group.name) > 60 else "",
                ),
                Cell(content=count(error.n), sort=float(error.n)),
                Cell(
                    content=write(error.value),
                    note=spread(error) or TOO_FEW,
                    sort=error.value,
                    title=error.reason,
                ),
                Cell(
                    content=strip(
                        error.low, error.value, error.high, axis=axis, tone=_tone(error, cut.overall)
                    )
                ),
            ]
        )
        for group, error in zip(cut.groups, cut.errors, strict=True)
    ]
    columns = [
        Column(title=cut.unit[:1].upper() + shorten(cut.unit[1:], 30), class_="name"),
        Column(title="Rows", class_="num", sortable=True),
        Column(title="Error" if reading.regression else "Wrong", class_="num", sortable=True, help=cut.loss),
        Column(
            title=f"line: {write(cut.overall.value)} over all rows",
            class_="drawn",
            ruler=strip_ruler(axis, about=4, factor=factor, suffix=suffix),
        ),
    ]
    return data_table(columns, rows, caption=caption(reading, cut), class_="cut quiet")


def caption(reading: Reading, cut: Cut) -> str:
    """What the table of a cut holds."""
    return f"{cut.title}: {cut.loss} of {reading.winner.label}"


def stands_out(error: Estimate, overall: Estimate) -> bool:
    """Whether a group's whole interval lies above the error over all rows."""
    return math.isfinite(error.low) and error.low > overall.value


def _tone(error: Estimate, overall: Estimate) -> str:
    if stands_out(error, overall):
        return "worse"
    return "better" if math.isfinite(error.high) and error.high < overall.value else "plain"


def writers(reading: Reading, cut: Cut) -> tuple[Callable[[float], str], Callable[[Estimate], str]]:
    """How an error of the cut is written, and its interval."""
    if not reading.regression:
        return (lambda value: percent(value, 1)), _percent_interval
    largest = max((e.value for e in cut.errors if math.isfinite(e.value)), default=1.0)
    places = min(
        decimals_for(largest / 10),
        shared_decimals([cut.overall.high - cut.overall.low, *(e.high - e.low for e in cut.errors)]),
    )
    return (lambda value: fixed(value, places)), (lambda e: between(e.low, e.high, places))


def _percent_interval(error: Estimate) -> str:
    if not (math.isfinite(error.low) and math.isfinite(error.high)):
        return ""
    return f"{percent(error.low, 1, space='').removesuffix('%')} to {percent(error.high, 1, space=' ')}"


def lead(reading: Reading, cuts: Sequence[Cut]) -> str:
    """The groups that stand out most."""
    found = []
    for cut in cuts:
        write, _ = writers(reading, cut)
        worst = [
            (
                error.value / cut.overall.value,
                f"{cut.name} {group.name} ({write(error.value)}, n\u00a0=\u00a0{error.n:,})",
            )
            for group, error in zip(cut.groups, cut.errors, strict=True)
            if stands_out(error, cut.overall) and cut.overall.value > 0
        ]
        found += [max(worst)] if worst else []
    label = reading.winner.label
    if not found:
        return f"No group of rows stands out: for none does the whole interval lie above {label}'s error over all rows."
    named = [words for _, words in sorted(found, reverse=True)[:3]]
    return f"{label} errs more than its average on {listing(named)}."


def _fineprint(reading: Reading) -> Markup:
    return element(
        "p",
        how_to_read(reading, few="An open circle stands for too few rows to give an interval. "),
        class_="fineprint",
    )


def how_to_read(reading: Reading, *, few: str = "") -> str:
    """What the figures are; ``few`` says how too few rows are drawn."""
    several = reading.regression and len(reading.result.targets) > 1
    text = (
        f"{reading.winner.label} on the held-out rows, with 95 % intervals, unadjusted: among many groups "
        f"some will stand out by chance. {few}Lengths are tokens of the chosen cell's prompt."
    )
    if several:
        text += (
            " Except by score, the error is the mean over the targets of absolute errors, each divided by the "
            "baseline's mean absolute error on that target: below 1 is better than the baseline."
        )
    return text
