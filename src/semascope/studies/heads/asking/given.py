"""Vectors that others computed stand in the grid as an encoder that is done: it has a row for each text, and makes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np

from semascope.data.match_vectors import match_vectors, unit_vectors
from semascope.data.read_vectors import read_vectors
from semascope.embedding.account import Account, Embedded
from semascope.encoders.protocol import UNLIMITED, Space
from semascope.errors import EncoderError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Lengths
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Vectors


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


def load_given(path: Path, rows: Rows, *, called: str, source: str) -> GivenVectors:
    """The vectors of a file for the rows of a study.

    Raises
    ------
    DataError
        When the file cannot be read, or a row of the study has no vector, or one that is not finite or is zero.
    """
    found = read_vectors(path)
    places, how = match_vectors(found, rows.table, file_rows=rows.file_rows)
    vectors, changed = unit_vectors(found.vectors[places], found, places)
    n, d = found.vectors.shape
    took = f"{found.taken} of {found.name}" if found.taken else found.name
    stated = [f"its vectors were computed elsewhere: {took}, {n:,} rows of {d} numbers, matched {how}"]
    stated.append("what they cost, and of which words they were made, is not known")
    if changed:
        stated.append(
            f"{count(changed, 'row')} of another length than 1 {'was' if changed == 1 else 'were'} brought to it"
        )
    return GivenVectors(vectors, name=called, source=source, digest=found.digest, stated=stated)
