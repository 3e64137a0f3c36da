"""Why a query fails: one reason for each, from the documents that stand above a relevant one.

Letters: n documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.words.shared_words import SharedWords
    from semascope.types import Ints

Reason = Literal["nothing", "cut", "copy", "topic", "words", "meaning"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""In the order in which they are looked for; the first that holds is the reason.

``nothing``: no document was found. ``cut``: the encoder did not read the sentence of the relevant document that shares most with
the query. ``copy``: a near-copy of the relevant document stands above it. ``topic``: all that stands above has another topic.
``words``: what stands above shares more words with the query. ``meaning``: it does not, and stands above all the same.
"""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Corpus:
    """What reasons are read from, of n documents."""

    texts: Sequence[str]
    copies: Ints  # (n,) labels: documents that say the same share one
    words: SharedWords
    unread: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # characters that no encoder read
    topics: Sequence[str] | None = None  # (n,); "" where a document has none


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One reason, and what it was read from."""

    reason: Reason
    document: int  # the relevant document that it is about
    rank: int | None  # of that document, from 1; None where it was not found
    above: Sequence[int]  # documents that stand above it and are not relevant, best first


def cause_of(
    query: str, found: Sequence[int], grades: Mapping[int, float], *, cutoff: int, corpus: Corpus
) -> Cause | None:
    """Why a relevant document does not stand where it should.

    Parameters
    ----------
    query
        Its text.
    found
        Places of the documents that were found for it, best first.
    grades
        Of the judged documents, by place; above 0 is relevant, and one is.
    cutoff
        Documents looked at, 1 or more.

    Returns
    -------
    Cause or None
        About the first relevant document with an irrelevant one above it; of those that were not found, about the one that
        shares most words with the query. None where no irrelevant document stands above a relevant one.
    """
    target = _target(query, found, grades, corpus)
    if target is None:
        return None
    document, rank = target
    higher = found if rank is None else found[: rank - 1]
    above = [place for place in higher[:cutoff] if not grades.get(place, 0.0) > 0]
    if found and not above:  # what is irrelevant stands behind the cutoff
        return None
    return Cause(reason=_reason(query, document, above, corpus), document=document, rank=rank, above=above)


def _target(
    query: str, found: Sequence[int], grades: Mapping[int, float], corpus: Corpus
) -> tuple[int, int | None] | None:
    irrelevant_above = False
    for rank, place in enumerate(found, 1):
        relevant = grades.get(place, 0.0) > 0
        if relevant and irrelevant_above:
            return place, rank
        irrelevant_above |= not relevant
    there = set(found)
    missing = sorted(place for place, grade in grades.items() if grade > 0 and place not in there)
    if not missing or (found and not irrelevant_above):
        return None
    return max(missing, key=lambda place: corpus.words.shared(query, corpus.texts[place])), None


def _reason(query: str, document: int, above: Sequence[int], corpus: Corpus) -> Reason:
    if not above:
        return "nothing"
    if _matches_behind_the_cut(query, document, corpus):
        return "cut"
    if any(corpus.copies[place] == corpus.copies[document] for place in above):
        return "copy"
    if corpus.topics is not None and corpus.topics[document]:
        topics = [corpus.topics[place] for place in above]
        if all(topic and topic != corpus.topics[document] for topic in topics):
            return "topic"
    own = corpus.words.shared(query, corpus.texts[document])
    theirs = float(np.mean([corpus.words.shared(query, corpus.texts[place]) for place in above]))
    return "words" if theirs > own else "meaning"


def _matches_behind_the_cut(query: str, document: int, corpus: Corpus) -> bool:
    """Whether the middle of the sentence that shares most with the query was not read."""
    unread = corpus.unread.get(document)
    if unread is None:
        return False
    best = corpus.words.passage(query, corpus.texts[document])
    return best.weight > 0 and unread[0] <= (best.start + best.end) / 2 < unread[1]
