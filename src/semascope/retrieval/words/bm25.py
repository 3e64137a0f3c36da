"""Documents ranked by the words that they share with a query: BM25.

Letters: q queries, n documents, v distinct words, p pairs of a word and a document that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.extras import require
from semascope.retrieval.rankings import Rankings, ranked
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from semascope.retrieval.words.bm25_settings import Bm25
    from semascope.types import Floats, Ints, Progress

_SHOWN = 1_000  # texts read between two words of progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Bm25Index:
    """What each word of n documents counts in each of them.

    Notes
    -----
    The score of a document is the sum over the words of the query that it has; a word that stands in the query twice
    counts twice. What a word counts is computed by bm25s, by the formulae of Kamphuis et al., "Which BM25 do you
    mean?", 2020. In ``bm25l`` and ``bm25+`` words that a document lacks count nothing, as Lv & Zhai have it ("Lower-
    bounding term frequency normalization", CIKM 2011, a sum over the words of query and document); bm25s adds their
    delta to every document, which takes delta's effect out of the order of ``bm25+``. In ``robertson`` a word of more
    than half of the documents counts 0, never less.
    """

    settings: Bm25  # settled
    doc_ids: Sequence[str]  # (n,)
    words: Mapping[str, int]  # (v,) number of each word
    starts: Ints  # (v + 1,) where each word's documents begin
    places: Ints  # (p,) documents, ascending for each word
    weights: Floats  # (p,) what the word counts there

    @classmethod
    def read(
        cls, texts: Sequence[str], doc_ids: Sequence[str], settings: Bm25, *, progress: Progress = silent
    ) -> Self:
        """The index of n documents.

        Parameters
        ----------
        texts
            n documents; one without words is never found.
        settings
            Settled ones: with the stop words and the stemmer of a language.

        Raises
        ------
        ConfigError
            For settings that are not settled.
        MissingExtra
            Without bm25s or PyStemmer.
        """
        bm25s = require("bm25s", purpose="bm25")
        reader = settings.reader()
        words: dict[str, int] = {}
        numbered = []
        for place, text in enumerate(texts):
            numbered.append([words.setdefault(word, len(words)) for word in reader.read(text)])
            if (place + 1) % _SHOWN == 0 or place + 1 == len(texts):
                progress(Step(stage="counting words", done=place + 1, total=len(texts), unit="rows"))
        starts, places, weights = _counted(bm25s, numbered, words, settings)
        return cls(
            settings=settings, doc_ids=doc_ids, words=words, starts=starts, places=places, weights=weights
        )

    @property
    def n_bytes(self) -> int:
        """Memory of the postings, without the words themselves."""
        return self.starts.nbytes + self.places.nbytes + self.weights.nbytes

    def rank(self, texts: Sequence[str], query_ids: Sequence[str], *, k: int) -> Rankings:
        """The k best of the documents that share a word with each of q queries.

        A document whose shared words count nothing has score 0 and is found all the same: it stands behind those of
        which a word counts, and before none that shares no word.
        """
        return ranked(self._found(texts), query_ids=query_ids, doc_ids=self.doc_ids, k=k)

    def _found(self, texts: Sequence[str]) -> Iterator[tuple[Ints, Floats]]:
        reader = self.settings.reader()
        n = len(self.doc_ids)
        for text in texts:
            numbers = [self.words[word] for word in reader.read(text) if word in self.words]
            parts = [slice(self.starts[number], self.starts[number + 1]) for number in numbers]
            places = np.concatenate([self.places[part] for part in parts] or [np.empty(0, np.int64)])
            weights = np.concatenate([self.weights[part] for part in parts] or [np.empty(0)])
            shares = np.zeros(n, dtype=bool)
            shares[places] = True
            found: Ints = np.flatnonzero(shares)
            sums = np.zeros(n)
            np.add.at(
                sums, places, weights
            )  # in the order of the query, so that equal documents have equal sums
            yield found, sums[found]


def _counted(
    bm25s: object, numbered: list[list[int]], words: dict[str, int], settings: Bm25
) -> tuple[Ints, Ints, Floats]:
    """Where each word's documents begin, these, and what it counts in them."""
    if not words:  # bm25s divides by the mean length
        return np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    counter = bm25s.BM25(  # type: ignore[attr-defined]
        k1=settings.k1,
        b=settings.b,
        delta=settings.floor,
        method=settings.variant,
        dtype="float64",
        backend="numpy",
    )
    counter.index((numbered, words), create_empty_token=False, show_progress=False)
    starts = counter.scores["indptr"].astype(np.int64)
    weights = counter.scores["data"].astype(np.float64)
    if counter.nonoccurrence_array is not None:  # it was taken off, to be added to every document
        weights += np.repeat(counter.nonoccurrence_array, np.diff(starts))
    return starts, counter.scores["indices"].astype(np.int64), weights
