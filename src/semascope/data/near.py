"""Near duplicates by the words of texts: MinHash for candidates, exact comparison for the answer."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semascope.data.splits import by_appearance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.types import Ints, Mask

Hashes = NDArray[np.uint64]
Signatures = NDArray[np.uint32]

BANDS, ROWS = (
    20,
    5,
)  # a pair at similarity s shares a band with probability 1 - (1 - s^5)^20: .9996 at .8, .08 at .35
NEIGHBOURS = 16  # texts that one text is compared with in a band, so that many alike ones cost linear time
LIKELY = 65  # of 100 equal signature values; at similarity .8 fewer come up once in 10,000
CHUNK = 2_000_000  # words handled at a time
SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
ASCII_WORDS = re.compile(r"[a-z0-9]+")
WORDS = re.compile(rf"[{SPACELESS}]|[^\W_{SPACELESS}]+")


class Vocabulary:
    """Numbers for words, in order of first appearance."""

    def __init__(self) -> None:
        self._ids: defaultdict[str, int] = defaultdict(count().__next__)

    def words(self, normal: str) -> Ints:
        """The words of a normalised text as numbers; see ``find_duplicates`` for what a word is."""
        found = (ASCII_WORDS if normal.isascii() else WORDS).findall(normal)
        return np.fromiter(map(self._ids.__getitem__, found), dtype=np.int64, count=len(found))


def near_labels(texts: Sequence[Ints]) -> Ints:
    """Components of texts that share four fifths of their word pairs.

    Parameters
    ----------
    texts
        n texts as word numbers; one without words is a component of its own.

    Returns
    -------
    Ints
        (n,) labels in order of first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    worded = np.flatnonzero([len(words) > 0 for words in texts])
    bags, starts, signatures = _bags_and_signatures([words for words in texts if len(words)])
    n = len(worded)
    labels = np.arange(n)
    refused = np.empty(0, dtype=np.int64)  # pairs that were compared and are not alike, ascending
    for left, right in _candidates(signatures):
        codes = left * n + right
        fresh = (labels[left] != labels[right]) & ~_is_among(codes, refused)
        left, right, codes = left[fresh], right[fresh], codes[fresh]
        likely = _is_likely(left, right, starts, signatures)
        left, right, codes = left[likely], right[likely], codes[likely]
        alike = _is_alike(left, right, bags, starts)
        refused = np.sort(np.concatenate([refused, codes[~alike]]))
        edges = (labels[left[alike]], labels[right[alike]])
        graph = coo_array((np.ones(len(edges[0]), np.int8), edges), shape=(n, n))
        labels = connected_components(graph, directed=False)[1][labels]
    joined = np.full(len(texts), -1, dtype=np.int64)
    joined[worded] = labels
    return by_appearance(joined)


