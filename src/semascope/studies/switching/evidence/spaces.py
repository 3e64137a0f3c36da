"""The vectors of the texts in both spaces, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import repeats
from semascope.embedding.path import embed
from semascope.embedding.width import cut
from semascope.errors import ConfigError
from semascope.spaces.preparing import unit_rows
from semascope.studies.heads.asking.given import GivenVectors, load_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.embedding.account import Account
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore
    from semascope.studies.heads.asking.given import RowsOfTexts
    from semascope.studies.switching.asking.side import Side
    from semascope.types import Ints, Progress, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """n texts in one space."""

    side: Side
    vectors: Vectors  # (n, d) of unit length, at the width that is kept
    account: Account | None  # None for a file
    given: GivenVectors | None = None  # what the file says of itself

    @property
    def space(self) -> str:
        """Digest of all that decides where a text lies."""
        if self.given is not None:
            return self.given.digest
        assert self.side.encoder is not None
        return self.side.encoder.space.digest


def place(
    side: Side,
    texts: Sequence[str],
    rows: RowsOfTexts | None,
    *,
    role: Role | None = None,
    store: VectorStore | None,
    progress: Progress,
) -> Placed:
    """The texts in a space.

    Parameters
    ----------
    rows
        Of the file that the texts come from; None where texts have no rows that a file of vectors could follow.
    role
        Side of a retrieval task.

    Raises
    ------
    DataError, EncoderError
        For a file that does not fit the rows, an encoder that fails.
    """
    if side.path is not None:
        assert rows is not None
        given = load_given(side.path, rows, called=side.name, source=side.source)
        _check_width(side, given)
        vectors = np.ascontiguousarray(cut(given.vectors, side.dim))
        return Placed(side=side, vectors=vectors, account=None, given=given)
    assert side.encoder is not None
    embedded = embed(
        texts,
        encoder=side.encoder,
        # the instruction is the query's alone where there are two sides
        instruction="" if role == "document" else side.instruction.sentence,
        role=role,
        dim=side.dim,
        store=store,
        numbers=None if rows is None else rows.table.rows,
        progress=progress,
    )
    vectors = unit_rows(np.ascontiguousarray(embedded.vectors), np.arange(len(texts)))
    return Placed(side=side, vectors=vectors, account=embedded.account)


def kinds_of(old: Vectors, new: Vectors) -> Ints:
    """(n,) numbers from 0, equal where texts have equal vectors in both spaces."""
    from semascope.spaces.preparing import Space, prepare

    return prepare(
        [Space(name="old", vectors=old), Space(name="new", vectors=new)], np.arange(len(old))
    ).kinds


def distinct(kinds: Ints) -> Ints:
    """Places of the texts that no earlier one is a copy of."""
    return np.setdiff1d(np.arange(len(kinds)), repeats(kinds))


def _check_width(side: Side, given: GivenVectors) -> None:
    if side.dim is not None and side.dim > given.dim:
        raise ConfigError(
            f"dim is {side.dim}; the vectors in {side.name} have {given.dim} dims; choose from 1 to {given.dim}"
        )
