"""Cosines and silhouette under many dealings of labels at once: halves of the texts, or labels shuffled among them.

One pass over the rows serves as many dealings as fit into memory. Letters: n texts, d dim, l labels, g dealings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.labels.cosines import LabelSums, silhouette_from, unit_blocks
from semascope.geometry.labels.labelled import NO_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from semascope.types import Floats, Ints, Vectors

_SUMS = 8_388_608  # numbers of all labels' sums that are held at once
_CODES = 4_194_304  # codes of texts that are held at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dealt:
    """One number for each of g dealings."""

    within: Floats
    across: Floats
    silhouette: Floats  # NaN where none of the texts looked at has a label


def over_dealings(
    vectors: Vectors,
    dealings: Iterable[Ints],
    labels: int,
    *,
    looked_at: Ints,
    tick: Callable[[], None],
) -> Dealt:
    """Mean cosines within and across labels, and mean silhouette, of every dealing.

    Parameters
    ----------
    vectors
        (n, d) rows.
    dealings
        (n,) codes each, 0 to l - 1; -1 for a text that takes no part.
    looked_at
        (m,) texts whose silhouettes are averaged, those of them that take part.
    tick
        Called after every dealing.
    """
    n, d = vectors.shape
    at_once = max(min(_SUMS // max(labels * d, 1), _CODES // max(n, 1)), 1)
    rest, found = iter(dealings), []
    while part := list(islice(rest, at_once)):
        codes = np.stack(part)
        sums, counts = _sums(vectors, codes, labels)
        means = _mean_silhouettes(vectors, codes, sums, counts, looked_at)
        for each, of, value in zip(sums, counts, means, strict=True):
            one = LabelSums(sums=each, counts=of)
            found.append((one.within, one.across, value))
            tick()
    numbers = np.array(found).reshape(-1, 3).T
    return Dealt(within=numbers[0], across=numbers[1], silhouette=numbers[2])


def _sums(vectors: Vectors, codes: Ints, labels: int) -> tuple[Floats, Floats]:
    """(g, l, d) sums of each label's unit rows and (g, l) their numbers, in every dealing."""
    from scipy.sparse import csr_array

    g, n = codes.shape
    sums, counts = np.zeros((g * labels, vectors.shape[1])), np.zeros(g * labels)
    for part, block in unit_blocks(vectors, np.arange(n)):
        dealing, place = np.nonzero(codes[:, part] != NO_LABEL)
        label = dealing * labels + codes[dealing, part[place]]
        member = csr_array((np.ones(len(label)), (label, place)), shape=(g * labels, len(part)))
        sums += member @ block
        counts += np.bincount(label, minlength=g * labels)
    return sums.reshape(g, labels, -1), counts.reshape(g, labels)


def _mean_silhouettes(vectors: Vectors, codes: Ints, sums: Floats, counts: Floats, looked_at: Ints) -> Floats:
    g, labels, d = sums.shape
    means = sums / np.maximum(counts, 1)[:, :, None]
    columns = means.reshape(g * labels, d).T
    total, texts = np.zeros(g), np.zeros(g)
    for part, block in unit_blocks(vectors, looked_at, width=g * labels):
        cosines = (block @ columns).reshape(len(part), g, labels)
        cosines[:, counts == 0] = -np.inf
        own = codes[:, part].T  # (rows, g)
        there = own != NO_LABEL
        place = np.where(there, own, 0)[:, :, None]
        among = np.take_along_axis(np.broadcast_to(counts, cosines.shape), place, axis=2)[:, :, 0]
        inside = np.where(there, np.take_along_axis(cosines, place, axis=2)[:, :, 0], 0.0)
        np.put_along_axis(cosines, place, -np.inf, axis=2)
        nearest = cosines.max(axis=2)
        lone = among < 2
        own_mean = (inside * among - 1.0) / np.where(lone, 1.0, among - 1.0)
        own_mean[lone] = np.nan
        values = silhouette_from(own_mean, np.where(np.isfinite(nearest), nearest, np.nan))
        total += np.where(there, values, 0.0).sum(axis=0)
        texts += there.sum(axis=0)
    found: Floats = np.divide(total, texts, out=np.full(g, np.nan), where=texts > 0)
    return found