def _bags_and_signatures(texts: list[Ints]) -> tuple[Hashes, Ints, Signatures]:
    """Hashes of the numbered word pairs of all texts, where each text's begin, and the MinHash values (n, 100)."""
    lengths = np.array([max(len(words) - 1, 1) for words in texts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    bags = np.empty(starts[-1], dtype=np.uint64)
    signatures = np.empty((len(texts), BANDS * ROWS), dtype=np.uint32)
    first = 0
    while first < len(texts):
        last = max(int(np.searchsorted(starts, starts[first] + CHUNK, "right")) - 1, first + 1)
        chunk = bags[starts[first] : starts[last]]
        chunk[:] = _numbered(
            np.concatenate([_pairs(words) for words in texts[first:last]]), lengths[first:last]
        )
        _sign(chunk, starts[first:last] - starts[first], signatures[first:last])
        first = last
    return bags, starts, signatures


def _pairs(words: Ints) -> Ints:
    """One number for each pair of neighbours; a text of one word is paired with nothing."""
    following = words[1:] if len(words) > 1 else np.array([2**32 - 1])
    return (words[: len(following)] << 32) | following


def _numbered(pairs: Ints, lengths: Ints) -> Hashes:
    """The second ``(a, b)`` of a text is another element than the first, so that sets compare as bags."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((pairs, owner))
    pairs, owner = pairs[order], owner[order]
    position = np.arange(len(pairs))
    is_first = np.r_[True, (pairs[1:] != pairs[:-1]) | (owner[1:] != owner[:-1])]
    occurrence = position - np.maximum.accumulate(np.where(is_first, position, 0))
    return _mixed(pairs.view(np.uint64) ^ _mixed(occurrence.astype(np.uint64)))


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: a bijection whose output bits all depend on all input bits."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _sign(bags: Hashes, starts: Ints, signatures: Signatures) -> None:
    """MinHash: for each of 100 hash functions the smallest value in a bag."""
    random = np.random.default_rng(20).integers(0, 2**64, size=(signatures.shape[1], 2), dtype=np.uint64)
    for k in range(signatures.shape[1]):
        hashed = (bags * (random[k, 0] | np.uint64(1)) + random[k, 1]) >> np.uint64(32)
        signatures[:, k] = np.minimum.reduceat(hashed.astype(np.uint32), starts)


def _candidates(signatures: Signatures) -> Iterator[tuple[Ints, Ints]]:
    """For each band the pairs (left < right) of texts that agree on it and stand near each other when sorted.

    Next neighbours come first and alone, since they already join a long run of alike texts.
    """
    banded = signatures.reshape(len(signatures), BANDS, ROWS).astype(np.uint64)
    keys = np.zeros((BANDS, len(signatures)), dtype=np.uint64)
    for row in range(ROWS):
        keys = _mixed(keys ^ banded[:, :, row].T)
    for band in range(BANDS):
        order = np.lexsort((keys[(band + 1) % BANDS], keys[band]))  # alike in two bands: next to each other
        for steps in (range(1, 2), range(2, NEIGHBOURS + 1)):
            yield _agreeing(keys[band][order], order, steps)


def _agreeing(key: Hashes, order: Ints, steps: range) -> tuple[Ints, Ints]:
    """Pairs of ``order`` that stand ``steps`` apart and have equal keys."""
    found = [np.empty((2, 0), dtype=np.int64)]
    for step in steps:
        same = np.flatnonzero(key[step:] == key[: max(len(key) - step, 0)])
        found.append(np.stack([order[same], order[same + step]]))
    pairs = np.sort(np.concatenate(found, axis=1), axis=0)
    return pairs[0], pairs[1]


def _is_among(codes: Ints, known: Ints) -> Mask:
    """Which codes are in the ascending array ``known``."""
    if len(known) == 0:
        return np.zeros(len(codes), dtype=bool)
    found: Mask = known[np.minimum(np.searchsorted(known, codes), len(known) - 1)] == codes
    return found


def _is_likely(left: Ints, right: Ints, starts: Ints, signatures: Signatures) -> Mask:
    """Pairs that length and signatures do not rule out."""
    lengths = np.diff(starts)
    a, b = lengths[left], lengths[right]
    likely: Mask = 5 * np.minimum(a, b) >= 4 * np.maximum(a, b)
    for part in _parts(np.flatnonzero(likely), np.full(len(left), signatures.shape[1])):
        likely[part] = (signatures[left[part]] == signatures[right[part]]).sum(axis=1) >= LIKELY
    return likely


def _is_alike(left: Ints, right: Ints, bags: Hashes, starts: Ints) -> Mask:
    """Pairs that share four fifths of their bags, counted."""
    together = np.diff(starts)[left] + np.diff(starts)[right]
    alike = np.zeros(len(left), dtype=bool)
    for part in _parts(np.arange(len(left)), together):
        shared = _shared(left[part], right[part], bags, starts)
        alike[part] = 9 * shared >= 4 * together[part]  # shared / (together - shared) >= 4/5
    return alike


def _parts(positions: Ints, costs: Ints) -> Iterator[Ints]:
    """``positions`` in parts of about ``CHUNK`` cost each."""
    batch = np.cumsum(costs[positions]) // CHUNK
    yield from np.split(positions, np.flatnonzero(np.diff(batch)) + 1)


def _shared(left: Ints, right: Ints, bags: Hashes, starts: Ints) -> Ints:
    """Number of elements that both bags of each pair hold; at most 2^20 pairs.

    An element enters with 44 of its bits, behind 20 bits for the pair, so that one plain sort brings equal ones together.
    """
    texts = np.concatenate([left, right])
    lengths = np.diff(starts)[texts]
    ends = np.cumsum(lengths)
    within = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
    pair = np.repeat(np.tile(np.arange(len(left), dtype=np.uint64), 2), lengths)
    keys = (pair << np.uint64(44)) | (bags[np.repeat(starts[texts], lengths) + within] >> np.uint64(20))
    keys.sort()
    twice = keys[1:][keys[1:] == keys[:-1]]
    return np.bincount((twice >> np.uint64(44)).astype(np.int64), minlength=len(left))
