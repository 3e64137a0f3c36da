"""Who belongs to whom in a batch, and which documents may therefore not count as wrong answers.

Letters: m queries, n documents; document i < m answers query i, the n - m others are hard negatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairing:
    """The pairs of a batch and the documents beside them.

    Raises
    ------
    DataError
        For arrays that do not belong together, and weights of which none counts.
    """

    queries: Ints  # (m,) group of each query: copies, and queries about one document, have one number
    documents: (
        Ints  # (n,) group of each document: copies, near-copies and parts of one document have one number
    )
    owners: Ints | None = None  # (n - m,) the query that each hard negative was found for; None: not known
    weights: Floats | None = None  # (m,) how much each pair counts, 0 or more: its grade; None: all alike
    barred: Mask | None = None  # (m, n) what is known to be no wrong answer for other reasons

    def __post_init__(self) -> None:
        m, n = len(self.queries), len(self.documents)
        if not 1 <= m <= n:
            raise DataError(
                f"a batch has {m} queries and {n} documents; it needs a query, and a document for each; give pairs"
            )
        shapes = {"owners": (n - m,), "weights": (m,), "barred": (m, n)}
        for name, shape in shapes.items():
            given = getattr(self, name)
            if given is not None and given.shape != shape:
                raise DataError(
                    f"{name} have shape {given.shape}; {m} queries and {n} documents need {shape}; give these"
                )
        if self.owners is not None and not bool(((self.owners >= 0) & (self.owners < m)).all()):
            raise DataError(
                f"owners name a query that is none of the {m}; each is 0 to {m - 1}; give places in the batch"
            )
        if self.weights is not None:
            _check_weights(self.weights)

    @property
    def shares(self) -> Floats:
        """(m,) what each pair counts; they sum to 1."""
        weights = (
            np.ones(len(self.queries)) if self.weights is None else np.asarray(self.weights, dtype=np.float64)
        )
        shares: Floats = weights / weights.sum()
        return shares

    def negatives(self, *, shared: bool) -> Mask:
        """(m, n) which documents count as wrong answers to each query.

        Never its own document, one of that document's group, the answer to a query of its own group, or what is barred.

        Parameters
        ----------
        shared
            Whether the hard negatives of one query are wrong answers to the others too.

        Raises
        ------
        DataError
            When they are not, and ``owners`` does not say whose they are.
        """
        m, n = len(self.queries), len(self.documents)
        allowed: Mask = self.documents[:m, None] != self.documents[None, :]
        allowed[:, :m] &= self.queries[:, None] != self.queries[None, :]
        if self.barred is not None:
            allowed &= ~self.barred
        if not shared and n > m:
            if self.owners is None:
                raise DataError(
                    "hard negatives come without owners and are not to be shared; each needs its query; give owners, or share them"
                )
            allowed[:, m:] &= self.owners[None, :] == np.arange(m)[:, None]
        return allowed


def _check_weights(weights: Floats) -> None:
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise DataError(
            f"weights of pairs reach from {weights.min():g} to {weights.max():g}; each must be 0 or more and one above 0; give grades"
        )
