"""The part of a document that fits a query best, and where the query's words stand in it.

Letters: u units (words, or characters where a script writes no spaces) of a text.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.pieces import is_unspaced
from semascope.retrieval.cutting.packing import pack
from semascope.retrieval.cutting.passages import text_units
from semascope.retrieval.cutting.sentences import sentence_ends
from semascope.retrieval.indexes.hits import Snippet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.words.tokens import WordReader

WORDS = 40
"""Units of a part: two or three sentences."""
_READ = 20_000  # characters of a document of which every part is looked at
_LOOKED_THROUGH = 500_000  # characters of which the words are: 40 ms, 300 of a script without spaces
_STRETCH = 400  # characters that are read at once behind ``_READ``; a part begins as far before them at most
_PLACES = 10  # stretches whose parts are looked at
_RUN = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def parts_of(text: str) -> list[Span]:
    """Start and end of parts of some forty words, at sentence ends where possible; of a long text its beginning alone."""
    return _cut(text, 0, _READ) or [(0, 0)]


def best_part(text: str, query: str, parts: Sequence[Span], reader: WordReader) -> tuple[Span, int]:
    """The part with the most words of the query, of equal ones the first; and how many words these are.

    A word that stands in fewer parts says more: each counts one over the number of parts that have it. Where the parts
    given are the beginning of a long text, and no part of it has all words, what follows is looked through too.
    """
    asked = set(reader.read(query))
    shared = _shared(text, parts, asked, reader)
    if len(text) > _READ and max(map(len, shared)) < len(asked):
        far = _far_parts(text, asked, reader)
        parts, shared = [*parts, *far], [*shared, *_shared(text, far, asked, reader)]
    scores = _worth(shared)
    best = int(np.argmax(scores))
    return parts[best], len(shared[best])


def _shared(text: str, spans: Sequence[Span], asked: set[str], reader: WordReader) -> list[set[str]]:
    return [asked & set(reader.read(text[start:end])) for start, end in spans]


def _worth(shared: Sequence[set[str]]) -> list[float]:
    """Of each part one over the number of parts that have it, for each word."""
    spread = Counter(word for each in shared for word in each)
    return [sum(1 / spread[word] for word in each) for each in shared]


def _far_parts(text: str, asked: set[str], reader: WordReader) -> list[Span]:
    """Parts behind the beginning of a text, of the stretches that have most words of a query."""
    stretches = _stretches(text)
    shared = _shared(text, stretches, asked, reader)
    worth = np.array(_worth(shared))
    best = [place for place in np.argsort(-worth, kind="stable")[:_PLACES].tolist() if shared[place]]
    found = set()
    for start, end in (stretches[place] for place in best):
        before = _at_space(text, max(start - _STRETCH, 0))
        begin = before + (sentence_ends(text[before:start])[:-1] or [0])[0]
        found |= {span for span in _cut(text, begin, end + _STRETCH) if span[1] > start and span[0] < end}
    return sorted(found)


def _stretches(text: str) -> list[Span]:
    """What follows the beginning of a text, in pieces that end with a word where they can."""
    end = min(len(text), _LOOKED_THROUGH)
    borders = [_at_space(text, _READ - _STRETCH)]  # a word may stand across the border
    while borders[-1] < end:
        borders.append(min(_at_space(text, borders[-1] + _STRETCH), end))
    return list(pairwise(borders))


def _at_space(text: str, place: int) -> int:
    """The first place from here on where a word may begin; this one where words have no end in sight."""
    found = _SPACE.search(text, place, place + _STRETCH)
    return found.end() if found else place


def _cut(text: str, start: int, end: int) -> list[Span]:
    """Parts of a piece of text."""
    borders, closes = text_units(text[start:end])
    sizes = np.ones(len(borders) - 1)
    spans = pack(sizes, np.array(closes, dtype=np.bool_), room=WORDS, overlap=0)
    return [(start + borders[first], start + borders[last]) for first, last in spans]


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
        if not run.group().isascii() and any(
            map(is_unspaced, run.group())
        ):  # its words are pairs of characters
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
