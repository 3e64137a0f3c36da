"""Which rows train and which judge in a geometry: copies and groups stay on one side. Letters: n rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.splits import group_labels, join_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints


def rows_together(
    texts: Sequence[str], *, groups: Sequence[str] | None = None, kinds: Ints | None = None
) -> Ints:
    """(n,) labels of rows that must stay on one side: exact and near copies, rows of one group, equal vectors.

    Parameters
    ----------
    groups
        (n,) group of each row, "" for a row of its own; None without groups.
    kinds
        (n,) numbers that are equal where the vectors are, as ``spaces.preparing`` has them; None to ask the texts alone.

    Examples
    --------
    >>> rows_together(["high tide", "High  tide", "ebb"], groups=["a", "b", "b"]).tolist()
    [0, 0, 0]
    """
    labelings = [find_duplicates(texts).near]
    if groups is not None:
        labelings.append(group_labels(groups))
    if kinds is not None:
        labelings.append(np.asarray(kinds))
    return join_components(*labelings)
