"""Texts that one of the two encoders was tuned on: it looks better there than it is, so they judge nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.seen import among
from semascope.encoders.protocol import Tuned
from semascope.errors import DataError
from semascope.studies.heads.asking.rows import FEWEST_HELD_OUT
from semascope.studies.retrieval.asking.seen import seen_queries
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.switching.asking.searched import Searched
    from semascope.studies.switching.asking.side import Side
    from semascope.studies.switching.asking.texts import Texts
    from semascope.types import Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What is left to judge on, said."""

    names: tuple[str, ...]  # encoders that were tuned on some of it
    left_out: int  # rows or queries that judge nothing for that reason


def without_seen(sides: tuple[Side, Side], asked: Texts) -> tuple[Texts, Seen]:
    """The texts with those that an encoder was tuned on taken from the rows that judge; a near copy counts as the text.

    Raises
    ------
    DataError
        When a target has too few rows left.
    """
    masks = {side.name: _seen(side, asked) for side in sides}
    names = tuple(name for name, mask in masks.items() if mask[asked.split.test].any())
    if not names:
        return asked, Seen(names=(), left_out=0)
    either = np.any(list(masks.values()), axis=0)
    test = asked.split.test
    left = test[~either[test]]
    for target in asked.targets:
        values = len(target.known(left))
        if values < FEWEST_HELD_OUT:
            raise DataError(
                f"target {target.name!r} has {count(values, 'held-out value')} in texts that {listing(list(names))} did not see in"
                f" training; at least {FEWEST_HELD_OUT} are needed; give texts that it was not tuned on"
            )
    found = replace(asked, split=replace(asked.split, test=left))
    return found, Seen(names=names, left_out=len(test) - len(left))


def without_seen_queries(sides: tuple[Side, Side], asked: Searched) -> tuple[Searched, Seen]:
    """The collection with the queries that an encoder was tuned on, or whose documents it was, taken from those that judge.

    Raises
    ------
    DataError
        When no query is left.
    """
    if asked.asked is None:
        return asked, Seen(names=(), left_out=0)
    found = {side.name: seen_queries(asked.asked, side.encoder) for side in sides if side.encoder is not None}
    names = tuple(name for name, queries in found.items() if queries)
    if not names:
        return asked, Seen(names=(), left_out=0)
    seen = {query for queries in found.values() for query in queries}
    key = asked.asked.both(seen)
    before = 0 if asked.key is None else len(asked.key)
    return replace(asked, key=key), Seen(names=names, left_out=before - len(key))


def _seen(side: Side, asked: Texts) -> Mask:
    encoder = side.encoder
    if encoder is None or not isinstance(encoder, Tuned) or not len(encoder.seen):
        return np.zeros(len(asked), dtype=np.bool_)
    return np.isin(asked.copies, asked.copies[among(asked.texts, encoder.seen)])
