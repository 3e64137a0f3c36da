"""An index that is open: its card, its segments, and what was last looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from semascope.errors import ArtifactError, ConfigError
from semascope.retrieval.indexes.card import read_card, write_card
from semascope.retrieval.indexes.segment import open_segment
from semascope.retrieval.indexes.view import View
from semascope.retrieval.indexes.where import documents_where, read_conditions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.retrieval.indexes.card import Card, SegmentCard
    from semascope.retrieval.indexes.segment import Segment
    from semascope.retrieval.indexes.where import Condition

_TRIES = 5  # to open segments that a writer merges away meanwhile


class Opened:
    """Segments as the card names them.

    Parameters
    ----------
    path
        Folder of the index.
    whole
        Whether every byte of a segment is checked when it is opened.
    """

    def __init__(self, path: Path, *, whole: bool) -> None:
        self.path, self._whole = path, whole
        self.card = read_card(path)
        self.segments: Sequence[Segment] = []
        self._views: dict[tuple[Condition, ...], View] = {}
        self._open()

    def view(self, where: str | Sequence[str] | None = None) -> View:
        """The documents that are there, or those of them that all conditions hold for; the last filter is kept."""
        conditions = read_conditions(where)
        found = self._views.get(conditions)
        if found is None:
            kept: dict[tuple[Condition, ...], View] = {}
            there = [segment.there for segment in self.segments]
            if conditions:
                files = [segment.documents for segment in self.segments]
                there = documents_where(files, conditions, live=there, source=f"index {self.path.name}")
                kept = {key: view for key, view in self._views.items() if not key}
            found = View(self.segments, there)
            self._views = kept | {conditions: found}  # in one step: several threads may search
        return found

    def holds(self, id: str) -> bool:
        """Whether a document has this id."""
        asked = pa.array([id], pa.large_string())
        return any(segment.places(asked)[0] >= 0 for segment in self.segments)

    def catch_up(self) -> None:
        """See what another process has written since.

        Raises
        ------
        ConfigError
            When the index was made anew with another recipe or other encoders: what this one would write fits nothing there.
        """
        card = read_card(self.path)
        if card != self.card:
            self._take(card)
            self._open()

    def write(self, card: Card) -> None:
        """Write a new card; its documents are there from now on."""
        write_card(self.path, card)
        self.card = card
        self._open()

    def _take(self, card: Card) -> None:
        """Go on with a newer card of the same index."""
        same = self.card.recipe.settled_as(card.recipe) == card.recipe
        if not same or card.encoders != self.card.encoders:
            raise ConfigError(
                f"{self.path} was made anew with another recipe or encoder since it was opened (by {card.recipe.label} now,"
                f" by {self.card.recipe.label} then); an index has one; open it again, or take another folder"
            )
        self.card = card

    def _open(self) -> None:
        known = {_key(segment.card): segment for segment in self.segments}
        for attempt in range(_TRIES):
            try:
                self.segments = [
                    known.get(_key(each)) or open_segment(self.path, each, whole=self._whole)
                    for each in self.card.segments
                ]
                break
            except FileNotFoundError as error:
                newer = read_card(self.path)
                if newer == self.card or attempt == _TRIES - 1:
                    raise ArtifactError(
                        f"{error.filename} of the index is not there; an index is whole; copy it again, or make it anew with"
                        " semascope index"
                    ) from error
                self._take(newer)
            except OSError as error:
                raise ArtifactError(
                    f"{error.filename or self.path} of the index cannot be read ({error.strerror or error}); all its files are"
                    " needed; see to the rights to read them, and to the disk"
                ) from error
        self._views = {}


def _key(card: SegmentCard) -> tuple[str, str | None]:
    return card.name, card.deletions
