"""The texts of a map with all that goes with each: its row in the file, its labels and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.maps.colouring.labelling import check_labels, kept_labels
from semascope.maps.colouring.names import check_names
from semascope.maps.contents import Labels, Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Items:
    """n texts; see ``check_items``."""

    texts: Sequence[str]
    rows: Ints  # (n,) row of each text in its file
    labels: Labels | None  # shown first as colours, judged in every space
    across: Labels | None  # across whose values the labels are judged too
    colors: tuple[Labels | Numbers, ...]  # further colours

    def __len__(self) -> int:
        return len(self.texts)

    def named(self) -> list[Labels]:
        """The labels and the values of the further column, as far as there are any."""
        return [each for each in (self.labels, self.across) if each is not None]

    def take(self, kept: Ints) -> Items:
        """Those at these places, ascending."""
        if len(kept) == len(self):
            return self
        return Items(
            texts=[self.texts[place] for place in kept],
            rows=self.rows[kept],
            labels=None if self.labels is None else kept_labels(self.labels, kept),
            across=None if self.across is None else kept_labels(self.across, kept),
            colors=tuple(_kept(each, kept) for each in self.colors),
        )


def check_items(
    texts: Sequence[str],
    rows: Sequence[int] | Ints,
    labels: Labels | None = None,
    colors: Sequence[Labels | Numbers] = (),
    *,
    across: Labels | None = None,
) -> Items:
    """What belongs to each text, refused where the parts have another number of rows than there are texts."""
    numbered = np.asarray(rows, dtype=np.int64)
    if not len(texts):
        raise DataError("there are no texts; a map needs one or more; give a file with rows")
    if numbered.shape != (len(texts),):
        raise DataError(
            f"{len(texts):,} texts and {numbered.size:,} rows; each text needs one; pass both of the same table"
        )
    colourings = (*(each for each in (labels, across) if each is not None), *colors)
    check_names(each.name for each in colourings)
    for each in colourings:
        if isinstance(each, Labels):
            check_labels(each, len(texts))
        elif np.shape(each.values) != (len(texts),):
            raise DataError(
                f"numbers {each.name!r} have shape {np.shape(each.values)} for {len(texts):,} texts; they need one a "
                "text; take them from the same rows"
            )
    return Items(texts=texts, rows=numbered, labels=labels, across=across, colors=tuple(colors))


def _kept(color: Labels | Numbers, kept: Ints) -> Labels | Numbers:
    if isinstance(color, Labels):
        return kept_labels(color, kept)
    return replace(color, values=np.asarray(color.values, dtype=np.float64)[kept])
