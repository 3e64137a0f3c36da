"""Which label is voted for which: the most frequent confusions, with texts that show them. Letters: n texts, l labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.labels.labelled import Confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints

MOST = 20  # confusions that are told
SHOWN = 3  # texts that show one


def confusions(
    codes: Ints, voted: Ints, agreed: Ints, names: Sequence[str], *, most: int = MOST, shown: int = SHOWN
) -> tuple[Confusion, ...]:
    """The pairs of labels that are most often taken for each other, one way at a time.

    Parameters
    ----------
    codes, voted
        (n,) label of each text and the one that its nearest vote for, 0 to l - 1; -1 where none has a vote.
    agreed
        (n,) neighbours that vote for it: the texts that show a confusion are those of the most, then the first.
    names
        (l,) of the labels.

    Returns
    -------
    tuple
        At most ``most``, the most frequent first; of equally many the first labels.

    Examples
    --------
    >>> codes, voted = np.array([0, 0, 0, 1]), np.array([1, 0, 1, 1])
    >>> found = confusions(codes, voted, np.array([5, 9, 7, 9]), ["tide", "wind"])[0]
    >>> found.label, found.voted, found.texts, round(found.share, 3), found.rows
    ('tide', 'wind', 2, 0.667, (2, 0))
    """
    wrong = np.flatnonzero((voted != codes) & (voted >= 0))
    pairs, counts = np.unique(codes[wrong] * len(names) + voted[wrong], return_counts=True)
    texts = np.bincount(codes, minlength=len(names))
    found = []
    for place in np.argsort(-counts, kind="stable")[:most]:
        own, other = divmod(int(pairs[place]), len(names))
        rows = wrong[(codes[wrong] == own) & (voted[wrong] == other)]
        rows = rows[np.argsort(-agreed[rows], kind="stable")][:shown]
        found.append(
            Confusion(
                label=names[own],
                voted=names[other],
                texts=int(counts[place]),
                share=float(counts[place] / texts[own]),
                rows=tuple(rows.tolist()),
            )
        )
    return tuple(found)
