"""Rows of two texts: where both lie, and which texts one of them is to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Ints


def paired_rows(texts: Sequence[str], column: str, source: str) -> Ints:
    """(p,) places of the rows that have another text.

    Raises
    ------
    DataError
        When fewer than two have one.
    """
    found = np.flatnonzero([bool(text.strip()) for text in texts])
    if len(found) < 2:
        raise DataError(
            f"column {column!r} of {source} has {len(found)} rows with a text; pairs need two or more; name another column"
        )
    return found


def grades_of_pairs(texts: Sequence[str], others: Sequence[str], paired: Ints) -> dict[int, dict[int, float]]:
    """Which texts each of the others is to find: its own, the copies of it, and those whose other text is the same.

    Parameters
    ----------
    texts
        (n,) documents.
    others
        (p,) queries.
    paired
        (p,) place of each query's own document.

    Examples
    --------
    >>> grades_of_pairs(["a", "b", "A"], ["x", "y"], np.array([0, 1]))
    {0: {0: 1.0, 2: 1.0}, 1: {1: 1.0}}
    """
    copies, alike = _places(texts), _places(others)
    found: dict[int, dict[int, float]] = {}
    for query, other in enumerate(others):
        mates = (int(paired[mate]) for mate in alike[normalise(other)])
        wanted = {copy for mate in mates for copy in copies[normalise(texts[mate])]}
        found[query] = dict.fromkeys(sorted(wanted), 1.0)
    return found


def _places(texts: Sequence[str]) -> Mapping[str, list[int]]:
    """Where each text stands, however it is written."""
    found: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        found.setdefault(normalise(text), []).append(place)
    return found
