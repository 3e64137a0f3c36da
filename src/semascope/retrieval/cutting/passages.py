"""Documents cut into passages of bounded length, at sentence ends where possible.

Letters: n documents, p passages, u units (words, or characters where a script writes no spaces) of one document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from semascope.data.near import SPACELESS
from semascope.errors import ConfigError
from semascope.retrieval.cutting.packing import pack
from semascope.retrieval.cutting.sentences import sentence_ends
from semascope.types import Step, silent

if TYPE_CHECKING:
    from semascope.types import Floats, Ints, Mask, Progress

Count: TypeAlias = Callable[[Sequence[str]], Sequence[int]]
"""Tokens of each text: ``Encoder.count_tokens``, of the prompts that the texts become where a template adds to them."""

FEWEST = 16
"""Tokens of a passage: below, an instruction and special tokens leave no room for a word."""
_UNIT = re.compile(rf"[{SPACELESS}]\s?|[^\s{SPACELESS}]+\s?|\s{{1,16}}")
_LEAST = 1e-3  # tokens
_TOGETHER = 1_000  # documents whose words are counted at once


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageLength:
    """How long passages are, in tokens, and how many tokens they share with the one before.

    Examples
    --------
    >>> PassageLength.read("256/32"), PassageLength.read("128").label
    (PassageLength(tokens=256, overlap=32), '128')
    """

    tokens: int  # at most, as the encoder counts them, special tokens included
    overlap: int = 0  # at most

    def __post_init__(self) -> None:
        if self.tokens < FEWEST:
            raise ConfigError(f"passage has {self.tokens} tokens; it must have {FEWEST} or more; take 128")
        if not 0 <= self.overlap <= self.tokens // 2:
            raise ConfigError(
                f"passages of {self.tokens} tokens overlap by {self.overlap}; it must be half of them at most; "
                f"take {self.tokens}/{self.tokens // 8}"
            )

    @classmethod
    def read(cls, written: str) -> Self:
        """The length that ``TOKENS`` or ``TOKENS/OVERLAP`` says."""
        found = re.fullmatch(r"(\d{1,9})(?:/(\d{1,9}))?", written.strip(), flags=re.ASCII)
        if found is None:
            raise ConfigError(
                f"passage is {written!r}; it must be TOKENS or TOKENS/OVERLAP; write for example 256/32"
            )
        return cls(tokens=int(found[1]), overlap=int(found[2] or 0))

    @property
    def label(self) -> str:
        """As it is written."""
        return f"{self.tokens}/{self.overlap}" if self.overlap else str(self.tokens)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Passages:
    """Parts of n documents, document after document and in their order. Every document has one or more."""

    owners: Ints  # (p,) positions of the documents
    starts: Ints  # (p,) offsets in the document's characters
    ends: Ints  # (p,)

    def texts(self, documents: Sequence[str]) -> list[str]:
        """What each passage says, without white space around it."""
        places = zip(self.owners.tolist(), self.starts.tolist(), self.ends.tolist(), strict=True)
        return [documents[owner][start:end].strip() for owner, start, end in places]

    def ids(self, doc_ids: Sequence[str]) -> list[str]:
        """An id for each passage: its document's, ``#`` and its number there, from 0."""
        first = np.searchsorted(self.owners, self.owners)
        numbers = (np.arange(len(self.owners)) - first).tolist()
        return [
            f"{doc_ids[owner]}#{number}" for owner, number in zip(self.owners.tolist(), numbers, strict=True)
        ]


