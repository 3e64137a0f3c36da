"""The part of a document that fits a query best, and where the query's words stand in it.

Letters: u units (words, or characters where a script writes no spaces) of a text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.pieces import is_unspaced
from semascope.retrieval.cutting.packing import pack
from semascope.retrieval.cutting.passages import text_units
from semascope.retrieval.indexes.hits import Snippet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.words.tokens import WordReader

WORDS = 40
"""Units of a part: two or three sentences."""
_READ = 20_000  # characters of a document that are looked at
_RUN = re.compile(r"\w+")

Span = tuple[int, int]


def parts_of(text: str) -> list[Span]:
    """Start and end of parts of some forty words, at sentence ends where possible; of a long text its beginning alone."""
    borders, closes = text_units(text[:_READ])
    sizes = np.ones(len(borders) - 1)
    spans = pack(sizes, np.array(closes, dtype=np.bool_), room=WORDS, overlap=0)
    return [(borders[start], borders[end]) for start, end in spans] or [(0, 0)]


def best_part(text: str, query: str, parts: Sequence[Span], reader: WordReader) -> tuple[Span, int]:
    """The part with the most words of the query, of equal ones the first; and how many words these are.

    A word that stands in fewer parts says more: each counts one over the number of parts that have it.
    """
    asked = set(reader.read(query))
    shared = [asked & set(reader.read(text[start:end])) for start, end in parts]
    spread = {word: sum(word in each for each in shared) for word in asked}
    scores = [sum(1 / spread[word] for word in each) for each in shared]
    best = int(np.argmax(scores))
    return parts[best], len(shared[best])


def make_snippet(text: str, query: str, span: Span, reader: WordReader) -> Snippet:
    """The snippet of a part, without white space around it."""
    start, end = span
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    said = said.strip()
    asked = set(reader.read(query))
    return Snippet(text=said, start=start, end=start + len(said), words=tuple(_marked(said, asked, reader)))


def _marked(said: str, asked: set[str], reader: WordReader) -> list[Span]:
    """Where words stand that are read as a word of the query is."""
    known: dict[str, bool] = {}

    def is_asked(piece: str) -> bool:
        if piece not in known:
            known[piece] = bool(asked.intersection(reader.read(piece)))
        return known[piece]

    found: list[Span] = []
    for run in _RUN.finditer(said):
        start, end = run.span()
        pieces = [(start, end)]
        if any(map(is_unspaced, run.group())):  # its words are pairs of characters
            pieces = list(pairwise(range(start, end + 1)))
            pieces = [(a, b + 1) for a, b in pieces if b < end] or [(start, end)]
        for a, b in pieces:
            if not is_asked(said[a:b]):
                continue
            if found and a <= found[-1][1]:
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
    return found
