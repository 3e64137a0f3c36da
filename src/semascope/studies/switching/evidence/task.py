"""What a task is: something that vectors are used for, which says of each row or query how well it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measure import Measure
    from semascope.stats.results import Estimate, Family
    from semascope.studies.switching.evidence.forms import Form
    from semascope.types import Array, Vectors


class Task(Protocol):
    """Judged on the same m held-out rows, or queries, whichever vectors are used."""

    @property
    def name(self) -> str:
        """Of the column; "queries"."""

    @property
    def kind(self) -> Literal["regression", "classification", "queries"]:
        """What is answered."""

    @property
    def measure(self) -> Measure:
        """What verdicts are about."""

    @property
    def head(self) -> str:
        """What learns the answers; "" where nothing does."""

    @property
    def trained(self) -> int:
        """Rows that it learns from."""

    @property
    def judged(self) -> int:
        """Rows or queries that judge."""

    @property
    def floor_of(self) -> str:
        """What answers without a text: "always answering “staff”"."""

    def answers(self, vectors: Form, asking: Vectors | None) -> Array:
        """(m,) what comes out with these vectors; ``asking`` are the queries' where there are some."""

    def floor(self, vectors: Form, asking: Vectors | None) -> Array:
        """(m,) what comes out without looking at a text."""

    def estimate(self, answers: Array) -> Estimate:
        """The measure, with its interval."""

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Every set of answers against those of the baseline."""
