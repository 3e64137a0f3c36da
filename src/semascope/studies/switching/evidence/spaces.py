"""The vectors of the texts in both spaces, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.match_vectors import match_vectors, unit_vectors
from semascope.embedding.consent import agree_to
from semascope.embedding.estimate import ToEmbed
from semascope.embedding.path import embed
from semascope.embedding.width import cut
from semascope.errors import ConfigError, DataError
from semascope.spaces.preparing import Space, prepare, unit_rows
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.read_vectors import VectorsFile
    from semascope.embedding.account import Account
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore
    from semascope.studies.switching.asking.origin import FromTable
    from semascope.studies.switching.asking.side import Side
    from semascope.types import Ints, Progress, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """n texts in one space."""

    side: Side
    vectors: Vectors  # (n, d) of unit length, at the width that is kept
    space: str  # digest of all that decides where a text lies; of a file that of its bytes
    account: Account | None  # None for a file
    stated: tuple[str, ...] = ()  # what was read of a file, in sentences


def place_both(
    sides: tuple[Side, Side],
    texts: Sequence[str],
    rows: FromTable,
    *,
    role: Role | None = None,
    store: VectorStore | None,
    progress: Progress,
) -> tuple[Placed, Placed]:
    """The texts in both spaces; vectors that are there first, so that what is wrong with them is found before encoding.

    Parameters and errors as of ``place``.
    """
    agree_to(
        [
            ToEmbed(texts=texts, encoder=side.encoder, instruction=_sentence(side, role), role=role)
            for side in sides
            if side.encoder is not None
        ],
        store=store,
    )
    order = sorted((0, 1), key=lambda at: sides[at].encoder is not None)
    found = {at: place(sides[at], texts, rows, role=role, store=store, progress=progress) for at in order}
    return found[0], found[1]


def place(
    side: Side,
    texts: Sequence[str],
    rows: FromTable,
    *,
    role: Role | None = None,
    store: VectorStore | None,
    progress: Progress,
) -> Placed:
    """The texts in a space.

    Parameters
    ----------
    role
        Side of a retrieval task.

    Raises
    ------
    DataError, EncoderError
        For a file that does not fit the rows, an encoder that fails.
    """
    if side.encoder is None:
        file = side.queries if role == "query" else side.file
        if file is None:
            raise DataError(
                f"{side.name} holds vectors of documents; those of the queries are needed beside them; give them with --old-queries or"
                " --new-queries, or name an encoder"
            )
        return _from_file(side, file, rows)
    embedded = embed(
        texts,
        encoder=side.encoder,
        instruction=_sentence(side, role),
        role=role,
        dim=side.dim,
        store=store,
        numbers=rows.table.rows,
        progress=progress,
    )
    vectors = unit_rows(np.ascontiguousarray(embedded.vectors), np.arange(len(texts)))
    return Placed(side=side, vectors=vectors, space=side.encoder.space.digest, account=embedded.account)


def _sentence(side: Side, role: Role | None) -> str:
    """The instruction is the query's alone where there are two sides."""
    return "" if role == "document" else side.instruction.sentence


def _from_file(side: Side, found: VectorsFile, rows: FromTable) -> Placed:
    width = int(found.vectors.shape[1])
    if side.dim is not None and side.dim > width:
        raise ConfigError(
            f"dim is {side.dim}; the vectors in {found.name} have {width} dims; choose from 1 to {width}"
        )
    places, how = match_vectors(found, rows.table, file_rows=rows.file_rows)
    vectors, changed = unit_vectors(found.vectors[places], found, places)
    took = f"{found.taken} of {found.name}" if found.taken else found.name
    stated = [f"{took}: {len(found.vectors):,} rows of {width} numbers, matched {how}"]
    if changed:
        stated.append(
            f"{count(changed, 'row')} of another length than 1 {'was' if changed == 1 else 'were'} brought to it"
        )
    return Placed(
        side=side,
        vectors=np.ascontiguousarray(cut(vectors, side.dim)),
        space=found.digest,
        account=None,
        stated=tuple(stated),
    )


def kinds_of(old: Vectors, new: Vectors) -> Ints:
    """(n,) numbers from 0, equal where texts have equal vectors in both spaces."""
    spaces = [Space(name="old", vectors=old), Space(name="new", vectors=new)]
    return prepare(spaces, np.arange(len(old))).kinds
