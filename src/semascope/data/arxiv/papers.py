"""One paper as a row, and which ones say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import arxiv

_VERSION = re.compile(r"v(\d+)$")
_GONE = re.compile(
    r"\b(?:paper|article|manuscript|submission|preprint|e-?print|work|version|note|letter|thesis|it)\s+"
    r"(?:(?:has|have|had|is|was|being|been|to|be|now|temporarily|hereby)\s+)*withdrawn\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W*withdrawn\b", re.IGNORECASE)
BEGINNING = (
    250  # characters of an abstract that is looked at: one that goes on about other things is a paper's
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One paper, in its last version that was seen."""

    id: str  # without the version
    version: int
    title: str
    abstract: str
    categories: tuple[str, ...]
    primary: str
    published: str  # first version, UTC: 2007-04-01T12:00:00Z
    updated: str  # this version
    authors: tuple[str, ...]
    doi: str | None
    is_withdrawn: bool


def paper_of(result: arxiv.Result) -> Paper:
    """A result of the client; every run of white space in its texts, line ends too, is one space."""
    short = result.get_short_id()
    version = _VERSION.search(short)
    title, abstract, comment = (
        one_line(text) for text in (result.title, result.summary, result.comment or "")
    )
    return Paper(
        id=short[: version.start()] if version else short,
        version=int(version[1]) if version else 1,
        title=title,
        abstract=abstract,
        categories=tuple(dict.fromkeys([result.primary_category, *result.categories])),
        primary=result.primary_category,
        published=_utc(result.published),
        updated=_utc(result.updated),
        authors=tuple(filter(None, (one_line(author.name) for author in result.authors))),
        doi=one_line(result.doi or "") or None,
        is_withdrawn=says_withdrawn(abstract=abstract, comment=comment),
    )


def one_line(text: str) -> str:
    r"""The text with every run of white space as one space.

    Examples
    --------
    >>> one_line("  Tides on a\n  rotating sphere ")
    'Tides on a rotating sphere'
    """
    return " ".join(text.split())


def says_withdrawn(*, abstract: str, comment: str) -> bool:
    """Whether a paper says that it was withdrawn: arXiv has no field for it.

    Examples
    --------
    >>> says_withdrawn(abstract="This paper has been withdrawn by the author.", comment="")
    True
    >>> says_withdrawn(abstract="Water is withdrawn from lakes.", comment="replaces a withdrawn paper")
    False
    """
    return any(_GONE.search(text) or _BARE.match(text) for text in (abstract[:BEGINNING], comment))


def _utc(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
