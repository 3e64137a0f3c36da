"""What a kind of tuning gives to the run that all share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.studies.result import Note
    from semascope.studies.tuned.judging.picturing import Pictured
    from semascope.studies.tuned.judging.searched import Searched
    from semascope.studies.tuned.judging.separation import Separation
    from semascope.studies.tuned.result import MinedTold, SidesTold
    from semascope.studies.tuned.training.looking import ChoosingQueries, ChoosingTexts
    from semascope.studies.tuned.training.material import Material
    from semascope.tuning.start import Start
    from semascope.types import Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the judging side says."""

    searched: Searched | None = None
    separation: Separation | None = None
    pictured: Pictured | None = None


class Kind(Protocol):
    """Pairs, or labelled texts, read and divided."""

    @property
    def name(self) -> str:
        """Of the data."""

    @property
    def digest(self) -> str:
        """Of all that is read, and of the sides."""

    def whole(self) -> Kind:
        """The same, of which all learn and nobody is judged."""

    def known_pairs(self, most: int) -> tuple[list[str], list[str], Ints]:
        """Texts that learn: queries and documents, or texts twice, and (p, 2) places of those that belong together."""

    def material(self, start: Start, *, store: VectorStore, progress: Progress) -> Material:
        """What is learnt from."""

    def choosing(
        self, start: Start, *, store: VectorStore, progress: Progress
    ) -> ChoosingQueries | ChoosingTexts:
        """What is looked at while it trains."""

    def judged(
        self,
        start: Start,
        place: Path,
        tuned: Encoder,
        *,
        read: Sequence[str],
        store: VectorStore,
        progress: Progress,
    ) -> Judged:
        """What tuning was worth; ``read`` are the texts that went through the network in training."""

    def sides(self, start: Start, read: Sequence[str]) -> SidesTold:
        """Who learnt, chose and judged; what the base had been tuned on counts as read."""

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Texts whose lengths are told, by what they are."""

    def mined(self) -> MinedTold | None:
        """What mining came to, once there is material."""

    def notes(self) -> list[Note]:
        """What the reader should know of the data."""
