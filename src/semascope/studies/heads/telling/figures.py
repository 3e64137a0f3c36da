"""The cells that an answer is about, and how their figures are written in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from semascope.studies.heads.judging.leading import leading, leads
from semascope.words.numbers import between, count, fixed, measure_decimals
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.studies.heads.judging.leading import Leading
    from semascope.studies.heads.result import Guess, HeadResult


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Where splits were repeated, every figure is theirs.

    Parameters
    ----------
    winner, baseline
        Cell ids: chosen on training rows; what the others are held against.
    positive
        The class whose F1 is meant; empty where none is.
    judged
        The headline's restriction, "lang=en"; empty for none.
    rows, groups
        Held-out rows, and groups of rows, that the answer speaks about; groups is None when rows are the unit.
    leaked
        Held-out rows that also stand in training: no figure counts them.
    guess
        The best answer that reads no text, and which cells beat it; None where the measure is undefined for such answers.
    """

    cells: Sequence[HeadResult]
    winner: str
    baseline: str
    targets: Sequence[str]
    measure: RowMeasure
    repeat_family: Family | None
    judged: str
    rows: int
    groups: int | None
    positive: str = ""
    leaked: int = 0
    guess: Guess | None = None

    # the cells that sentences are about

    @cached_property
    def by_id(self) -> dict[str, HeadResult]:
        """The cells by their ids."""
        return {cell.id: cell for cell in self.cells}

    @property
    def chosen(self) -> HeadResult:
        """The cell chosen on the training rows."""
        return self.by_id[self.winner]

    @property
    def base(self) -> HeadResult:
        """The baseline."""
        return self.by_id[self.baseline]

    @cached_property
    def figures(self) -> dict[str, Leading]:
        """What is said of each cell, by its id."""
        return {cell.id: leading(cell, self.repeat_family) for cell in self.cells}

    def of(self, cell: HeadResult) -> Leading:
        """What is said of a cell first."""
        return self.figures[cell.id]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the chosen cell."""
        return self.of(self.chosen).verdict

    @property
    def repeated(self) -> bool:
        """Whether repeated splits lead."""
        return leads(self.repeat_family, self.chosen)

    @cached_property
    def decimals(self) -> int:
        """Of the measure's values."""
        figures = self.figures.values()
        return measure_decimals((f.value for f in figures), ((f.high - f.low) / 2 for f in figures))

    def write(self, value: float) -> str:
        """A value of the measure."""
        return fixed(value, self.decimals)

    def spoken(self) -> str:
        """The measure in a sentence."""
        return self.measure.spoken(self.positive)

    @property
    def shares(self) -> bool:
        """Whether differences are shares of the baseline's error on each target."""
        return self.measure.in_shares(len(self.targets))

    def learnt(self) -> str:
        """What is predicted."""
        if len(self.targets) > 3:
            return f"{len(self.targets)} targets"
        return listing([f"“{name}”" for name in self.targets])

    def where(self) -> str:
        """On which rows the figures stand."""
        with_value = f" with {self.judged}" if self.judged else ""
        if self.repeated and self.chosen.repeat:
            repeats, held_out = self.chosen.repeat.repeats, self.verdict.n
            return f" over {repeats:,} repeated splits, each judged on {held_out:,} held-out rows{with_value}"
        rows = f" on the {self.rows:,} held-out rows"
        rows += f" of {count(self.groups, 'group')}" if self.groups else ""
        return rows + with_value + (" that did not leak" if self.leaked else "")

    def interval(self, figure: Leading | Estimate) -> str:
        """An interval, or why there is none."""
        written = between(figure.low, figure.high, self.decimals)
        return written or (f"none ({figure.reason})" if figure.reason else "none")

    def change(self, verdict: Verdict) -> str:
        """How much better than the baseline."""
        return f"{self.amount(verdict, self.base)} better"

    def amount(self, verdict: Verdict, base: HeadResult) -> str:
        """How far a cell is from ``base``, without the direction."""
        return self.measure.amount(
            verdict.difference, self.of(base).value, decimals=self.decimals, shares=self.shares
        )

    def beats_guess(self, cell: HeadResult) -> bool:
        """Whether a cell is shown to beat the best answer that reads no text."""
        return self.guess is None or self.guess.beaten_by(cell.id)

    def than(self, constant: HeadResult) -> str:
        """How far the chosen cell is from a constant, in words."""
        mine, its = self.of(self.chosen).value, self.of(constant).value
        return self.measure.beside(mine, its, decimals=self.decimals)
