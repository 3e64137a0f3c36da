"""BM25 of the documents that are there when a query comes: from counts, by the formulae that bm25s has.

Letters: n documents that are found, f of them asked for, q queries, p pairs of a word and a document that has it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.retrieval.rankings import ranked
from semascope.retrieval.words.bm25_settings import DELTAS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semascope.retrieval.indexes.word_counts import WordCounts
    from semascope.retrieval.rankings import Rankings
    from semascope.retrieval.words.bm25_settings import Bm25
    from semascope.retrieval.words.tokens import WordReader
    from semascope.types import Floats, Ints, Mask

_INVERSE: dict[str, Callable[[int, int], float]] = {  # by documents that have the word, and all documents
    "lucene": lambda df, n: math.log(1 + (n - df + 0.5) / (df + 0.5)),
    "robertson": lambda df, n: math.log(max((n - df + 0.5) / (df + 0.5), 1)),
    "atire": lambda df, n: math.log(n / df),
    "bm25l": lambda df, n: math.log((n + 1) / (df + 0.5)),
    "bm25+": lambda df, n: math.log((n + 1) / df),
}


def word_weights(settings: Bm25, counts: Any, lengths: Any, *, mean: float, having: int, n: int) -> Floats:
    """(p,) what one word counts in documents.

    Parameters
    ----------
    counts, lengths
        (p,) times that it stands in each, and words of each.
    mean
        Words of a document, over all n.
    having
        Documents that have the word, 1 or more.

    Notes
    -----
    Source: Kamphuis et al., "Which BM25 do you mean?", 2020, operation by operation as bm25s computes them, so that
    the last bits agree: ``tests/unit/retrieval/indexes/test_word_search.py`` holds it against ``Bm25Index``.
    """
    inverse = _INVERSE[settings.variant](having, n)
    counts = np.asarray(counts, dtype=np.float64)
    found: Floats = inverse * _in_document(settings, counts, lengths, mean)
    if settings.variant in DELTAS:  # bm25s takes it off, and ``Bm25Index`` adds it again
        absent = inverse * _in_document(settings, 0, mean, mean)
        found = (found - absent) + absent
    return found


def _in_document(settings: Bm25, tf: Any, length: Any, mean: float) -> Any:
    k1, b = settings.k1, settings.b
    match settings.variant:
        case "atire":
            return (tf * (k1 + 1)) / (tf + k1 * (1 - b + b * length / mean))
        case "bm25l":
            relative = tf / (1 - b + b * length / mean)
            return ((k1 + 1) * (relative + settings.floor)) / (k1 + relative + settings.floor)
        case "bm25+":
            return ((k1 + 1) * tf) / (k1 * (1 - b + b * length / mean) + tf) + settings.floor
        case _:
            return tf / (k1 * ((1 - b) + b * length / mean) + tf)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WordSearch:
    """The documents of several segments, of which some may be deleted, and some not asked for."""

    settings: Bm25  # settled
    parts: Sequence[WordCounts]
    there: Sequence[Mask]  # of each part, documents that are not deleted: statistics are theirs
    numbers: Sequence[Ints]  # of each part, the number of each document among the f asked for; -1 for others
    doc_ids: Sequence[str]  # (f,)
    documents: int  # n
    words: int  # that the n documents have together, each as often as it stands there
    _weighed: dict[str, tuple[Ints, Floats]] = field(default_factory=dict)

    def rank(self, texts: Sequence[str], query_ids: Sequence[str], *, k: int) -> Rankings:
        """The k best of the documents asked for that share a word with each of q queries; as ``Bm25Index.rank``."""
        return ranked(self._found(texts), query_ids=query_ids, doc_ids=self.doc_ids, k=k)

    def _found(self, texts: Sequence[str]) -> Iterator[tuple[Ints, Floats]]:
        reader: WordReader = self.settings.reader()
        self._weighed.clear()
        for text in texts:
            found = [self._weights(word) for word in reader.read(text)]
            places = np.concatenate([each for each, _ in found] or [np.empty(0, np.int64)])
            weights = np.concatenate([each for _, each in found] or [np.empty(0)])
            shares = np.zeros(len(self.doc_ids), dtype=bool)
            shares[places] = True
            sums = np.zeros(len(self.doc_ids))
            # in the order of the query, so that equal documents have equal sums
            np.add.at(sums, places, weights)
            sharing: Ints = np.flatnonzero(shares)
            yield sharing, sums[sharing]

    def _weights(self, word: str) -> tuple[Ints, Floats]:
        """The documents asked for that have a word, and what it counts there."""
        if word not in self._weighed:
            self._weighed[word] = self._weigh(word)
        return self._weighed[word]

    def _weigh(self, word: str) -> tuple[Ints, Floats]:
        numbers, counts, lengths = [], [], []
        having = 0
        for part, there, numbered in zip(self.parts, self.there, self.numbers, strict=True):
            place = part.number(word)
            if place is None:
                continue
            pairs = slice(int(part.starts[place]), int(part.starts[place + 1]))
            documents = part.places[pairs]
            having += int(there[documents].sum())
            asked = numbered[documents] >= 0
            numbers.append(numbered[documents[asked]])
            counts.append(part.counts[pairs][asked])
            lengths.append(part.lengths[documents[asked]])
        if not having:
            return np.empty(0, np.int64), np.empty(0)
        weights = word_weights(
            self.settings,
            np.concatenate(counts),
            np.concatenate(lengths),
            mean=self.words / self.documents,
            having=having,
            n=self.documents,
        )
        return np.concatenate(numbers), weights
