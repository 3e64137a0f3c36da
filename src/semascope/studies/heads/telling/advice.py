"""Sentences about a cell that is advised because it is cheaper than the best one on the training rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.store.speeds import ELSEWHERE, OVER_API, clock_of
from semascope.studies.choice import by_charge, unpriced
from semascope.words.money import money
from semascope.words.numbers import SPACE, p_value, rounded_share, seconds
from semascope.words.ratios import fraction
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.stats.results import Verdict
    from semascope.studies.choice import Choice, Reads, Standing
    from semascope.studies.heads.result import HeadResult


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is said of the advised cell beside the best; every sentence is empty where they are one.

    Parameters
    ----------
    cells
        By id.
    baseline
        Its id: how the advised cell stands beside it is said before.
    figures
        The measure of each cell on what the answer leads with, by its id.
    where
        What that is: "on the held-out rows", "over the repeated splits".
    write, amount
        A value of the measure in words; how far a verdict's cell is from another, "3 %".
    """

    choice: Choice
    cells: Mapping[str, HeadResult]
    baseline: str
    figures: Mapping[str, float]
    where: str
    write: Callable[[float], str]
    amount: Callable[[Verdict, HeadResult], str]

    def sentences(self) -> list[str]:
        """That it is as good as far as the training rows tell and at which cost; what the rows say that chose nothing."""
        found = []
        if self.choice.by_cost:
            contradicted = self.choice.verdict is not None and self.choice.verdict.word == "better"
            found = [self._contradicted()] if contradicted else [self._as_good(), self._judged()]
        return [sentence for sentence in [*found, self._unpriced()] if sentence]

    @property
    def _advised(self) -> HeadResult:
        return self.cells[self.choice.advised]

    @property
    def _best(self) -> HeadResult:
        return self.cells[self.choice.best]

    @property
    def _reads(self) -> Reads:
        return self.choice.by_cell[self.choice.advised].reads

    def _as_good(self) -> str:
        advised, best = self._advised.label, self._best.label
        if self._reads == "nothing":
            return (
                f"{best} did best on the training rows, though not clearly better than that ({self._how('ahead')}): as far as"
                " could be told there, reading the texts gains nothing."
            )
        cost, seconds = self._cost()
        return (
            f"{advised} is as good as {best}, which did best on the training rows, as far as could be told there"
            f" ({self._how()}), {cost}{seconds and f': {seconds}'}."
        )

    def _contradicted(self) -> str:
        """That the best is shown better after all, at once."""
        advised, best = self._advised.label, self._best.label
        cost, seconds = self._cost()
        better = f"{capital(self.where)} {best} is shown better than {advised}: {self._paired()}. "
        return (
            f"{'' if self.choice.best == self.baseline else better}{advised} is advised because it was not clearly behind on the"
            f" training rows ({self._how()}), {cost}{seconds and f' ({seconds})'}; --choose best takes {best}."
        )

    def _judged(self) -> str:
        """How the two stand on the rows that chose nothing, unless that was said: of the baseline, and of a constant."""
        verdict = self.choice.verdict
        told = self.choice.best == self.baseline or self._reads == "nothing"
        if verdict is None or math.isnan(verdict.p_holm) or told:
            return ""
        said = {"equivalent": "is equivalent", "worse": "is even worse"}.get(
            verdict.word, "is not shown to beat it"
        )
        return f"{capital(self.where)} {self._best.label} {said}: {self._paired()}."

    def _paired(self) -> str:
        """The two figures with the p of their difference: "0.60 against 0.66, 9 % apart (p <0.001)"."""
        verdict = self.choice.verdict
        mine, its = (self.write(self.figures[cell.id]) for cell in (self._advised, self._best))
        if verdict is None:
            return f"{its} against {mine}"
        far = f", {self.amount(verdict, self._advised)} apart" if mine != its else ""
        return f"{its} against {mine}{far} (p {p_value(verdict.p_holm)})"

    def _how(self, word: str = "behind") -> str:
        return how_far(self.choice, self.choice.by_cell[self.choice.advised], write=self.write, word=word)

    def _cost(self) -> tuple[str, str]:
        """What the advised cell saves, and the seconds or the money of both where these are known."""
        if self._reads == "vectors" and by_charge(self.choice.standings):
            one, other = (self.choice.by_cell[cell] for cell in (self.choice.advised, self.choice.best))
            both = f"{money(one.charge, one.currency)} for a million texts against {money(other.charge, other.currency)}"
            return f"at {fraction(one.charge / other.charge)} of the cost", both
        mine, its = (self.choice.by_cell[cell].seconds for cell in (self.choice.advised, self.choice.best))
        both = f"{_time(mine)} for 1,000 texts against {_time(its)}" if math.isfinite(mine + its) else ""
        if self._reads == "nothing":
            return "and reads no text", ""
        if self._reads == "words":
            slower = ", though it is no faster" if mine >= its else ""  # beside a table of vectors, or a hash
            return f"and needs no encoder{slower}", both
        return f"at {fraction(mine / its)} of the cost", both

    def _unpriced(self) -> str:
        unknown = unpriced(self.choice.standings) if self.choice.rule == "cheapest" else []
        if not unknown:
            return ""
        named = listing([self.cells[cell].label for cell in unknown], limit=3)
        given = all(self.cells[cell].reads == "given" for cell in unknown)
        clocks = {clock_of(self.cells[cell].costs.encoded_on) for cell in unknown}
        why = "could not be measured"
        if given:
            why = "is not known, because their vectors were given"
        elif OVER_API in clocks:
            why = (
                "is money of a provider for some"
                if len(clocks) > 1
                else "is money at prices that do not compare"
            )
        elif ELSEWHERE in clocks:
            why = "was timed on several machines"
        return f"What {named} {'costs' if len(unknown) == 1 else 'cost'} {why}, so cost decided nothing between cells on vectors."


def card_note(choice: Choice, cells: Mapping[str, HeadResult]) -> str:
    """How a winner was chosen, for its card."""
    if not choice.by_cost:
        return "advised as the best cell out of fold on the training rows"
    how = how_far(choice, choice.by_cell[choice.advised], write=lambda value: f"{value:.4g}")
    return f"advised as the cheapest cell that is not clearly behind {cells[choice.best].label}, the best out of fold on the training rows ({how})"


def apart(choice: Choice, number: float, *, write: Callable[[float], str]) -> str:
    """A distance on the training rows: of errors as a share of the best cell's, else as it is."""
    value = choice.by_cell[choice.best].value
    return rounded_share(number / value) if choice.of_error and value else write(number)


def how_far(
    choice: Choice, standing: Standing, *, write: Callable[[float], str], word: str = "behind"
) -> str:
    """How far behind the best a cell is on the training rows, and what excuses it: "1.2 % behind, inside the margin of 5 %"."""
    if standing.behind == 0:
        return "no difference there"
    far = f"{apart(choice, standing.behind, write=write)} {word}"
    if standing.behind <= choice.margin:
        return f"{far}, inside the margin of {apart(choice, choice.margin, write=write)}"
    return f"{far}, within one standard error" if standing.near else far


def _time(value: float) -> str:
    return seconds(value).replace(SPACE, " ")
