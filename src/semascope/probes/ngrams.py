"""TF-IDF of n-grams of one and two pieces, as scikit-learn's ``TfidfVectorizer`` has it, counted once a table.

Letters: n texts, g n-grams that occur, v n-grams of a vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_array, diags_array

from semascope.probes.pieces import is_unspaced, numbered_pieces, pieces_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints

FEWEST_ROWS = 2
"""Texts that an n-gram stands in, at least; one that stands in a single text tells nothing about another."""
MOST_NGRAMS = 50_000
"""N-grams of a vocabulary, at most: those that stand in the most texts."""
BETWEEN = " "
"""Between the pieces of an n-gram; no piece holds white space."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Counts:
    """How often each n-gram stands in each text. Nothing is chosen here, so all rows of a table may be counted at once."""

    of: csr_array[Any, Any]  # (n, g) float64
    pieces: Sequence[str]  # the p distinct ones
    first: Ints  # (g,) number of an n-gram's first piece
    second: Ints  # (g,) of its second piece; -1 where it has one only

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """The counts of n texts."""
        numbers: dict[str, int] = {}
        flat, lengths = numbered_pieces(texts, lambda piece: numbers.setdefault(piece, len(numbers)))
        rows = np.repeat(np.arange(len(texts)), lengths)
        pairs, places, starts = _pairs(flat, rows, len(numbers))
        table = _table(
            np.concatenate([rows, rows[starts]]),
            np.concatenate([flat, len(numbers) + places]),
            (len(texts), len(numbers) + len(pairs)),
        )
        alone = np.arange(len(numbers))
        return cls(
            of=table,
            pieces=list(numbers),
            first=np.concatenate([alone, pairs // max(1, len(numbers))]),
            second=np.concatenate([np.full(len(numbers), -1), pairs % max(1, len(numbers))]),
        )

    def name(self, ngram: int) -> str:
        """An n-gram as it is written."""
        second = self.second[ngram]
        first = self.pieces[self.first[ngram]]
        return first if second < 0 else f"{first}{BETWEEN}{self.pieces[second]}"

    @property
    def unspaced_share(self) -> float:
        """Share of the pieces that are characters of scripts without spaces; 0 where there is no piece."""
        often = self.of.sum(axis=0)[: len(self.pieces)]
        alone = np.array([is_unspaced(piece) for piece in self.pieces], dtype=np.bool_)
        return float(often[alone].sum() / often.sum()) if often.sum() else 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Choice:
    """The n-grams that training rows give, and how rare they are there."""

    columns: Ints  # (v,) of the counts
    idf: Floats  # (v,)

    @classmethod
    def on(cls, counts: Counts, rows: Ints, *, most: int = MOST_NGRAMS) -> Self:
        """N-grams in ``FEWEST_ROWS`` of the rows given or more; of too many, those in the most rows."""
        training = counts.of[rows]
        standing = np.bincount(training.indices, minlength=training.shape[1])
        found = np.flatnonzero(standing >= FEWEST_ROWS)
        if len(found) > most:
            found = np.sort(found[np.argsort(-standing[found], kind="stable")[:most]])
        return cls(columns=found, idf=np.log((1 + len(rows)) / (1 + standing[found])) + 1)

    def by_name(self, counts: Counts) -> tuple[Self, Vocabulary]:
        """The same n-grams in the order of their names, and these as what reads other texts."""
        named = [counts.name(column) for column in self.columns.tolist()]
        order = np.array(sorted(range(len(named)), key=named.__getitem__), dtype=np.int64)
        idf = self.idf[order]
        return type(self)(columns=self.columns[order], idf=idf), Vocabulary(
            [named[place] for place in order], idf
        )

    def weigh(self, counts: Counts, rows: Ints) -> csr_array[Any, Any]:
        """(m, v) unit rows, or zeros where a text has none of the n-grams."""
        return weighed(counts.of[rows][:, self.columns], self.idf)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """v n-grams with their weights, ready to read any text.

    Raises
    ------
    ValueError
        When the n-grams and the weights are not of one vocabulary.
    """

    terms: Sequence[str]  # as they are written, ascending
    idf: Floats  # (v,)

    def __post_init__(self) -> None:
        if self.idf.shape != (len(self.terms),) or len(set(self.terms)) != len(self.terms):
            raise ValueError(f"{len(self.terms)} n-grams, each once, for weights of shape {self.idf.shape}")
        if any(len(pieces) > 2 or not all(pieces) for pieces in self._pieces):
            raise ValueError("an n-gram has one piece or two")

    def weigh(self, texts: Sequence[str]) -> csr_array[Any, Any]:
        """(n, v) unit rows, or zeros where a text has none of the n-grams."""
        index = self._index
        flat, lengths = numbered_pieces(texts, lambda piece: index.numbers.get(piece, -1))
        rows = np.repeat(np.arange(len(texts)), lengths)
        pairs, places, starts = _pairs(flat, rows, len(index.numbers))
        of_pair = np.array([index.pairs.get(pair, -1) for pair in pairs.tolist()], dtype=np.int64)
        columns = np.concatenate([index.alone[flat], of_pair[places]])
        rows = np.concatenate([rows, rows[starts]])
        known = columns >= 0
        return weighed(_table(rows[known], columns[known], (len(texts), len(self.terms))), self.idf)

    def holds_any(self, text: str) -> bool:
        """Whether a text has a piece that an n-gram has: a pair is never kept without its pieces, which stand in as many texts."""
        return any(piece in self._index.numbers for piece in pieces_of(text))

    @cached_property
    def _pieces(self) -> list[list[str]]:
        return [term.split(BETWEEN) for term in self.terms]

    @cached_property
    def _index(self) -> _Index:
        numbers: dict[str, int] = {}
        for each in self._pieces:
            for piece in each:
                numbers.setdefault(piece, len(numbers))
        alone = np.full(len(numbers) + 1, -1)  # the last one for pieces that no n-gram has
        pairs = {}
        for column, each in enumerate(self._pieces):
            if len(each) == 1:
                alone[numbers[each[0]]] = column
            else:
                pairs[numbers[each[0]] * len(numbers) + numbers[each[1]]] = column
        return _Index(numbers, alone, pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Where the n-grams of a vocabulary stand."""

    numbers: dict[str, int]  # of each piece
    alone: Ints  # column of the n-gram that is this piece alone; -1 where there is none
    pairs: dict[int, int]  # column by a pair's number


def weighed(counts: csr_array[Any, Any], idf: Floats) -> csr_array[Any, Any]:
    """Rows of ``(1 + ln count) * idf`` brought to unit length; a row without any n-gram stays zero."""
    weights = counts.copy()
    weights.data = 1 + np.log(weights.data)
    weights = csr_array(weights @ diags_array(idf))
    lengths = np.sqrt(weights.multiply(weights).sum(axis=1))
    found = csr_array(diags_array(1 / np.where(lengths > 0, lengths, 1.0)) @ weights)
    found.sort_indices()  # one order of sums
    return found


def _pairs(flat: Ints, rows: Ints, pieces: int) -> tuple[Ints, Ints, Ints]:
    """Neighbours within a text: (distinct pairs as one number each, which one each is, where each begins)."""
    starts = np.flatnonzero((rows[:-1] == rows[1:]) & (flat[:-1] >= 0) & (flat[1:] >= 0))
    pairs, places = np.unique(flat[starts] * pieces + flat[starts + 1], return_inverse=True)
    return pairs, places.astype(np.int64), starts


def _table(rows: Ints, columns: Ints, shape: tuple[int, int]) -> csr_array[Any, Any]:
    table = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    table.sum_duplicates()
    table.sort_indices()
    return table
