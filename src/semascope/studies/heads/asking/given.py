"""Vectors that others computed stand in the grid as an encoder that is done: it has a row for each text, and makes none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self

import numpy as np

from semascope.data.read_vectors import ID, read_vectors
from semascope.embedding.account import Account, Embedded
from semascope.encoders.protocol import UNLIMITED, Space
from semascope.errors import DataError, EncoderError
from semascope.words.numbers import count, some_rows
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.data.read_vectors import VectorsFile
    from semascope.data.table import Table
    from semascope.encoders.protocol import Lengths
    from semascope.types import Array, Ints, Vectors

_UNIT = 1e-6  # rows whose length is 1 but for rounding stay as they are, to the bit
_SHOWN = 5  # ids that an error names


class RowsOfTexts(Protocol):
    """The rows whose vectors a file has."""

    @property
    def table(self) -> Table:
        """The n rows that are worked on, with their numbers in the file."""

    @property
    def file_rows(self) -> int:
        """Rows of the whole file, before any was left out."""


class GivenVectors:
    """An encoder as far as a study asks: name, width, fingerprint. Its rows are those of a file, one for each row of the study.

    Parameters
    ----------
    vectors
        (n, d) of unit length, row i belongs to row i of the study.
    name, source
        What it is called, and what reads it again.
    digest
        Of the file's bytes: the file may not change under a study.
    stated
        What was read, in sentences.
    """

    tolerance = 0.0
    languages = None
    max_tokens = UNLIMITED

    def __init__(
        self, vectors: Vectors, *, name: str, source: str, digest: str, stated: Sequence[str]
    ) -> None:
        self.vectors, self.name, self.source = vectors, name, source
        self.dim = int(vectors.shape[1])
        self.stated, self.digest = tuple(stated), digest
        self.space = Space(
            weights=f"file:{digest}",
            tokenizer="none",
            pooling="none",
            normalised=True,
            max_tokens=UNLIMITED,
            template="plain",
        )
        self.fingerprint = f"{self.space.digest}-float32"

    @classmethod
    def recorded(cls, about: Mapping[str, Any], *, name: str, source: str) -> Self:
        """What a record says of vectors, without them: a finished study is read again where their file is gone."""
        none = np.empty((0, int(about["dim"])), dtype=np.float32)
        return cls(none, name=name, source=source, digest=about["digest"], stated=about["stated"])

    def record(self) -> dict[str, Any]:
        """What ``recorded`` takes."""
        return {"dim": self.dim, "digest": self.digest, "stated": list(self.stated)}

    def embedded(self) -> Embedded:
        """The rows of the study; nothing was counted, and the time that they took is not known."""
        n = len(self.vectors)
        return Embedded(
            vectors=self.vectors,
            tokens=np.zeros(n, dtype=np.int64),
            truncated=np.zeros(n, dtype=np.bool_),
            account=Account(
                rows=n, distinct=n, hits=n, shared=0, tokens=0, truncated_rows=0, tokens_lost=0, split_rows=0,
                windows=0, read_tokens=0, empty_rows=(), repaired_rows=(), seconds=0.0, encode_seconds=0.0,
                encoded_tokens=0,
            ),
        )  # fmt: skip

    def load(self) -> None:
        """Do nothing: the vectors are there."""

    def in_way(self, long: str) -> Self:
        """Itself: how long texts were read was decided elsewhere."""
        return self

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Refuse: see ``encode``."""
        self._refuse()

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Refuse: see ``encode``."""
        self._refuse()

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """Refuse: a file has no vector of another text."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise EncoderError(
            f"{self.name!r} stands for the vectors of {self.source}; it encodes no text; name an encoder that runs here"
        )


def load_given(path: Path, rows: RowsOfTexts, *, called: str, source: str) -> GivenVectors:
    """The vectors of a file for the rows of a study.

    Raises
    ------
    DataError
        When the file cannot be read, or a row of the study has no vector, or one that is not finite or is zero.
    """
    found = read_vectors(path)
    places, how = _places(found, rows)
    vectors, changed = _unit(found.vectors[places], found, places)
    n, d = found.vectors.shape
    took = f"{found.taken} of {found.name}" if found.taken else found.name
    stated = [f"its vectors were computed elsewhere: {took}, {n:,} rows of {d} numbers, matched {how}"]
    stated.append("what they cost, and of which words they were made, is not known")
    if changed:
        stated.append(
            f"{count(changed, 'row')} of another length than 1 {'was' if changed == 1 else 'were'} brought to it"
        )
    return GivenVectors(vectors, name=called, source=source, digest=found.digest, stated=stated)


