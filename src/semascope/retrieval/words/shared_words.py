"""Which words a query and a document share, how much they say, and where in the document most of them stand."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.retrieval.cutting.sentences import sentence_ends
from semascope.retrieval.words.tokens import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.words.tokens import WordReader

READ = 5_000
"""Documents, drawn at random, in which words are counted where there are more: a weight needs no exact count."""
_RUN = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """The sentence of a document that shares most with a query."""

    start: int  # characters of the document
    end: int
    weight: float  # of the words that it shares; 0 where it shares none


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SharedWords:
    """Weighs the words that texts share: the fewer documents have a word, the more it says.

    Notes
    -----
    A word weighs log(1 + (n - d + 0.5) / (d + 0.5)), with d of n documents that have it: BM25's weight (Robertson and Zaragoza,
    2009), here of a word that is there or not, however often and in however long a text.
    """

    reader: WordReader
    documents: int  # in which words were counted
    counts: Mapping[str, int]  # of these, those that have the word

    @classmethod
    def of(cls, texts: Sequence[str], reader: WordReader, *, seed: int = 42, most: int = READ) -> Self:
        """From the documents of a collection, or ``most`` of them.

        Parameters
        ----------
        texts
            n documents.
        reader
            What a word is: with its stop words and its stemmer.
        """
        drawn = range(len(texts))
        if len(texts) > most:
            drawn = np.sort(np.random.default_rng(seed).choice(len(texts), most, replace=False)).tolist()
        counts: dict[str, int] = {}
        for place in drawn:
            for word in set(reader.read(texts[place])):
                counts[word] = counts.get(word, 0) + 1
        return cls(reader=reader, documents=len(drawn), counts=counts)

    def weight(self, word: str) -> float:
        """How much a word says, above 0.

        Parameters
        ----------
        word
            As the reader gives it.
        """
        have = self.counts.get(word, 0)
        return math.log(1 + (self.documents - have + 0.5) / (have + 0.5))

    def shared(self, query: str, text: str) -> float:
        """The weight of all distinct words that both have; 0 where they share none."""
        return self._weight_of(self._words(query) & self._words(text))

    def passage(self, query: str, text: str) -> Passage:
        """The sentence that shares most with the query, the first of equals; the first one where none shares anything."""
        wanted = self._words(query)
        best = Passage(start=0, end=0, weight=-1.0)
        for start, end in pairwise([0, *sentence_ends(text)]):
            weight = self._weight_of(wanted & self._words(text[start:end]))
            if weight > best.weight:
                best = Passage(start=start, end=end, weight=weight)
        return best if best.weight >= 0 else Passage(start=0, end=0, weight=0.0)

    def marks(self, text: str, other: str) -> list[tuple[int, int]]:
        """Where words of a text stand that the other one has too: characters from and to, ascending and apart."""
        wanted = self._words(other)
        found: list[tuple[int, int]] = []
        for run in _RUN.finditer(text):
            for start, end in self._wanted_in(run, wanted):
                if found and start <= found[-1][1]:
                    found[-1] = (found[-1][0], max(end, found[-1][1]))
                else:
                    found.append((start, end))
        return found

    def _wanted_in(self, run: re.Match[str], wanted: set[str]) -> list[tuple[int, int]]:
        """The words of a run of letters that are wanted: one, or pairs of characters of a script that writes no spaces."""
        if not wanted.intersection(self.reader.read(run[0])):
            return []
        found, folded, at = [], run[0].casefold(), 0
        for word in words_of(run[0]):
            place = folded.find(word, at)
            if place < 0 or len(folded) != len(run[0]):
                return [run.span()]  # in one Unicode form it has other characters
            if wanted.intersection(self.reader.read(word)):
                found.append((run.start() + place, run.start() + place + len(word)))
            at = place + 1
        return found

    def _words(self, text: str) -> set[str]:
        return set(self.reader.read(text))

    def _weight_of(self, words: set[str]) -> float:
        # in one order, so that equal sets weigh the same to the last bit
        return math.fsum(self.weight(word) for word in sorted(words))
