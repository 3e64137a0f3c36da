"""What to label next: the texts that stand for the most of what is not labelled yet.

Letters: m candidates, l labelled, r reference texts, d dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.neighbors import top_k
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Ints, Mask, Vectors

REFERENCE = 2_000
# Similarities are counted in whole steps of 2^-16, far above the rounding of float32 products: their sums are then
# exact, so that a gain does not depend on the order of summation and equal gains are equal.
_STEPS = 2.0**16
_BLOCK = 524_288  # similarities computed at once: 2 MB, which a processor keeps near
_STALE = 64  # bounds renewed at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestions:
    """Candidates to label, the most useful first."""

    rows: Ints  # (c,) rows of the candidates
    gains: Floats  # (c,) by how much each raises the coverage, in [0, 2]


def suggest_rows(
    candidates: Array, labelled: Array, count: int, *, reference: int = REFERENCE, seed: int = 42
) -> Suggestions:
    """The candidates whose labels would tell most about the others, by greedy facility location.

    Parameters
    ----------
    candidates
        (m, d) vectors of texts without a label, finite; their length does not matter.
    labelled
        (l, d) vectors of the texts that have one; none is fine.
    count
        How many to choose, 0 or more. More than m gives all of them, in order.
    reference
        At most this many candidates are covered, 1 or more; of more, a sample stands for all.
    seed
        Of that sample.

    Returns
    -------
    Suggestions
        min(count, m) rows. Equal gains go to the lower row. A candidate that is a copy of a labelled or a chosen one
        has gain 0 and comes after all others.

    Notes
    -----
    The coverage is the mean over the reference texts of the largest cosine similarity to a labelled or chosen text,
    -1 while there is none. It is monotone and submodular, so the greedy choice reaches at least 1 - 1/e = 63 % of the
    best possible rise (Nemhauser, Wolsey & Fisher, Mathematical Programming 14, 1978), and old gains bound new ones:
    only candidates whose old gain could still win are looked at again (Minoux, 1978). Labelled texts are not
    among the reference: they are covered by themselves. Checked against the plain greedy choice and the best of all sets in
    ``tests/unit/learner/test_suggestion.py``; why this and not the uncertainty: ``docs/labelling.md``.

    Examples
    --------
    >>> candidates = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.6, 0.8]])
    >>> found = suggest_rows(candidates, candidates[:1], 3)
    >>> found.rows.tolist(), found.gains.round(3).tolist()
    ([1, 2, 0], [0.4, 0.05, 0.0])
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise ConfigError(f"count is {count!r}; it must be a whole number, 0 or more; 10 is a good batch")
    if reference < 1:
        raise ConfigError(f"reference is {reference}; it must be 1 or more")
    candidates, labelled = _unit(candidates, "candidates"), _unit(labelled, "labelled vectors")
    if len(labelled) and len(candidates) and labelled.shape[1] != candidates.shape[1]:
        raise DataError(
            f"candidates have {candidates.shape[1]} dims and labelled vectors {labelled.shape[1]}; "
            "both must have the same; embed both at one width"
        )
    count = min(count, len(candidates))
    if not count:
        return Suggestions(rows=np.empty(0, dtype=np.int64), gains=np.empty(0))
    covered = candidates[reference_rows(len(candidates), reference=reference, seed=seed)]
    fresh = _is_new(candidates, labelled)
    coverage = _coverage(covered, labelled)
    with calm_threads(_BLOCK):  # all products are of that size
        rows, gains = _greedy(candidates, covered, coverage, np.flatnonzero(fresh), count)
    copies = np.flatnonzero(~fresh)[: count - len(rows)]
    return Suggestions(
        rows=np.concatenate([rows, copies]),
        gains=np.concatenate([gains / (_STEPS * len(covered)), np.zeros(len(copies))]),
    )


def reference_rows(candidates: int, *, reference: int, seed: int) -> Ints:
    """Ascending rows of the candidates that are to be covered: all, or a seeded sample of ``reference``."""
    if candidates <= reference:
        return np.arange(candidates)
    return np.sort(np.random.default_rng(seed).choice(candidates, reference, replace=False))


