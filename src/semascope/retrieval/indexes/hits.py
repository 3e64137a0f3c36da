"""What a search finds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.embedding.bill import Bill


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippet:
    """The part of a document's text that fits a query best; its title is no part of it."""

    text: str  # ``hit.text[start:end]``
    start: int
    end: int
    words: tuple[tuple[int, int], ...]  # where words of the query stand, in ``text``


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One document that was found."""

    rank: int  # from 1
    id: str
    score: float  # of the way of searching: a similarity, a BM25 score, a sum of either
    title: str
    text: str
    columns: Mapping[str, Any]  # what else its file said; missing cells are left out
    snippet: Snippet


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What became of the documents that were given."""

    added: int
    replaced: int  # of those added, ids that were there with something else
    skipped: int  # that are there as they were given
    empty: tuple[str, ...] = ()  # ids without a letter to read, in the order given; they are kept
    cut: int = 0  # texts that an encoder did not read to their end, over all encoders
    tokens_lost_share: float = 0.0  # of all tokens, over all encoders
    bills: tuple[Bill, ...] = ()  # of encoders behind an API, one a currency


@dataclass(frozen=True, kw_only=True, slots=True)
class Deleted:
    """What became of the ids that were to be deleted."""

    deleted: int
    unknown: tuple[str, ...]  # ids that no document has
