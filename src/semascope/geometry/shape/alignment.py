"""Alignment: how far apart texts lie that belong together. Letters: n texts, d dim, c labels, b blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.geometry.measured import Measured
from semascope.geometry.shape.class_sums import class_sums
from semascope.geometry.shape.floors import SHUFFLED_LABELS, SHUFFLED_PAIRS, floor_of_spread
from semascope.geometry.shape.rows import checked_rows, wide_rows
from semascope.geometry.shape.shuffling import shuffled_pairs, shuffled_sum, weights_of_labels
from semascope.geometry.shape.sums import Moments
from semascope.geometry.shape.undefined import undefined
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.geometry.shape.sums import Sums
    from semascope.types import Array, Ints, Vectors

NAME = "alignment"


def alignment_of_labels(vectors: Vectors, codes: Ints, sums: Sums) -> Measured:
    """The mean squared distance of a text from another of its label.

    Parameters
    ----------
    codes
        (n,) label of each text from 0, -1 for none.

    Returns
    -------
    Measured
        In [0, 4]; lower is closer. Undefined where no two texts share a label.

    Notes
    -----
    Wang & Isola, ICML 2020, with exponent 2. A pair is drawn by its first text, each equally likely, and another of the same
    label: so that the first texts are spread as the data is, which their definition asks of positives, and a large
    label does not weigh by the square of its size. With s the sum and c the number of a label's rows, the cosines of each
    label add up to (|s|^2 - c) / (c - 1): no pair is drawn. Floor: labels shuffled (``shuffled_sum``). Against every pair:
    ``tests/unit/geometry/shape/test_alignment.py``.
    """
    codes = np.asarray(codes, dtype=np.int64)
    if codes.shape != (len(vectors),):
        raise DataError(
            f"there are {codes.size} labels for {len(vectors)} texts; each text needs one; pass one a text"
        )
    labelled = np.flatnonzero(codes >= 0)
    sizes = np.bincount(codes[labelled]) if len(labelled) else np.zeros(0, dtype=np.int64)
    shared = sizes[sizes > 1].astype(np.float64)
    if not len(shared):
        why = "no two texts share a label" if len(labelled) else "no text has a label"
        return undefined(NAME, why, n=len(labelled), null=SHUFFLED_LABELS)
    halves = sums.halves
    whole, within = np.zeros(2), np.zeros((len(halves), 2))  # sum of mean cosines, texts
    for found in class_sums(vectors, codes, halves.block_of, halves.blocks):
        whole += _cosines(found.sums.sum(axis=0), found.counts.sum(axis=0))
        within += _cosines(halves.sums(found.sums), halves.sums(found.counts))
    texts = int(shared.sum())
    rows = sums.whole if len(labelled) == len(vectors) else moments_of(vectors, labelled)
    expected, spread = shuffled_sum(weights_of_labels(shared, texts), rows)
    with np.errstate(invalid="ignore"):
        over_halves = 2 - 2 * within[:, 0] / within[:, 1]
    estimate = halves.estimate(float(2 - 2 * whole[0] / whole[1]), over_halves, least=0.0, most=4.0)
    return Measured(
        name=NAME,
        estimate=replace(estimate, n=texts),
        floor=floor_of_spread(2 - 2 * expected, 2 * spread, n=len(labelled)),
        null=SHUFFLED_LABELS,
        note=_left_out(int((sizes == 1).sum())),
    )


def _left_out(alone: int) -> str:
    if not alone:
        return ""
    return f"without {count(alone, 'text')} that alone {'has its' if alone == 1 else 'have their'} label"


def _cosines(sums: Array, counts: Array) -> Array:
    """(..., 2) what cosines with others of the label add up to, and the texts that have another."""
    squares = np.einsum("...gi,...gi->...g", sums, sums)
    pairs = counts > 1
    means = np.where(pairs, (squares - counts) / np.maximum(counts - 1, 1), 0.0)
    return np.stack([means.sum(axis=-1), np.where(pairs, counts, 0.0).sum(axis=-1)], axis=-1)


def alignment_of_pairs(vectors: Vectors, pairs: Array, halves: Halves) -> Measured:
    """The mean squared distance of each text from what belongs to it.

    Parameters
    ----------
    pairs
        (n, d) of unit length: row i belongs to row i of ``vectors``; NaN where nothing belongs to it.

    Returns
    -------
    Measured
        In [0, 4]; lower is closer. Floor: pairs shuffled (``shuffled_pairs``).
    """
    given = np.asarray(pairs)
    if given.shape != vectors.shape:
        raise DataError(
            f"pairs have shape {given.shape} and texts {vectors.shape}; both must be the same; pass one vector a text"
        )
    there = np.flatnonzero(~np.isnan(given[:, 0]))
    n = len(there)
    if not n:
        return undefined(NAME, "there are no pairs", n=0, null=SHUFFLED_PAIRS)
    others = checked_rows(given[there])
    blocks = halves.block_of[there]
    total, counts = np.zeros(halves.blocks), np.bincount(blocks, minlength=halves.blocks)
    for part, wide in wide_rows(others, np.arange(n)):
        apart = ((vectors[there[part]].astype(np.float64) - wide) ** 2).sum(axis=1)
        total += np.bincount(blocks[part], weights=apart, minlength=halves.blocks)
    with np.errstate(invalid="ignore"):
        within = halves.sums(total) / halves.sums(counts)
    found = halves.estimate(float(total.sum() / n), within, least=0.0, most=4.0)
    expected, spread = shuffled_pairs(moments_of(vectors, there), moments_of(others, np.arange(n)))
    return Measured(
        name=NAME,
        estimate=replace(found, n=n),
        floor=floor_of_spread(2 - 2 * expected, 2 * spread, n=n),
        null=SHUFFLED_PAIRS,
    )


def moments_of(vectors: Vectors, rows: Ints) -> Moments:
    """Moments of some rows, read once."""
    d = vectors.shape[1]
    total, products = np.zeros(d), np.zeros((d, d))
    for _, wide in wide_rows(vectors, rows):
        total += wide.sum(axis=0)
        products += wide.T @ wide
    return Moments(count=float(len(rows)), sum=total, products=products, dims=d)
