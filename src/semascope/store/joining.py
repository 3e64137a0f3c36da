"""Rows of another store taken in: what both have must agree, and nothing is written before all of it was looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.precision import TOLERANCE
from semascope.errors import ConfigError, StoreError
from semascope.store.canary import allowed_distance, distance
from semascope.store.folder import SEGMENT, names_with
from semascope.store.keys import KEY_BYTES
from semascope.store.segment import DamagedSegment, damage
from semascope.store.shelf import Shelf
from semascope.store.speeds import Speeds
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.store.canary import Canary
    from semascope.store.keys import Keys
    from semascope.store.segment import Segment
    from semascope.store.vectors import VectorStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """What one encoder's rows came to."""

    fingerprint: str
    encoder: str  # what it was loaded by; "" where the store does not say
    rows: int  # of the other store
    added: int  # rows that this store lacked


def join(into: VectorStore, other: VectorStore) -> list[Joined]:
    """Take in the rows, canaries and speeds of another store; its own files stay as they are.

    Killed at any moment, what was taken in stays, and the same call again takes in the rest.

    Raises
    ------
    ConfigError
        When there is no other store, or it is this one.
    StoreError
        When a row or a canary that both have differs by more than rounding, or a segment of the other store is damaged (it is
        set aside). Nothing is taken in then.
    """
    if not other.root.is_dir():
        raise ConfigError(f"{other.root} is no folder; the folder of another store is needed; check the path")
    if into.root.resolve() == other.root.resolve():
        raise ConfigError(
            f"{other.root} is the store itself; name another one to take in, or another --store"
        )
    found_there = other.info()
    unread = [
        info.folder for info in found_there if not info.fingerprint and names_with(info.folder, SEGMENT)
    ]
    if unread:
        raise StoreError(
            f"{unread[0]} holds rows of an encoder, and none of its files can be opened; nothing was taken in; copy it again, or run"
            f" semascope store verify --store {other.root}, which sets damaged files aside"
        )
    shelves = [_shelf(other, info.fingerprint) for info in found_there if info.fingerprint]
    if not shelves:
        raise ConfigError(
            f"{other.root} holds no vectors; the folder of a store is needed, with one folder an encoder; check the path"
        )
    for shelf in shelves:
        _check(into, other, shelf)
    found = [_take(into, other, shelf) for shelf in shelves]
    Speeds(into.root).take(Speeds(other.root))
    return found


def _shelf(store: VectorStore, fingerprint: str) -> Shelf:
    shelf = Shelf(store.root, fingerprint)
    shelf.refresh()
    return shelf


def _check(into: VectorStore, other: VectorStore, shelf: Shelf) -> None:
    """Every byte of the other store's rows, and that those which both have are the same but for rounding."""
    ours, theirs = into.canary(shelf.fingerprint), other.canary(shelf.fingerprint)
    allowed = _allowed(shelf)
    if ours and theirs and ours.prompt == theirs.prompt:
        apart = distance(ours.vector, theirs.vector)
        if apart > allowed:
            raise _differing(into, other, shelf, f"their canary prompt has vectors{_far(apart, allowed)}")
    both, unlike, furthest = 0, 0, 0.0
    for segment in shelf.segments:
        if reason := damage(segment):
            raise shelf.give_up(DamagedSegment(segment.path, reason))
        known, found = into.get(shelf.fingerprint, _keys(segment))
        if known.shape[1] not in (0, segment.dim):
            raise _differing(into, other, shelf, f"rows have {known.shape[1]} and {segment.dim} dims")
        if found.any():
            gaps = np.linalg.norm(known[found] - segment.vectors[found], axis=1)
            both, unlike = both + int(found.sum()), unlike + int((gaps > allowed).sum())
            furthest = max(furthest, float(gaps.max()))
    if unlike:
        what = f"{unlike:,} of the {count(both, 'row')} that both hold {'lies' if unlike == 1 else 'lie'}"
        raise _differing(into, other, shelf, f"{what}{_far(furthest, allowed)}")


def _far(apart: float, allowed: float) -> str:
    return f" up to {apart:.2g} apart, and rounding moves them by {allowed:.2g} at most"


def _differing(into: VectorStore, other: VectorStore, shelf: Shelf, what: str) -> StoreError:
    name = _name(other.canary(shelf.fingerprint) or into.canary(shelf.fingerprint))
    return StoreError(
        f"{into.root} and {other.root} do not go together for encoder {name or shelf.fingerprint!r} (fingerprint"
        f" {shelf.fingerprint}): {what}; nothing was merged; find the store that is wrong (semascope store verify --store FOLDER)"
        f" and remove its rows (semascope store clear --fingerprint {shelf.fingerprint} --store FOLDER)"
    )


def _allowed(shelf: Shelf) -> float:
    """How far rows of one fingerprint may lie apart; its end names the arithmetic."""
    precision = shelf.fingerprint.rpartition("-")[2]
    return allowed_distance(TOLERANCE.get(precision, 0.0), shelf.dim)


def _take(into: VectorStore, other: VectorStore, shelf: Shelf) -> Joined:
    theirs, before = other.canary(shelf.fingerprint), into.count(shelf.fingerprint)
    if theirs is not None and into.canary_stamp(shelf.fingerprint) is None:
        into.put_canary(replace(theirs, rows_before=theirs.rows_before + before))
    for segment in shelf.segments:
        into.put(shelf.fingerprint, _keys(segment), segment.vectors, meta=segment.meta)
    return Joined(
        fingerprint=shelf.fingerprint,
        encoder=_name(theirs),
        rows=len(shelf),
        added=into.count(shelf.fingerprint) - before,
    )


def _keys(segment: Segment) -> Keys:
    return np.ascontiguousarray(segment.words).view(np.uint8).reshape(-1, KEY_BYTES)


def _name(canary: Canary | None) -> str:
    return "" if canary is None else canary.encoder.get("name", "")
