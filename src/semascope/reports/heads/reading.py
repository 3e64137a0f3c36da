"""What the sections of a report read off a finished study, worked out once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.intervals import estimate_scores
from semascope.stats.measures import default_measure, measure_named
from semascope.studies.heads.judging.leading import leading, leads
from semascope.words.numbers import decimals_for, fixed, measure_decimals, percent, shared_decimals
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measure import Measure
    from semascope.stats.results import Estimate, Family
    from semascope.studies.heads.judging.leading import Leading
    from semascope.studies.heads.result import HeadResult, HeadsResult
    from semascope.types import Floats

PICTURED = 6  # cells whose predictions are drawn


@dataclass(frozen=True)
class Reading:
    """A study with the words, the digits and the errors that all sections share."""

    result: HeadsResult

    @cached_property
    def measure(self) -> Measure:
        """The study's measure."""
        return measure_named(self.result.measure)

    @cached_property
    def by_id(self) -> dict[str, HeadResult]:
        """The cells by their ids."""
        return {cell.id: cell for cell in self.result.cells}

    @property
    def winner(self) -> HeadResult:
        """The cell chosen on the training rows."""
        return self.by_id[self.result.winner]

    @property
    def baseline(self) -> HeadResult:
        """The cell that all others are held against."""
        return self.by_id[self.result.family.baseline]

    @property
    def judged(self) -> str:
        """The restriction of the answer to some held-out rows, "lang=en"; empty for none."""
        return str(self.result.settings.get("headline") or "")

    @property
    def rows_judged(self) -> int:
        """Held-out rows that the cells were judged on."""
        return self.result.rows_judged

    @property
    def regression(self) -> bool:
        """Whether the study predicts numbers."""
        return self.result.kind == "regression"

    @property
    def relative(self) -> bool:
        """Whether differences of the primary family are shares of the baseline's error: several targets."""
        return self.measure.in_shares(len(self.result.targets))

    @property
    def repeated(self) -> bool:
        """Whether repeated splits lead the page, and the study's own split comes after them."""
        return leads(self.result.repeat_family, self.winner)

    @property
    def family(self) -> Family:
        """The verdicts that lead: over the repeated splits where there are any, else on the one split."""
        repeats = self.result.repeat_family
        return repeats if repeats is not None and self.repeated else self.result.family

    def leading(self, cell: HeadResult) -> Leading:
        """What is said of the cell first."""
        return leading(cell, self.result.repeat_family)

    @cached_property
    def ordered(self) -> list[HeadResult]:
        """The cells, the best held-out estimate first, undefined ones last; ties in plan order."""
        return sorted(self.result.cells, key=lambda cell: self.measure.loss(cell.estimate.value))

    @cached_property
    def by_leading(self) -> list[HeadResult]:
        """The cells by the figures that lead, the best first, undefined ones last; ties as in ``ordered``."""
        return sorted(self.ordered, key=lambda cell: self.measure.loss(self.leading(cell).value))

    @cached_property
    def sliced(self) -> list[str]:
        """The slice columns with results, in the study's order."""
        return list(dict.fromkeys(each.column for cell in self.result.cells for each in cell.slices))

    @cached_property
    def pictured(self) -> list[HeadResult]:
        """At most ``PICTURED`` cells to draw: the chosen one, the best on either side, the baseline, columns of the file, then others."""
        result = self.result
        named = [
            result.winner,
            result.choice.best,
            result.heldout_best,
            result.family.baseline,
            *result.columns,
        ]
        ids = dict.fromkeys([*named, *(cell.id for cell in self.ordered)])
        return [self.by_id[each] for each in ids if each in self.result.held_out.predictions][:PICTURED]

    @cached_property
    def decimals(self) -> int:
        """Decimals of the primary measure: two digits of a typical interval's half width, three of the largest value."""
        figures = [self.leading(cell) for cell in self.result.cells]
        return measure_decimals(
            (each.value for each in figures), ((each.high - each.low) / 2 for each in figures)
        )

    @cached_property
    def difference_decimals(self) -> int:
        """Decimals of differences: paired, they are sharper than the values.

        Three at most, and three digits of the largest difference, unless values have more.
        """
        verdicts = [v for v in self.family.verdicts.values() if v.word != "baseline"]
        own = shared_decimals(((v.high - v.low) / 2 for v in verdicts), fallback=10.0**-self.decimals)
        largest = max((abs(v.difference) for v in verdicts if math.isfinite(v.difference)), default=0.0)
        return max(self.decimals, min(own, decimals_for(largest / 10), 3))

    def margin(self, family: Family) -> str:
        """The family's margin: of errors over several targets a share of the baseline's, else two digits at least."""
        if self.relative:
            return f"±{percent(family.margin, 1)}"
        return f"±{fixed(family.margin, max(self.difference_decimals, decimals_for(family.margin)))}"

    def value(self, number: float) -> str:
        """A value of the primary measure."""
        return fixed(number, self.decimals)

    def difference(self, number: float) -> str:
        """A signed difference of the primary family, in its unit."""
        return self.measure.change(number, decimals=self.difference_decimals, shares=self.relative)

    def spread(self, low: float, high: float) -> str:
        """An interval of differences, empty when there is none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        return f"{self.difference(low)} to {self.difference(high)}"

    @cached_property
    def varying(self) -> set[str]:
        """The fields in which the cells on vectors differ; what all share is said once."""
        fields = ("encoder", "instruction", "long", "dim", "head")
        cells = [cell for cell in self.result.cells if cell.encoder]
        return {name for name in fields if len({getattr(cell, name) for cell in cells}) > 1}

    def reads_texts(self, cell: HeadResult) -> bool:
        """Whether the cell looks at the texts at all, at their vectors or at their words; of a column nobody knows."""
        return cell.reads not in ("nothing", "column")

    def parts(self, cell: HeadResult) -> dict[str, str]:
        """What the cell is made of, in words, by field."""
        return {
            "encoder": cell.encoder,
            "instruction": "no instruction" if cell.instruction == "default" else f"“{cell.instruction}”",
            "long": f"long texts: {cell.long}",
            "dim": f"{cell.dim} dims",
            "head": cell.head,
        }

    @cached_property
    def slice_columns(self) -> dict[str, Sequence[str]]:
        """The slice columns that say something else than the languages."""
        held_out = self.result.held_out
        languages = list(held_out.languages)
        return {column: given for column, given in held_out.slices.items() if list(given) != languages}

    @cached_property
    def drawn(self) -> list[HeadResult]:
        """The cells that set the scale of drawings: without constant heads and columns of the file that are no better, which
        would squeeze all others.

        Their drawings end in an arrow where they lie beyond the scale. When few others are left, all cells.
        """
        better = [name for name, verdict in self.result.columns.items() if verdict.gain > 0]
        heads = [
            cell
            for cell in self.result.cells
            if self.reads_texts(cell) or cell.id in better or self.role(cell) != "plain"
        ]
        return heads if len(heads) > 1 else list(self.result.cells)

    def role(self, cell: HeadResult) -> str:
        """``chosen``, ``baseline`` or ``plain``; a baseline that was chosen is ``chosen``."""
        if cell.id == self.result.winner:
            return "chosen"
        return "baseline" if cell.id == self.result.family.baseline else "plain"

    def row_class(self, cell: HeadResult) -> str:
        """The class of the cell's row in a table; ``keep`` rows stay when a long table is folded."""
        role = self.role(cell)
        return role if role == "plain" else f"{role} keep"

    # errors of one cell on the held-out rows

    def losses(self, cell: HeadResult) -> Floats:
        """(m, t) absolute errors, or ones where the class is wrong; NaN where truth or prediction is missing."""
        truth = np.asarray(self.result.held_out.truth, dtype=np.float64)
        prediction = np.asarray(self.result.held_out.predictions[cell.id], dtype=np.float64)
        if self.regression:
            errors: Floats = np.abs(prediction - truth)
            return errors
        wrong = (prediction != truth).astype(np.float64)
        return np.where(np.isnan(truth) | np.isnan(prediction), np.nan, wrong)

    def row_losses(self, cell: HeadResult) -> Floats:
        """(m,) one loss a row: with several targets the mean of errors, each as a share of the baseline's MAE."""
        losses = self.losses(cell)
        if losses.shape[1] == 1:
            return losses[:, 0]
        reference = _column_means(self.losses(self.baseline))
        scaled = losses / np.where(reference > 0, reference, np.nan)
        counts = np.isfinite(scaled).sum(axis=1)
        sums = np.nansum(scaled, axis=1)
        means: Floats = np.divide(sums, counts, out=np.full(len(scaled), np.nan), where=counts > 0)
        return means

    @property
    def loss_name(self) -> str:
        """What ``row_losses`` averages to."""
        if not self.regression:
            return "share wrong"
        return "mean absolute error" if len(self.result.targets) == 1 else "error, 1 = the baseline's"

    def spread_of(self, losses: Floats) -> Estimate:
        """The mean of (k,) losses with its interval; a bootstrap is short: many small groups are shown, none is judged."""
        return estimate_scores(losses, measure=default_measure(self.result.kind), draws=1_000)


def _column_means(values: Floats) -> Floats:
    """(t,) means of the finite values of each column, NaN for a column without any."""
    counts = np.isfinite(values).sum(axis=0)
    means: Floats = np.divide(
        np.nansum(values, axis=0), counts, out=np.full(values.shape[1], np.nan), where=counts > 0
    )
    return means


def target_names(targets: Sequence[str]) -> str:
    """The targets for a line at the top, shortened where they are many or long."""
    short = [shorten(target, 40) for target in targets]
    return ", ".join(short[:3]) + (f" and {len(short) - 3} more" if len(short) > 3 else "")
