"""What is said of predictions that come true, or do not: timid, bold, too low, too sure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.tables import Cell
from semascope.stats.calibration import FEWEST
from semascope.stats.intervals import LEVEL, wilson
from semascope.stats.measures import get_measure
from semascope.words.numbers import between, count, decimals_for, exact, fixed
from semascope.words.texts import listing, shorten

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.stats.calibration import Line, Stated
    from semascope.studies.heads.result import Calibration

SHARES = 3  # decimals of a calibration error
_SIDES = ("too timid", "too bold")
_MEDIANS = "It predicts medians, which serve the absolute error: where values are skewed their means lie elsewhere, and that is no fault."


def title(reading: Reading) -> str:
    """The question that the section answers."""
    what = "predictions" if reading.regression else "probabilities"
    return f"Can the {what} be taken at their word?"


def lead(reading: Reading) -> str:
    """What the advised cell's predictions are; that there are too few rows, where there are."""
    found = [one for one in reading.result.calibration if one.cell == reading.winner.id]
    if not found:
        return f"{reading.winner.label} states no probabilities."
    known = [one for one in found if one.bands]
    if not known:
        most = max(one.n for one in found)
        return f"{count(most, 'held-out row')}{_chosen(reading)} are too few to tell: it takes {FEWEST}."
    rows = f"The rows are those of the answer: held out{_chosen(reading)}." if reading.judged else ""
    words = _of_targets(reading, known) if len(known) > 1 else told(reading, known[0])
    if len(known) == 1 < len(found):
        words = f"{shorten(known[0].target, 40)}: {words}"
    return " ".join(filter(None, [words, _too_few([one for one in found if not one.bands]), rows]))


def _chosen(reading: Reading) -> str:
    """Which held-out rows the answer is about, behind a space; empty for all."""
    return f" with {reading.judged}" if reading.judged else ""


def _too_few(targets: list[Calibration]) -> str:
    """Which targets cannot be told, and how many rows have them; empty where all can."""
    named = listing([f"{shorten(one.target, 40)} ({count(one.n, 'row')})" for one in targets], limit=4)
    return f"Too few rows have a true value of {named} to tell: it takes {FEWEST}." if targets else ""


def told(reading: Reading, one: Calibration) -> str:
    """What one cell's predictions of one target are, in sentences."""
    label = reading.by_id[one.cell].label
    if one.line is not None:
        off = _off_words(one.line)
        excuse = _MEDIANS if (off or leaning(one) in _SIDES) and predicts_medians(reading, one) else ""
        return " ".join(filter(None, [_slope_words(label, one.line), off, excuse]))
    assert one.stated is not None  # of classes
    return _stated_words(label, one.stated)


def predicts_medians(reading: Reading, one: Calibration) -> bool:
    """Whether a cell answers with medians of a target: its error is absolute, and it was trained for that or mapped to them."""
    cell = reading.by_id[one.cell]
    if not get_measure(reading.result.measure, reading.result.kind).of_absolute:
        return False
    objective = cell.choices.get("objective", {})
    return (
        cell.head == "median"
        or cell.choices.get("loss") == "absolute"
        or one.target in cell.choices.get("median_map", ())
        or (isinstance(objective, dict) and objective.get(one.target) == "regression_l1")
    )


def _of_targets(reading: Reading, known: list[Calibration]) -> str:
    label = reading.winner.label
    parts = [
        f"{word} on {listing([shorten(one.target, 40) for one in known if leaning(one) == word], limit=4)}"
        for word in _SIDES
        if any(leaning(one) == word for one in known)
    ]
    if not parts:
        return f"On none of {count(len(known), 'target')} are the predictions of {label} shown to be too timid or too bold."
    said = f"Of {count(len(known), 'target')}, the predictions of {label} are {' and '.join(parts)}."
    excused = [one for one in known if leaning(one) in _SIDES and predicts_medians(reading, one)]
    return f"{said} {_MEDIANS}" if excused else said


def leaning(one: Calibration) -> str:
    """What is shown: too timid or too bold, of probabilities too sure or too modest, or neither of the two."""
    if one.line is not None:
        if math.isnan(one.line.slope):
            return "one answer for all"
        if one.line.slope_low > 1:
            return "too timid"
        return "too bold" if one.line.slope_high < 1 else "no sign of either"
    assert one.stated is not None
    if one.stated.error <= one.stated.by_chance_most:
        return "no sign of either"
    return _side(one.stated)


def _side(stated: Stated) -> str:
    """Where probabilities that are not right are off, on the whole."""
    low, high = wilson(stated.right, stated.n, level=LEVEL)
    if low <= stated.confidence <= high:
        return "off in places"
    return "too sure" if stated.confidence > high else "too modest"


def _slope_words(label: str, line: Line) -> str:
    if math.isnan(line.slope):
        return f"{label} gives one answer for all rows."
    step = 10.0 ** math.floor(math.log10(line.spread))
    places = decimals_for(step / 10 if abs(line.slope) >= 0.1 else step / 100)
    written = fixed(line.slope * step, places)
    spread = between(line.slope_low * step, line.slope_high * step, places)
    where = f"a text predicted {exact(step)} above the mean is {written} above it ({spread or 'no interval'})"
    if line.slope_low > 1:
        return f"The predictions of {label} are too timid: {where}."
    if line.slope_high < 1:
        return f"The predictions of {label} are too bold: {where}."
    return f"The predictions of {label} are not shown to be too timid or too bold: {where}."


