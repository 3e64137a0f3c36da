"""A finished study of retrieval as its report reads it: cells in order, their roles, and one way to write a figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from semascope.reports.parts import Line, Said, number
from semascope.reports.verdicts import decimals_of
from semascope.retrieval.measuring.naming import query_measure
from semascope.words.numbers import between, count, fixed, p_value, signed
from semascope.words.texts import CUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.result import RetrievalResult

NARROW = 18  # characters of a name beside a line


@dataclass(frozen=True)
class Reading:
    """What the sections share."""

    result: RetrievalResult

    @cached_property
    def measure(self) -> QueryMeasure:
        """What verdicts are about."""
        return query_measure(self.result.measure)

    @cached_property
    def decimals(self) -> int:
        """Of the measure, everywhere."""
        return decimals_of(self.result)

    @cached_property
    def ordered(self) -> Sequence[CellResult]:
        """The best estimate first."""
        return sorted(self.result.cells, key=lambda cell: self.measure.loss(cell.estimate.value))

    @cached_property
    def by_id(self) -> dict[str, CellResult]:
        """The cells by id."""
        return {cell.id: cell for cell in self.result.cells}

    @property
    def winner(self) -> CellResult:
        """The advised cell."""
        return self.by_id[self.result.winner]

    @property
    def baseline(self) -> CellResult:
        """What the others are held against."""
        return self.by_id[self.result.family.baseline]

    def role(self, cell: str) -> str:
        """``chosen``, ``baseline`` or ``plain``."""
        if cell == self.result.winner:
            return "chosen"
        return "baseline" if cell == self.baseline.id else "plain"

    def line(self, cell: str, said: Sequence[Said]) -> Line:
        """A line of a table about a cell."""
        role = self.role(cell)
        return Line(
            name=self.by_id[cell].label,
            role=role,
            also="baseline" if role == "chosen" and cell == self.baseline.id else "",
            cells=said,
        )

    def value(self, value: float) -> str:
        """A value of the measure."""
        return fixed(value, self.decimals)

    def difference(self, value: float) -> str:
        """A difference of it."""
        return signed(value, self.decimals)

    def of_difference(self, value: float, low: float, high: float) -> Said:
        """A difference with its interval below it."""
        return number(value, self.difference(value), between(low, high, self.decimals, sign=True))


def queries(number: int) -> str:
    """How many queries, in words."""
    return count(number, "query", "queries")


def after_holm(p: float) -> str:
    """A p below a verdict; empty where there is none."""
    return f"p {p_value(p)}" if p == p else ""


def narrow(name: str, *, most: int = NARROW) -> str:
    """A name with its middle left out, because cells often differ at their ends.

    Examples
    --------
    >>> narrow("hybrid:minilm+bm25,way=sum", most=20)
    'hybrid:min…5,way=sum'
    """
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}{CUT}{name[len(name) - tail :]}"
