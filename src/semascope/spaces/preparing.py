"""The spaces that a map compares, checked, on the texts that all of them can place."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints, Mask, Vectors

_BLOCK = 4_194_304  # numbers looked at at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Space:
    """One way of placing the texts: by vectors, or by coordinates that come from elsewhere."""

    name: str  # short: "sentiment"
    caption: str = ""  # the instruction's sentence, or what else made the space
    vectors: Array | None = None  # (n, d), any length: directions are compared
    coordinates: Array | None = None  # (n, 2), NaN where a text has no place


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """A space whose every row can be used."""

    name: str
    caption: str
    vectors: Vectors | None = field(repr=False)  # (n, d) float32 of unit length
    coordinates: Floats | None = field(repr=False)  # (n, 2)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prepared:
    """The spaces on the texts that are left."""

    spaces: tuple[Placed, ...]
    kept: Ints  # (n,) places of the texts that are left
    kinds: Ints  # (n,) numbers from 0, equal where texts have equal vectors in every space
    notes: tuple[str, ...]  # which were left out, and why


def prepare(spaces: Sequence[Space], rows: Ints) -> Prepared:
    """The spaces with unit vectors, without the texts that some space gives no direction.

    Parameters
    ----------
    spaces
        1 or more with different names. A vector that is not finite or is zero has no direction: its text is left
        out of all panels, so that every panel shows the same texts.
    rows
        (n,) what a message calls each text: its row in the file.

    Raises
    ------
    ConfigError
        No space, a name twice, both or neither of vectors and coordinates.
    DataError
        Another number of rows than texts, not numbers, no text left, or coordinates that place no text.
    """
    _check_names(spaces)
    usable = np.ones(len(rows), dtype=bool)
    notes = []
    for space in spaces:
        _check_shape(space, len(rows))
        if space.vectors is None:
            continue
        direction = _has_direction(np.asarray(space.vectors))
        if not direction.all():
            notes.append(_left_out(space.name, rows[~direction]))
        usable &= direction
    if len(rows) and not usable.any():
        raise DataError(
            f"no text has a usable vector in every space ({' '.join(notes)}); every row must be finite and not "
            "zero; embed the texts again"
        )
    kept = np.flatnonzero(usable)
    placed = tuple(_placed(space, kept) for space in spaces)
    for each in placed:
        notes += _without_place(each)
    return Prepared(spaces=placed, kept=kept, kinds=_kinds(placed, len(kept)), notes=tuple(notes))


def _check_names(spaces: Sequence[Space]) -> None:
    if not spaces:
        raise ConfigError("there is no space; a map needs one or more; name an encoder or coordinates")
    names = [space.name for space in spaces]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two spaces are called {name!r}; names must differ; rename one")
    for space in spaces:
        if (space.vectors is None) == (space.coordinates is None):
            given = "neither" if space.vectors is None else "both"
            raise ConfigError(
                f"space {space.name!r} has {given} of vectors and coordinates; it takes one of them; pass one"
            )


def _check_shape(space: Space, texts: int) -> None:
    values = np.asarray(space.vectors if space.vectors is not None else space.coordinates)
    wanted = "(texts, dim)" if space.vectors is not None else "(texts, 2)"
    right = values.ndim == 2 and values.dtype.kind in "fiub" and values.shape[1] > 0
    if not right or (space.coordinates is not None and values.shape[1] != 2):
        raise DataError(
            f"space {space.name!r} has shape {values.shape} and type {values.dtype}; it must be numbers of shape "
            f"{wanted}; pass one row a text"
        )
    if len(values) != texts:
        raise DataError(
            f"space {space.name!r} has {len(values):,} rows for {texts:,} texts; it needs one a text; "
            "pass the same texts in every space"
        )


def _has_direction(vectors: Array) -> Mask:
    found = np.empty(len(vectors), dtype=bool)
    for rows, block in _blocks(vectors):
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(block.astype(np.float64), axis=1)
        found[rows] = np.isfinite(lengths) & (lengths > 0)
    return found


def _placed(space: Space, kept: Ints) -> Placed:
    if space.vectors is None:
        values = np.asarray(space.coordinates, dtype=np.float64)[kept]
        places = values.copy()
        finite = np.logical_and(np.isfinite(values[:, 0]), np.isfinite(values[:, 1]))
        places[~finite] = np.nan
        return Placed(name=space.name, caption=space.caption, vectors=None, coordinates=places)
    unit = unit_rows(np.asarray(space.vectors), kept)
    return Placed(name=space.name, caption=space.caption, vectors=unit, coordinates=None)


def _without_place(space: Placed) -> list[str]:
    """How many texts have no coordinates; a panel that would be empty is refused."""
    if space.coordinates is None:
        return []
    there = np.isfinite(space.coordinates[:, 0])
    if not there.any():
        raise DataError(
            f"space {space.name!r} places no text: not one has both coordinates; at least one is needed; "
            "name two columns of numbers"
        )
    missing, n = int((~there).sum()), len(there)
    verb = "has" if missing == 1 else "have"
    return [f"{missing:,} of {n:,} texts {verb} no place in {space.name!r}."] if missing else []


def _kinds(spaces: Sequence[Placed], n: int) -> Ints:
    """(n,) numbers from 0, equal where two texts have equal vectors in every space."""
    known: dict[tuple[bytes, ...], int] = {}
    vectors = [space.vectors for space in spaces if space.vectors is not None]
    if not vectors:
        return np.arange(n)
    kinds = np.empty(n, dtype=np.int64)
    for row in range(n):
        content = tuple(blake2b(each[row].tobytes(), digest_size=16).digest() for each in vectors)
        kinds[row] = known.setdefault(content, len(known))
    return kinds


def unit_rows(vectors: Array, kept: Ints) -> Vectors:
    """The kept rows as float32 of unit length; the array itself where it already is all that."""
    if len(kept) == len(vectors) and vectors.dtype == np.float32 and _is_unit(vectors):
        return vectors
    unit = np.empty((len(kept), vectors.shape[1]), dtype=np.float32)
    height = max(_BLOCK // vectors.shape[1], 1)
    for start in range(0, len(kept), height):
        block = vectors[kept[start : start + height]].astype(np.float64)
        unit[start : start + height] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return unit


def _is_unit(vectors: Vectors) -> bool:
    return all(
        bool((np.abs(np.einsum("ij,ij->i", block, block) - 1) < 1e-5).all()) for _, block in _blocks(vectors)
    )


def _blocks(vectors: Array) -> list[tuple[slice, Array]]:
    height = max(_BLOCK // vectors.shape[1], 1)
    return [
        (slice(start, start + height), vectors[start : start + height])
        for start in range(0, len(vectors), height)
    ]


def _left_out(name: str, rows: Ints) -> str:
    are = "is" if len(rows) == 1 else "are"
    return f"{count(len(rows), 'text')} {are} left out: the vector in {name!r} is not finite or is zero ({some_rows(rows, limit=5)})."