def _off_words(line: Line) -> str:
    """That predictions are too low or too high on average; empty where the interval does not show it."""
    if not (line.off_low > 0 or line.off_high < 0):
        return ""
    places = decimals_for((line.off_high - line.off_low) / 2)
    side = "low" if line.off > 0 else "high"
    low, high = sorted(abs(end) for end in (line.off_low, line.off_high))
    return f"On average they are {fixed(abs(line.off), places)} too {side} ({between(low, high, places)})."


def _stated_words(label: str, stated: Stated) -> str:
    error, chance, most = (
        fixed(value, SHARES) for value in (stated.error, stated.by_chance, stated.by_chance_most)
    )
    opening = f"The probabilities of {label} are {error} away from the share that was right (expected calibration error)"
    if stated.error <= stated.by_chance_most:
        return f"{opening}; were they exactly right, it would be {chance} by chance, and up to {most}: no sign that they are wrong."
    side = _side(stated)
    mean, right = fixed(stated.confidence, 2), fixed(stated.right, 2)
    return (
        f"{opening}, more than the {chance}, at most {most}, that chance would make of probabilities that are right. On the whole they"
        f" are {side}: {mean} on average, and {right} were right."
    )


def picture_words(reading: Reading, one: Calibration) -> str:
    """What the picture of a cell's bands shows."""
    label, rows = reading.by_id[one.cell].label, count(one.n, "row")
    if reading.regression:
        return f"True values of {shorten(one.target, 80)} over predictions of {label}, means of {count(len(one.bands), 'band')}, {rows}."
    return f"Stated probabilities of {label} against the share that was right, {rows}."


def lines_caption(reading: Reading) -> str:
    """What the table of cells holds."""
    what = "True values over predictions" if reading.regression else "Stated probabilities"
    return f"{what}, on the held-out rows{_chosen(reading)}"


def bands_caption(reading: Reading, target: str) -> str:
    """What the table of a target's bands holds."""
    of = f", {shorten(target, 60)}" if len(reading.result.targets) > 1 else ""
    return f"Bands of {reading.winner.label} in numbers{of}"


def line_titles(reading: Reading) -> list[tuple[str, bool]]:
    """Heads of the cells' columns, and whether they hold numbers."""
    several = [("Target", False)] if len(reading.result.targets) > 1 else []
    if reading.regression:
        figures = [("Slope", True), ("Intercept", True), ("True − predicted", True)]
    else:
        figures = [("Calibration error", True), ("By chance", True), ("Stated", True), ("Right", True)]
    return [("Cell", False), *several, *figures, ("Rows", True), ("Shown", False)]


def line_cells(reading: Reading, one: Calibration) -> list[Cell]:
    """A cell's figures under ``line_titles``; plain text."""
    name = [Cell(content=reading.by_id[one.cell].label)]
    name += [Cell(content=shorten(one.target, 40))] if len(reading.result.targets) > 1 else []
    figures = _of_line(one.line, _places(reading, one.target)) if one.line is not None else _of_stated(one)
    return [*name, *figures, Cell(content=count(one.n)), Cell(content=leaning(one))]


def _places(reading: Reading, target: str) -> int:
    """Decimals of what a target's predictions are off by: those of the narrowest interval."""
    lines = [one.line for one in reading.result.calibration if one.target == target and one.line]
    return max(decimals_for((line.off_high - line.off_low) / 2) for line in lines)


def _of_line(line: Line, places: int) -> list[Cell]:
    return [
        Cell(content=fixed(line.slope, 2), note=between(line.slope_low, line.slope_high, 2)),
        Cell(content=fixed(line.intercept, places)),
        Cell(content=fixed(line.off, places), note=between(line.off_low, line.off_high, places)),
    ]


def _of_stated(one: Calibration) -> list[Cell]:
    stated = one.stated
    assert stated is not None
    return [
        Cell(content=fixed(stated.error, SHARES)),
        Cell(content=fixed(stated.by_chance, SHARES), note=f"up to {fixed(stated.by_chance_most, SHARES)}"),
        Cell(content=fixed(stated.confidence, SHARES)),
        Cell(content=fixed(stated.right, SHARES)),
    ]


def how_to_read(reading: Reading) -> str:
    """What the figures are."""
    if not reading.regression:
        return (
            f"Held-out rows{_chosen(reading)}, in ten bands of equal width by the probability of the predicted class. Calibration error: the mean"
            " distance of a band's probability from its share right, by rows. By chance: what it would be if the same probabilities"
            " were right, which the last figure exceeds once in twenty times."
        )
    return (
        f"Held-out rows{_chosen(reading)}, in bands of about equally many by their prediction, with 95 % intervals of the mean; an open circle has none."
        " Slope and intercept: the least-squares line of true values on predictions; 1 and 0 can be taken at their word. True −"
        " predicted: on average; above 0, predictions are too low. Intervals are unadjusted. A cell that serves the absolute error"
        " predicts medians: where values are skewed, their means lie elsewhere."
    )