def cut_documents(
    documents: Sequence[str], length: PassageLength, *, count: Count, progress: Progress = silent
) -> Passages:
    """The passages of n documents.

    A passage ends with a sentence where one ends within reach; a longer sentence is cut between words, or characters
    of scripts without spaces, and a longer word between characters. Together the passages of a document cover all of it.
    Neighbours share whole words: as many as ``length.overlap`` tokens hold, fewer where a sentence then fits whole. A
    passage has at most ``length.tokens`` tokens, by a count of the very passage; a single character that has more by
    itself stands alone.

    Parameters
    ----------
    documents
        n texts; one without text is one passage without text.
    count
        Tokens of each text, as the encoder that will read the passages counts them.
    progress
        Called now and then.
    """
    cutter = _Cutter(length, count)
    owners, starts, ends = [], [], []
    for first in range(0, len(documents), _TOGETHER):
        some = documents[first : first + _TOGETHER]
        for place, spans in enumerate(cutter.cut(some), start=first):
            owners += [place] * len(spans)
            starts += [start for start, _ in spans]
            ends += [end for _, end in spans]
        progress(Step(stage="cutting passages", done=first + len(some), total=len(documents), unit="rows"))
    return Passages(
        owners=np.array(owners, dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        ends=np.array(ends, dtype=np.int64),
    )


@dataclass(kw_only=True, slots=True, eq=False)
class _Document:
    text: str
    borders: Ints  # (u + 1,) offsets of the units, and the end
    sizes: (
        Floats  # (u,) tokens that a unit is taken to have; they grow where a passage turned out to have more
    )
    closes: Mask  # (u,) whether a sentence ends with the unit

    def said(self, span: tuple[int, int]) -> str:
        return self.text[self.borders[span[0]] : self.borders[span[1]]].strip()


class _Cutter:
    """Cuts some documents after the others, and remembers what words count."""

    def __init__(self, length: PassageLength, count: Count) -> None:
        self._length, self._count = length, count
        self._frame = count([""])[0]  # special tokens, and a template's own
        self._room = length.tokens - self._frame
        if self._room < FEWEST // 2:
            raise ConfigError(
                f"passage has {length.tokens} tokens, of which {self._frame} are there before any text; "
                f"it must leave {FEWEST // 2}; take {self._frame + 128}"
            )
        self._known: dict[str, int] = {}

    def cut(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Start and end of each passage of each text."""
        documents = self._read(texts)
        spans: list[list[tuple[int, int]]] = [[] for _ in texts]
        open_ = list(range(len(texts)))
        while open_:
            for place in open_:
                spans[place] = self._packed(documents[place])
            said = [documents[place].said(span) for place in open_ for span in spans[place]]
            counted = iter(self._count(said))
            open_ = [
                place
                for place in open_
                if self._grown(documents[place], [(span, next(counted)) for span in spans[place]])
            ]
        return [
            [(int(each.borders[start]), int(each.borders[end])) for start, end in of_text] or [(0, 0)]
            for each, of_text in zip(documents, spans, strict=True)
        ]

    def _packed(self, document: _Document) -> list[tuple[int, int]]:
        return pack(document.sizes, document.closes, room=self._room, overlap=self._length.overlap)

    def _grown(self, document: _Document, counted: list[tuple[tuple[int, int], int]]) -> bool:
        """Make the units of passages over the limit larger; whether there was one that can be cut."""
        grown = False
        # From the end, because a unit that becomes several moves those behind it.
        for (start, end), tokens in reversed(counted):
            if tokens <= self._length.tokens:
                continue
            if end - start > 1:
                sizes = document.sizes[start:end] + _LEAST  # one that counts nothing by itself may count here
                document.sizes[start:end] = sizes * (tokens - self._frame) / sizes.sum()
            elif document.borders[end] - document.borders[start] > 1:
                self._split(document, start)
            else:
                continue
            grown = True
        return grown

    def _read(self, texts: Sequence[str]) -> list[_Document]:
        units = [text_units(text) for text in texts]
        self._learn(
            text[a:b] for text, (borders, _) in zip(texts, units, strict=True) for a, b in pairwise(borders)
        )
        whole = [tokens - self._frame for tokens in self._count(texts)] if texts else []
        return [
            self._document(text, borders, closes, tokens)
            for text, (borders, closes), tokens in zip(texts, units, whole, strict=True)
        ]

    def _document(self, text: str, borders: list[int], closes: list[bool], tokens: int) -> _Document:
        sizes = np.array([self._known[_bare(text[a:b])] for a, b in pairwise(borders)], dtype=np.float64)
        document = _Document(
            text=text,
            borders=np.array(borders, dtype=np.int64),
            sizes=sizes,
            closes=np.array(closes, dtype=np.bool_),
        )
        for unit in np.flatnonzero(sizes > self._room)[::-1].tolist():
            self._split(document, unit)
        # Words count other than their text does: a tokenizer joins over their borders, or adds to each alone.
        if document.sizes.sum() > 0:
            document.sizes *= max(tokens, 1) / document.sizes.sum()
        return document

    def _split(self, document: _Document, unit: int) -> None:
        """Make a word units of one character each, which count together as much as the word."""
        start, end = document.borders[unit : unit + 2].tolist()
        characters = document.text[start:end]
        self._learn(characters)
        sizes = np.array([self._known[_bare(each)] for each in characters], dtype=np.float64)
        if sizes.sum() > 0:
            sizes *= document.sizes[unit] / sizes.sum()
        closes = np.zeros(len(characters), dtype=np.bool_)
        closes[-1] = document.closes[unit]
        document.borders = np.concatenate(
            [document.borders[:unit], np.arange(start, end), document.borders[unit + 1 :]]
        )
        document.sizes = np.concatenate([document.sizes[:unit], sizes, document.sizes[unit + 1 :]])
        document.closes = np.concatenate([document.closes[:unit], closes, document.closes[unit + 1 :]])

    def _learn(self, units: Iterable[str]) -> None:
        fresh = sorted({_bare(unit) for unit in units} - self._known.keys())
        if fresh:
            counted = self._count(fresh)
            self._known |= {
                unit: max(tokens - self._frame, 0) for unit, tokens in zip(fresh, counted, strict=True)
            }


def _bare(unit: str) -> str:
    """A unit as it is counted: without the space behind it, unless it is nothing but space."""
    return unit.rstrip() or unit


def text_units(text: str) -> tuple[list[int], list[bool]]:
    """Offsets of the units of a text, and its end; and of each unit whether a sentence ends with it."""
    borders, closes = [0], []
    start = 0
    for end in sentence_ends(text):
        ends = [match.end() for match in _UNIT.finditer(text, start, end)]
        borders += ends
        closes += [False] * (len(ends) - 1) + [True]
        start = end
    return borders, closes
