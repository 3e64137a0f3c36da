"""A table of token vectors looked at closely: what it holds, and whether its rows are those of the library that wrote it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.checks.parity import LONGEST, compare
from semascope.extras import is_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.checks.parity import Parity
    from semascope.encoders.protocol import Space
    from semascope.encoders.static.encoder import StaticEncoder
    from semascope.types import Array, Vectors

_PACKAGES = {"model2vec": "model2vec", "sentence-transformers": "sentence_transformers"}


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticExamination:
    """What was found about one table."""

    name: str
    rule: str  # the library whose rows are computed
    rows: int
    dim: int
    stored: str
    table_bytes: int  # in memory
    load_seconds: float
    parity: Parity  # many texts at once against one at a time in float64
    library: Parity | None  # against the library itself
    library_note: str  # why there is none
    failures: tuple[str, ...]  # one sentence a failed check; empty when all is well
    remedy: str = (
        ""  # what becomes of its rows once they are mended: all else is said of those before; "" for none
    )


def examine_static(
    encoder: StaticEncoder, *, load_other: Callable[[str], StaticEncoder], longest: int = LONGEST
) -> StaticExamination:
    """Everything that can be checked of a table of token vectors; loads it.

    Parameters
    ----------
    encoder
        Not loaded yet, or the seconds that it takes cannot be seen.
    load_other
        Gives the same encoder by the engine asked for.
    longest
        Tokens of the longest text of the parity checks.
    """
    started = time.perf_counter()
    encoder.load()
    seconds = time.perf_counter() - started
    parity = compare(encoder, load_other("plain"), names=("packed", "plain"), longest=longest)
    rule = encoder.folder.rule
    library, note = None, ""
    if is_installed(_PACKAGES[rule]):
        library = compare(_AsGiven(encoder), _Library(encoder), names=("these rows", rule), longest=longest)
    else:
        note = f"{rule} is not installed: its own rows were not computed"
    failures = [
        f"{found.first} and {found.second} are different; the worst row is {found.worst.what!r}"
        for found in (parity, library)
        if found and not found.holds
    ]
    return StaticExamination(
        name=encoder.name,
        rule=rule,
        rows=encoder.folder.rows,
        dim=encoder.dim,
        stored=encoder.folder.stored,
        table_bytes=encoder.table.vectors.nbytes,
        load_seconds=seconds,
        parity=parity,
        library=library,
        library_note=note,
        failures=tuple(failures),
    )


class _AsGiven:
    """The encoder without the vector that stands for texts of which nothing is left: zeros, as the libraries give."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self.max_tokens = encoder.max_tokens
        self.fingerprint = encoder.fingerprint
        self.count_tokens = encoder.count_tokens

    @property
    def space(self) -> Space:
        return self._encoder.space

    def encode(self, prompts: Sequence[str]) -> Vectors:
        rows, lengths = self._encoder.encode(prompts), self._encoder.lengths(prompts)
        left = lengths.encoded
        if self._encoder.folder.rule == "model2vec" and lengths.unknown is not None:
            left = left - lengths.unknown
        rows[left == 0] = 0
        return rows


class _Library:
    """The rows of the library that wrote the folder."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        # Both libraries add up in the numbers that the table is kept in.
        kept = {"F16": "float16", "BF16": "bfloat16"}.get(encoder.folder.stored, "float32")
        self.fingerprint = f"{encoder.space.digest}-{kept}"

    @property
    def space(self) -> Space:
        return self._encoder.space

    def encode(self, prompts: Sequence[str]) -> Vectors:
        folder = str(self._encoder.folder.folder)
        found: Array
        if self._encoder.folder.rule == "model2vec":
            import model2vec

            found = model2vec.StaticModel.from_pretrained(folder).encode(list(prompts))
        else:
            import sentence_transformers

            found = sentence_transformers.SentenceTransformer(folder, device="cpu").encode(list(prompts))
        found = np.asarray(found, dtype=np.float64)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        rows: Vectors = (found / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return rows
