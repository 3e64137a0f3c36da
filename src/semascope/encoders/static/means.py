"""Token ids to one row a text: the sum of their vectors, brought to unit length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from semascope.encoders.static.weights import Table
    from semascope.types import Array, Floats, Ints, Mask, Vectors

# Tokens that are added up in float32; the sums of a longer text's parts are added in float64. Float32 alone loses three
# digits over ten thousand tokens of one kind.
_PART = 128


class Ragged(NamedTuple):
    """Token ids of n texts, one text after the other."""

    ids: Array  # (t,) int32
    counts: Ints  # (n,) tokens of each text, 0 or more; they sum to t

    def kept(self, mask: Mask) -> Ragged:
        """Only the ids that ``mask`` (t,) keeps."""
        return Ragged(self.ids[mask], self.per_text(mask))

    def per_text(self, mask: Mask) -> Ints:
        """(n,) how many ids of each text ``mask`` (t,) keeps."""
        before = np.concatenate([[0], np.cumsum(mask)])
        ends = np.cumsum(self.counts)
        found: Ints = before[ends] - before[ends - self.counts]
        return found

    def texts(self) -> list[list[int]]:
        """The ids of each text."""
        return [ids.tolist() for ids in np.split(self.ids, np.cumsum(self.counts))[: len(self.counts)]]

    def places(self) -> Ints:
        """(t,) place of each id in its text, from 0."""
        starts = np.cumsum(self.counts) - self.counts
        found: Ints = np.arange(len(self.ids)) - np.repeat(starts, self.counts)
        return found


def unit_rows(table: Table, texts: Ragged, *, left_out: int | None, fallback: int | None) -> Vectors:
    """(n, d) rows of unit length; a row of zeros for a text of which nothing is left.

    The mean of a text's vectors is their sum but for its length, which unit length takes away.

    Parameters
    ----------
    left_out
        Id that counts for nothing; None: all count.
    fallback
        Id that stands for a text without another one; None: none does.
    """
    taken = texts if left_out is None else texts.kept(texts.ids != left_out)
    rows = to_unit(_sums(table, taken))
    silent = np.flatnonzero(taken.counts == 0)
    if len(silent) and fallback is not None:
        alone = Ragged(np.array([fallback], dtype=np.int32), np.array([1]))
        rows[silent] = to_unit(_sums(table, alone))
    return rows


def plain_rows(table: Table, texts: Ragged, *, left_out: int | None, fallback: int | None) -> Vectors:
    """What ``unit_rows`` gives, by the definition: one text at a time, in float64."""
    rows = np.zeros((len(texts.counts), table.vectors.shape[1]), dtype=np.float64)
    for row, ids in zip(rows, texts.texts(), strict=True):
        taken = [token for token in ids if token != left_out]
        if not taken and fallback is not None:
            taken = [fallback]
        for token in taken:
            factor = 1.0 if table.weights is None else float(table.weights[token])
            place = token if table.rows is None else int(table.rows[token])
            row += factor * table.vectors[place].astype(np.float64) / len(taken)
    return to_unit(rows)


def to_unit(sums: Vectors | Floats) -> Vectors:
    """(n, d) float32 rows of unit length; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("nd,nd->n", sums, sums, dtype=np.float64))
    rows: Vectors = (sums / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)
    return rows


def _sums(table: Table, texts: Ragged) -> Vectors | Floats:
    """(n, d) sum of each text's token vectors. It does not depend on the other texts, not in its last bit."""
    from scipy.sparse import csr_array

    parts = np.maximum(-(-texts.counts // _PART), 1)  # (n,) a text without a token is one empty part
    first = np.cumsum(parts) - parts
    within = np.arange(parts.sum()) - np.repeat(first, parts)
    starts = np.repeat(np.cumsum(texts.counts) - texts.counts, parts) + _PART * within
    columns = texts.ids if table.rows is None else table.rows[texts.ids]
    factors = np.ones(len(texts.ids), np.float32) if table.weights is None else table.weights[texts.ids]
    matrix = csr_array(
        (factors, columns.astype(np.int32), np.append(starts, len(texts.ids)).astype(np.int32)),
        shape=(len(starts), len(table.vectors)),
    )
    # Its product adds a row's vectors up one after the other, in their order.
    added: Vectors = matrix @ table.vectors
    if len(added) == len(parts):
        return added
    sums: Floats = np.add.reduceat(added.astype(np.float64), first, axis=0)
    return sums