def _greedy(
    candidates: Vectors, covered: Vectors, coverage: Vectors, eligible: Ints, count: int
) -> tuple[Ints, Floats]:
    """Up to ``count`` of the ``eligible`` rows in order of choice, and the gain of each in steps, summed."""
    facing = np.ascontiguousarray((covered * np.float32(_STEPS)).T)  # a power of two: no rounding
    bounds = _gains(candidates[eligible], facing, coverage)
    left = np.ones(len(eligible), dtype=np.bool_)
    current = left.copy()  # whose bound is the gain as of now
    chosen: list[int] = []
    gains: list[float] = []
    while len(chosen) < min(count, len(eligible)):
        best = int(np.argmax(bounds))  # the lowest row of the largest bounds
        if bounds[best] == 0:  # everything is covered: no gain will ever be above 0
            break
        if not current[best]:
            stale = _largest(np.where(current, -1.0, bounds), _STALE)
            bounds[stale] = _gains(candidates[eligible[stale]], facing, coverage)
            current[stale] = True
            continue
        chosen.append(best)
        gains.append(float(bounds[best]))
        coverage = np.maximum(coverage, _similarities(candidates[eligible[best]][None], facing)[0])
        bounds[best], left[best] = -1.0, False
        current[:] = False
        current[~left] = True
    rest = np.flatnonzero(left)[: min(count, len(eligible)) - len(chosen)]
    rows = eligible[np.concatenate([np.array(chosen, dtype=np.int64), rest])]
    return rows, np.concatenate([np.array(gains), np.zeros(len(rest))])


def _largest(values: Floats, count: int) -> Ints:
    """Places of the ``count`` largest values that are not negative."""
    places = np.argpartition(-values, count)[:count] if len(values) > count else np.arange(len(values))
    return places[values[places] >= 0]


def _gains(candidates: Vectors, facing: Vectors, coverage: Vectors) -> Floats:
    """(m,) by how many steps each candidate would raise the sum of the coverage."""
    gains = np.empty(len(candidates))
    height = max(_BLOCK // facing.shape[1], 1)
    before = coverage.sum(dtype=np.float64)
    for start in range(0, len(candidates), height):
        block = _similarities(candidates[start : start + height], facing)
        np.maximum(block, coverage, out=block)
        gains[start : start + height] = block.sum(axis=1, dtype=np.float64) - before
    return gains


def _similarities(vectors: Vectors, facing: Vectors) -> Vectors:
    products: Vectors = vectors @ facing
    return np.rint(products, out=products)


def _coverage(covered: Vectors, labelled: Vectors) -> Vectors:
    """(r,) steps: the largest similarity of each reference text to a labelled one, or -1."""
    if not len(labelled):
        return np.full(len(covered), -_STEPS, dtype=np.float32)
    nearest = top_k(covered, labelled, 1).similarities[:, 0]
    coverage: Vectors = np.rint(nearest * np.float32(_STEPS))
    return coverage


def _is_new(candidates: Vectors, labelled: Vectors) -> Mask:
    """Whether a candidate equals no labelled text and no candidate before it, to the last bit."""
    seen = {row.tobytes() for row in labelled}
    fresh = np.empty(len(candidates), dtype=np.bool_)
    for place, row in enumerate(candidates):
        key = row.tobytes()
        fresh[place] = key not in seen
        seen.add(key)
    return fresh


def _unit(vectors: Array, name: str) -> Vectors:
    """Rows brought to unit length in float32; zero rows stay."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2:
        raise DataError(f"{name} have shape {vectors.shape}; it must be (rows, dim); pass one row per text")
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise DataError(f"row {row} of the {name} is not finite; every row must be; leave such rows out")
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    wide /= np.where(lengths > 0, lengths, 1)
    return (wide + 0.0).astype(np.float32)  # adding 0 makes -0 a 0: copies then have the same bits
