"""Rows of several segments, less what was deleted or filtered, as one: exactly what reading them anew would give.

Letters: n documents kept, p entries kept, u distinct rows kept, d dim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.dense import DenseDocuments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.indexes.rows import Rows
    from semascope.retrieval.rankings import DocumentIds
    from semascope.types import Ints, Vectors


def gather(parts: Sequence[Rows], kept: Sequence[Ints], doc_ids: DocumentIds) -> DenseDocuments:
    """The kept entries of all parts ready to be searched, in the order of the parts.

    Rows are copied: u x d numbers are held beside the files.

    Parameters
    ----------
    kept
        Entries of each part, ascending.
    doc_ids
        Of the p entries, in this order.
    """
    rows_of_parts = [part.row_of[places] for part, places in zip(parts, kept, strict=True)]
    digests = np.concatenate(
        [part.digests[rows] for part, rows in zip(parts, rows_of_parts, strict=True)] or [np.empty(0, "V16")]
    )
    # Entries by id, the largest first: the first entry of a row says where the row stands.
    order = np.empty(len(doc_ids), dtype=np.int64)
    order[doc_ids.standing] = np.arange(len(doc_ids))
    _, first, group = np.unique(digests[order], return_index=True, return_inverse=True)
    by_first = np.argsort(first)
    number = np.empty(len(first), dtype=np.int64)
    number[by_first] = np.arange(len(first))
    owner = number[group]  # of the entries in order
    by_row = np.argsort(owner, kind="stable")
    members = order[by_row]
    return DenseDocuments(
        doc_ids=doc_ids,
        rows=_copied(parts, rows_of_parts, order[first[by_first]]),
        members=members,
        starts=np.searchsorted(owner[by_row], np.arange(len(first) + 1)),
        largest=max((part.largest for part in parts), default=0.0),
    )


def _copied(parts: Sequence[Rows], rows_of_parts: Sequence[Ints], entries: Ints) -> Vectors:
    """(u, d) the row of each entry, which are numbered over all parts."""
    width = parts[0].rows.shape[1] if parts else 0
    found = np.empty((len(entries), width), dtype=np.float32)
    start = 0
    for part, rows in zip(parts, rows_of_parts, strict=True):
        mine = np.flatnonzero((entries >= start) & (entries < start + len(rows)))
        found[mine] = part.rows[rows[entries[mine] - start]]
        start += len(rows)
    return found