def _places(found: VectorsFile, rows: RowsOfTexts) -> tuple[Ints, str]:
    """(n,) which row of the file each row of the study has, and how that was found."""
    if found.ids is not None:
        return _by_ids(found, rows), "by id"
    if found.rows is not None:
        return _by_numbers(found, rows), "by row number"
    if len(found.vectors) != rows.file_rows:
        raise DataError(
            f"{found.name} has {count(len(found.vectors), 'vector')}, and {rows.table.source} has"
            f" {count(rows.file_rows, 'row')}; without ids they are matched by position, and there is one for each row of the"
            f" file; give it ids, or one vector a row"
        )
    return rows.table.rows, "by position"


def _by_ids(found: VectorsFile, rows: RowsOfTexts) -> Ints:
    assert found.ids is not None
    if ID not in rows.table.columns:
        raise DataError(
            f"{found.name} has ids, and {rows.table.source} has no column {ID!r}; they are matched by it; name the column so,"
            " or leave the ids out: the vectors then are in the order of the file"
        )
    wanted = rows.table.strings(ID)
    _refuse_repeated(found.ids, found.name)
    _refuse_repeated(wanted, f"{rows.table.source}, column {ID!r},")
    where = {one: place for place, one in enumerate(found.ids)}
    lacking = [one for one in wanted if one not in where or not one]
    if lacking:
        raise DataError(
            f"{found.name} has no vector for {count(len(lacking), 'row')} of {rows.table.source}, with the"
            f" {'id' if len(lacking) == 1 else 'ids'} {_some(lacking)} (its own are {_some(found.ids)}); each row needs one;"
            " add them, or leave the rows out"
        )
    return np.array([where[one] for one in wanted], dtype=np.int64)


def _by_numbers(found: VectorsFile, rows: RowsOfTexts) -> Ints:
    assert found.rows is not None
    _refuse_repeated([str(row) for row in found.rows.tolist()], found.name, what="row number")
    where = {row: place for place, row in enumerate(found.rows.tolist())}
    wanted = rows.table.rows.tolist()
    lacking = [row for row in wanted if row not in where]
    if lacking:
        raise DataError(
            f"{found.name} has no vector for {count(len(lacking), 'row')} of {rows.table.source}: {some_rows(lacking)} (counted"
            " from 0); each row needs one; add them, or leave the rows out"
        )
    return np.array([where[row] for row in wanted], dtype=np.int64)


def _refuse_repeated(ids: Sequence[str], source: str, *, what: str = "id") -> None:
    twice = [one for one, times in Counter(ids).items() if times > 1 and one]
    if twice:
        raise DataError(
            f"{source} has {count(len(twice), what)} more than once: {_some(twice)}; vectors are matched by them; each stands for"
            " one row"
        )


def _some(ids: Sequence[str]) -> str:
    return listing([repr(one) for one in ids[:_SHOWN]] + (["..."] if len(ids) > _SHOWN else []))


def _unit(vectors: Array, found: VectorsFile, places: Ints) -> tuple[Vectors, int]:
    """(n, d) float32 rows of unit length, and how many were of another."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    for bad, what in (
        (~np.isfinite(lengths), ("is not finite", "are not finite")),
        (lengths == 0, ("is zero", "are zero")),
    ):
        if bad.any():
            numbers = places[bad]
            raise DataError(
                f"{found.name}: {some_rows(numbers)} (counted from 0), which the study needs, {what[len(numbers) > 1]}; a row has"
                " finite numbers, and one at least that is not 0; compute it again, or leave the text out"
            )
    unit = vectors.astype(np.float32)
    other = np.abs(lengths - 1) > _UNIT
    unit[other] = (vectors[other] / lengths[other, None]).astype(np.float32)
    return unit, int(other.sum())
