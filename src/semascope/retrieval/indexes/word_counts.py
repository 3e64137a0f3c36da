"""How often each word stands in each document of a segment: what BM25 is computed of when a query comes.

Statistics over all documents change with every document that comes or goes; counts do not.
Letters: n documents, v distinct words, p pairs of a word and a document that has it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.retrieval.indexes.kept_files import read_array, read_arrow
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.retrieval.indexes.kept_files import Writer
    from semascope.retrieval.words.tokens import WordReader
    from semascope.types import Array, Ints, Progress

_SHOWN = 1_000  # texts read between two words of progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WordCounts:
    """Counts of n documents. Words stand in the order of their code points."""

    words: pa.Array  # (v,)
    starts: Ints  # (v + 1,) where each word's documents begin
    places: Array  # (p,) int32 documents, ascending for each word
    counts: Array  # (p,) int32 1 or more
    lengths: Array  # (n,) int32 words of each document, each as often as it stands there

    def number(self, word: str) -> int | None:
        """Where a word stands; None where no document has it."""
        place = bisect_left(_Words(self.words), word)
        return place if place < len(self.words) and self.words[place].as_py() == word else None


class _Words:
    """An Arrow array as ``bisect`` reads it."""

    def __init__(self, words: pa.Array) -> None:
        self._words = words

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, place: int) -> str:
        word: str = self._words[place].as_py()
        return word


def count_words(texts: Sequence[str], reader: WordReader, *, progress: Progress = silent) -> WordCounts:
    """The counts of n texts."""
    numbers: dict[str, int] = {}
    words, places, counts = (
        array("i"),
        array("i"),
        array("i"),
    )  # a list of as many numbers is ten times as large
    lengths = np.zeros(len(texts), dtype=np.int32)
    for place, text in enumerate(texts):
        read = reader.read(text)
        lengths[place] = len(read)
        for word, times in Counter(read).items():
            words.append(numbers.setdefault(word, len(numbers)))
            places.append(place)
            counts.append(times)
        if (place + 1) % _SHOWN == 0 or place + 1 == len(texts):
            progress(Step(stage="counting words", done=place + 1, total=len(texts), unit="rows"))
    return _laid_out(
        list(numbers),
        np.array(words, np.int64),
        np.array(places, np.int32),
        np.array(counts, np.int32),
        lengths,
    )


def join_counts(parts: Sequence[WordCounts], kept: Sequence[Ints], order: Ints) -> WordCounts:
    """The counts of some documents of several segments.

    Parameters
    ----------
    kept
        Documents of each part, ascending.
    order
        All of them, numbered one after the other, in the order in which they shall stand.
    """
    numbers: dict[str, int] = {}
    words, places, counts = [], [], []
    start = 0
    moved = np.empty(len(order), dtype=np.int64)
    moved[order] = np.arange(len(order))
    lengths = _joined(
        [part.lengths[documents] for part, documents in zip(parts, kept, strict=True)], np.int32
    )
    for part, documents in zip(parts, kept, strict=True):
        renumbered = np.full(len(part.lengths), -1, dtype=np.int64)
        renumbered[documents] = moved[start : start + len(documents)]
        there = renumbered[part.places] >= 0
        own = np.repeat(np.arange(len(part.words)), np.diff(part.starts))[there]
        used = np.unique(own)
        known = np.zeros(len(part.words), dtype=np.int64)
        names: list[str] = part.words.take(pa.array(used)).to_pylist()
        known[used] = [numbers.setdefault(name, len(numbers)) for name in names]
        words.append(known[own])
        places.append(renumbered[part.places[there]])
        counts.append(part.counts[there])
        start += len(documents)
    return _laid_out(
        list(numbers),
        _joined(words, np.int64),
        _joined(places, np.int32),
        _joined(counts, np.int32),
        lengths[order],
    )


def _joined(arrays: Sequence[Array], kind: type) -> Array:
    return np.concatenate([*arrays, np.empty(0, kind)]).astype(kind)


def _laid_out(names: list[str], words: Ints, places: Array, counts: Array, lengths: Array) -> WordCounts:
    by_name = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
    standing = np.empty(len(names), dtype=np.int64)
    standing[by_name] = np.arange(len(names))
    order = np.lexsort((places, standing[words]))
    return WordCounts(
        words=pa.array([names[number] for number in by_name.tolist()], pa.large_string()),
        starts=np.searchsorted(standing[words][order], np.arange(len(names) + 1)),
        places=places[order],
        counts=counts[order],
        lengths=lengths,
    )


def write_counts(writer: Writer, number: int, counts: WordCounts) -> None:
    """Keep the counts of a part."""
    writer.table(f"words-{number}.arrow", pa.table({"word": counts.words}))
    writer.array(f"word-starts-{number}.npy", counts.starts)
    writer.array(f"word-places-{number}.npy", counts.places)
    writer.array(f"word-counts-{number}.npy", counts.counts)
    writer.array(f"word-lengths-{number}.npy", counts.lengths)


def read_counts(folder: Path, number: int) -> WordCounts:
    """The counts that ``write_counts`` kept, mapped."""
    words = read_arrow(folder / f"words-{number}.arrow").column("word")
    return WordCounts(
        words=words.chunk(0) if words.num_chunks else pa.array([], pa.large_string()),
        starts=read_array(folder / f"word-starts-{number}.npy"),
        places=read_array(folder / f"word-places-{number}.npy"),
        counts=read_array(folder / f"word-counts-{number}.npy"),
        lengths=read_array(folder / f"word-lengths-{number}.npy"),
    )
