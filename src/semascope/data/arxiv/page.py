"""One page of arXiv's answer: whether it is whole, how much it says there is, and which of its entries can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
}
UNREADABLE = "unreadable"
_SOME_TIME = "1991-08-14T00:00:00Z"  # the client wants one
_PAPER = re.compile(r"arxiv\.org/abs/\S")
_ERRORS = "/api/errors"  # an entry whose id holds this is no paper: arXiv says there what is wrong


class UnusablePage(Exception):
    """An answer that is no page, or not all of one."""


class RefusedQuery(Exception):
    """An answer in which arXiv says what is wrong with the question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a list of papers."""

    content: bytes  # as it came, with an entry of id ``UNREADABLE`` in the place of each that cannot be read
    total: int  # papers of the whole list, by this page
    entries: int
    unreadable: dict[str, str]  # id, or "an entry without id" -> what it lacks


def read_page(content: bytes) -> Page:
    """A page, checked before the client reads it.

    The client takes a page that was cut for a shorter one, and one date that cannot be read ends it. So cut pages are
    refused here, and entries that it could not read are named, and keep their place: the client counts entries to know where
    the next page begins.

    Raises
    ------
    UnusablePage
        For what is no feed, or a cut one.
    RefusedQuery
        With arXiv's own words.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnusablePage(f"it is no whole feed: {error}") from error
    total = (root.findtext("opensearch:totalResults", "", NAMES) or "").strip()
    entries = root.findall("atom:entry", NAMES)
    for entry in entries:
        if _ERRORS in (entry.findtext("atom:id", "", NAMES) or ""):
            raise RefusedQuery(" ".join((entry.findtext("atom:summary", "", NAMES) or "").split()))
    if not total.isdecimal():
        raise UnusablePage("it does not say how many papers there are")
    lacking = {entry: lack for entry in entries if (lack := _lack(entry))}
    unreadable = {_id(entry) or "an entry without id": lack for entry, lack in lacking.items()}
    for entry in lacking:
        _keep_place(entry)
    return Page(
        content=etree.tostring(root, xml_declaration=True, encoding="UTF-8") if lacking else content,
        total=int(total),
        entries=len(entries),
        unreadable=unreadable,
    )


def _id(entry: Any) -> str:
    return (entry.findtext("atom:id", "", NAMES) or "").strip()


def _keep_place(entry: Any) -> None:
    entry.clear()
    for name, text in (("id", UNREADABLE), ("published", _SOME_TIME), ("updated", _SOME_TIME)):
        etree.SubElement(entry, f"{{{NAMES['atom']}}}{name}").text = text


def _lack(entry: Any) -> str:
    """What an entry lacks; "" where it can be read."""
    if not _PAPER.search(_id(entry)):
        return "no id of arXiv"
    for name in ("published", "updated"):
        text = (entry.findtext(f"atom:{name}", "", NAMES) or "").strip()
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return f"{name} is {text!r}, no time"
    primary = entry.find("arxiv:primary_category", NAMES)
    return "" if primary is not None and primary.get("term") else "no primary category"
