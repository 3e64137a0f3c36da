"""Sentences about a cell that is advised because it is cheaper than the best one on the training rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.pages.numbers import SPACE, p_value, percent, seconds
from semascope.pages.ratios import fraction
from semascope.pages.text import listing
from semascope.studies.choice import unpriced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.stats.results import Verdict
    from semascope.studies.choice import Choice, Standing
    from semascope.studies.result import CellResult


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is said of the advised cell beside the best; every sentence is empty where they are one.

    Parameters
    ----------
    cells
        By id.
    figures
        The measure of each cell on what the answer leads with, by its id.
    where
        What that is: "on the held-out rows", "over the repeated splits".
    write, amount
        A value of the measure in words; how far a verdict's cell is from another, "3 %".
    """

    choice: Choice
    cells: Mapping[str, CellResult]
    figures: Mapping[str, float]
    where: str
    write: Callable[[float], str]
    amount: Callable[[Verdict, CellResult], str]

    def sentences(self) -> list[str]:
        """That it is as good as far as the training rows tell and at which cost; what the held-out rows say."""
        found = [self._as_good(), self._judged()] if self.choice.by_cost else []
        return [sentence for sentence in [*found, self._unpriced()] if sentence]

    @property
    def _advised(self) -> CellResult:
        return self.cells[self.choice.advised]

    @property
    def _best(self) -> CellResult:
        return self.cells[self.choice.best]

    def _as_good(self) -> str:
        mine, its = (self.choice.by_cell[cell] for cell in (self.choice.advised, self.choice.best))
        how = how_far(self.choice, mine, write=self.write)
        if mine.reads == "nothing":
            return (
                f"{self._best.label} did best on the training rows, though not clearly better than that ({how}): as far as"
                " could be told there, reading the texts gains nothing."
            )
        text = f"{self._advised.label} is as good as {self._best.label}, which did best on the training rows, as far as could be told there ({how}),"
        if not (math.isfinite(mine.seconds) and math.isfinite(its.seconds)):
            return f"{text} and needs no encoder."
        both = f"{_time(mine.seconds)} for 1,000 texts against {_time(its.seconds)}"
        if mine.reads == "words":
            return f"{text} and needs no encoder: {both}."
        return f"{text} at {fraction(mine.seconds / its.seconds)} of the cost: {both}."

    def _judged(self) -> str:
        """How the two stand on the rows that chose nothing; loud where these contradict the choice."""
        verdict = self.choice.verdict
        if verdict is None or math.isnan(verdict.p_holm):
            return ""
        where, p = f"{self.where[0].upper()}{self.where[1:]}", f"p {p_value(verdict.p_holm)}"
        advised, best = self._advised.label, self._best.label
        both = (
            f"{self.write(self.figures[self._best.id])} against {self.write(self.figures[self._advised.id])}"
        )
        far = self.amount(verdict, self._advised)
        if verdict.word == "better":
            return f"{where}, however, {best} is shown better than {advised}: by {far}, {both} ({p}); --choose best takes it."
        if verdict.word == "equivalent":
            return f"{where} the two are equivalent: {best} {both}."
        if verdict.word == "worse":
            return f"{where} {best} is even {far} worse: {both} ({p})."
        return f"{where} {best} is not shown to beat it: {both} ({p})."

    def _unpriced(self) -> str:
        unknown = unpriced(self.choice.standings) if self.choice.rule == "cheapest" else []
        if not unknown:
            return ""
        named = listing([self.cells[cell].label for cell in unknown], limit=3)
        return f"What {named} {'costs' if len(unknown) == 1 else 'cost'} could not be measured, so cost decided nothing between cells on vectors."


def card_note(choice: Choice, cells: Mapping[str, CellResult]) -> str:
    """How a winner was chosen, for its card."""
    if not choice.by_cost:
        return "advised as the best cell out of fold on the training rows"
    how = how_far(choice, choice.by_cell[choice.advised], write=lambda value: f"{value:.4g}")
    return f"advised as the cheapest cell that is not clearly behind {cells[choice.best].label}, the best out of fold on the training rows ({how})"


def apart(choice: Choice, number: float, *, write: Callable[[float], str]) -> str:
    """A distance on the training rows: of errors as a share of the best cell's, else as it is."""
    value = choice.by_cell[choice.best].value
    return _share(number / value) if choice.of_error and value else write(number)


def how_far(choice: Choice, standing: Standing, *, write: Callable[[float], str]) -> str:
    """How far behind the best a cell is on the training rows, and what excuses it: "1.2 % behind, inside the margin of 5 %"."""
    if standing.behind == 0:
        return "no difference there"
    far = f"{apart(choice, standing.behind, write=write)} behind"
    if standing.behind <= choice.margin:
        return f"{far}, inside the margin of {apart(choice, choice.margin, write=write)}"
    return f"{far}, within one standard error" if standing.near else far


def _share(number: float) -> str:
    places = 0 if number >= 0.0995 or round(100 * number, 9).is_integer() else 1  # 12 %, 5 %, 3.4 %
    return percent(number, places, space=" ")


def _time(value: float) -> str:
    return seconds(value).replace(SPACE, " ")
