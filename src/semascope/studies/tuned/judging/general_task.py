"""What a general set is when it was read: something that says of every unit how well vectors did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.protocol import Encoder
    from semascope.stats.measure import Measure
    from semascope.stats.results import Family
    from semascope.store.vectors import VectorStore
    from semascope.types import Array, Progress, Vectors

FEWEST = 20
"""Rows below which neither a head nor a correlation says anything."""
BASE, TUNED, FLOOR = "base", "tuned", "without a text"
"""What the answers are called, whatever the names of the encoders."""


class General(Protocol):
    """Judged on the same m rows, pairs or queries, whichever encoder reads the texts."""

    @property
    def name(self) -> str:
        """Of the set."""

    @property
    def what(self) -> str:
        """How it is judged: "retrieval", "ridge", "logistic", "similarity"."""

    @property
    def measure(self) -> Measure:
        """What the verdict is about."""

    @property
    def by_cosines(self) -> bool:
        """Whether a rotation of the space changes nothing."""

    @property
    def unit(self) -> str:
        """What is judged on: "query", "row", "pair"."""

    @property
    def judged(self) -> int:
        """Rows, pairs or queries: m."""

    @property
    def left_out(self) -> int:
        """Rows, pairs or queries that would judge, had no encoder been tuned on them."""

    @property
    def why_not(self) -> str:
        """Why so few cannot judge; "" where they can."""

    @property
    def floor_of(self) -> str:
        """What answers without a text: "always answering the median"."""

    def vectors(
        self, encoder: Encoder, *, store: VectorStore | None, progress: Progress
    ) -> tuple[Vectors, ...]:
        """What ``answers`` looks at: the texts, or both sides of what is paired."""

    def answers(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) what comes out with these vectors."""

    def floor(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) what comes out without looking at a text."""

    def value(self, answers: Array) -> float:
        """The measure."""

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Every set of answers against those of the baseline."""
