"""What a contrastive training learns from: pairs with hard negatives, or texts with labels, as token sequences.

Letters: t sequences, p pairs, h hard negatives a pair at most, b rows of a batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.tuning.contrastive.hardness import label_hardness, pair_hardness
from semascope.tuning.contrastive.losses import contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.supervised import label_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import torch

    from semascope.tuning.contrastive.hardness import PairHardness
    from semascope.tuning.contrastive.losses import Contrast
    from semascope.types import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """What goes through the network in a step, and what is made of its rows."""

    sequences: Ints  # (s,) places of the token sequences
    loss: Callable[[torch.Tensor], torch.Tensor]  # of their (s, d) rows
    hardness: Callable[[torch.Tensor], PairHardness]  # likewise
    rows: Ints  # (b,) of the examples


class Examples(Protocol):
    """Rows to learn from."""

    @property
    def sequences(self) -> Sequence[Sequence[int]]:
        """(t,) token ids."""

    @property
    def roles(self) -> Sequence[str]:
        """Of each row, or none at all."""

    @property
    def groups(self) -> Ints:
        """Of each row, one or several: no two rows of a batch have one in common."""

    @property
    def row_lengths(self) -> Ints:
        """Tokens of the longest sequence of each row."""

    def batch(self, rows: Ints, contrast: Contrast) -> Batch:
        """What a step makes of some rows."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """p pairs of a query and a document that answers it."""

    sequences: Sequence[Sequence[int]]
    queries: Ints  # (p,) places among the sequences
    documents: Ints  # (p,) likewise
    query_groups: Ints  # (p,) copies, and nearly, have one number
    document_groups: Ints  # (t,) of the sequences that are documents, likewise; -1 of others
    negatives: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    """(p, h) places of hard negatives, -1 behind the last; (0, 0) for none"""
    weights: Floats | None = None  # (p,)
    roles: Sequence[str] = ()  # (p,)
    known: Collection[tuple[int, int]] = ()
    """Groups of a query and of a document that answers it, in this table or not: never a wrong answer."""

    @cached_property
    def lengths(self) -> Ints:
        """(t,) tokens."""
        return np.array([len(ids) for ids in self.sequences], dtype=np.int64)

    @property
    def row_lengths(self) -> Ints:
        """(p,) tokens of the longer one of each pair."""
        longest: Ints = np.maximum(self.lengths[self.queries], self.lengths[self.documents])
        return longest

    @property
    def groups(self) -> Ints:
        """(p, 2) of the query and of the document: pairs that share neither may stand together, and ``known`` bars the rest."""
        return np.stack([self.query_groups, self.document_groups[self.documents]], axis=1)

    def batch(self, rows: Ints, contrast: Contrast) -> Batch:
        """Queries, then their documents, then hard negatives, each text once where all queries share them."""
        places, owners = self._hard(rows, shared=contrast.shared)
        documents = np.concatenate([self.documents[rows], places])
        pairing = Pairing(
            queries=self.query_groups[rows],
            documents=self.document_groups[documents],
            owners=owners,
            weights=None if self.weights is None else self.weights[rows],
            barred=self._barred(rows, documents),
        )
        m = len(rows)
        return Batch(
            sequences=np.concatenate([self.queries[rows], documents]),
            loss=lambda found: contrast_loss(found[:m], found[m:], pairing, contrast),
            hardness=lambda found: pair_hardness(found[:m], found[m:], pairing, contrast),
            rows=rows,
        )

    def _hard(self, rows: Ints, *, shared: bool) -> tuple[Ints, Ints]:
        """Places and owners of the hard negatives of a batch."""
        if not self.negatives.size:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        held = self.negatives[rows]
        owners, columns = np.nonzero(held >= 0)
        places = held[owners, columns]
        if shared:
            places, first = np.unique(places, return_index=True)
            owners = owners[first]
            other = ~np.isin(places, self.documents[rows])  # an answer of the batch counts already
            places, owners = places[other], owners[other]
        return places, owners.astype(np.int64)

    @cached_property
    def _answers(self) -> dict[int, Ints]:
        """For the group of a query the groups of what answers it."""
        found: dict[int, list[int]] = {}
        for query, document in self.known:
            found.setdefault(query, []).append(document)
        return {query: np.array(sorted(documents), dtype=np.int64) for query, documents in found.items()}

    def _barred(self, rows: Ints, documents: Ints) -> Mask | None:
        if not self.known:
            return None
        groups, nobody = self.document_groups[documents], np.empty(0, dtype=np.int64)
        return np.stack(
            [np.isin(groups, self._answers.get(query, nobody)) for query in self.query_groups[rows].tolist()]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Labelled:
    """t texts, each with a label: texts of one label belong together."""

    sequences: Sequence[Sequence[int]]
    labels: Ints  # (t,)
    groups: Ints  # (t,) copies, and nearly, have one number
    roles: Sequence[str]  # (t,) names of the labels

    @cached_property
    def row_lengths(self) -> Ints:
        """(t,) tokens."""
        return np.array([len(ids) for ids in self.sequences], dtype=np.int64)

    def batch(self, rows: Ints, contrast: Contrast) -> Batch:
        """Each text is held against all others of the batch."""
        labels = self.labels[rows]
        return Batch(
            sequences=rows,
            loss=lambda found: label_loss(
                found, labels, temperature=contrast.temperature, widths=contrast.widths
            ),
            hardness=lambda found: label_hardness(found, labels),
            rows=rows,
        )
