"""The file that holds a table of token vectors: which one, whether it is whole, and its arrays, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from safetensors import safe_open

from semascope.encoders.checkpoints.weights import DAMAGED, weight_names
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.types import Array, Ints, Vectors

Rule = Literal["model2vec", "sentence-transformers"]
WEIGHTS = ("model.safetensors", "embeddings.safetensors")
"""Names of the file, in the order in which they are looked for; the second is that of the first model2vec."""

# What each library calls its table; sentence-transformers looks for its own name first.
_TABLES: dict[str, Rule] = {"embedding.weight": "sentence-transformers", "embeddings": "model2vec"}
_STORED = {"F64", "F32", "F16", "BF16", "I8"}
_AGAIN = "fetch the folder again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shapes:
    """What a file's header says of the table in it."""

    name: str
    rule: Rule
    rows: int
    dim: int
    stored: str  # "F32", "F16", "BF16", "F64" or "I8"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Table:
    """Token vectors as they are added up."""

    vectors: Vectors  # (r, d)
    rows: Ints | None  # (v,) row of each token; None: a token's own number
    weights: Vectors | None  # (v,) factor of each token's vector; None: 1


def weights_of(place: Path) -> Path:
    """The file in ``place`` that holds the table.

    Raises
    ------
    EncoderError
        When there is none.
    """
    found = next((place / name for name in WEIGHTS if (place / name).is_file()), None)
    if found is not None:
        return found
    if (place / "pytorch_model.bin").is_file():
        raise EncoderError(
            f"{place} keeps its table in torch's own format (pytorch_model.bin); accepted is model.safetensors; load it with"
            " sentence-transformers and save it again"
        )
    raise EncoderError(f"{place} holds no table of token vectors; accepted is model.safetensors; {_AGAIN}")


def read_shapes(file: Path) -> Shapes:
    """What the header of ``file`` says of its table.

    Raises
    ------
    EncoderError
        When the file was cut short, or holds no table of numbers that can be read.
    """
    names = weight_names(file)
    name = next((name for name in _TABLES if name in names), None)
    if name is None:
        raise EncoderError(
            f"{file} holds {', '.join(sorted(names)) or 'nothing'}; a table of token vectors is called"
            f" {' or '.join(_TABLES)}; {_AGAIN}"
        )
    try:
        with safe_open(file, framework="numpy") as held:
            part = held.get_slice(name)
            shape, stored = part.get_shape(), part.get_dtype()
    except DAMAGED as error:
        raise _unreadable(file, error) from error
    if len(shape) != 2 or not all(shape):
        raise EncoderError(
            f"{file} holds a table of shape {tuple(shape)}; it must have a row for each token, and columns; {_AGAIN}"
        )
    if stored not in _STORED:
        raise EncoderError(
            f"{file} keeps its table as {stored}; accepted are {', '.join(sorted(_STORED))}; choose another folder"
        )
    return Shapes(name=name, rule=_TABLES[name], rows=shape[0], dim=shape[1], stored=stored)


def read_table(file: Path, *, tokens: int) -> Table:
    """The arrays of ``file``, in float32.

    Parameters
    ----------
    tokens
        The tokenizer's: its largest number and one. Each needs a row.

    Raises
    ------
    EncoderError
        When the arrays do not fit each other or the tokenizer, or hold a number that is not finite.
    """
    shapes = read_shapes(file)
    names = weight_names(file) if shapes.rule == "model2vec" else set()
    try:
        with safe_open(file, framework="numpy") as held:
            # The mapping of sentence-transformers' own tables is their order.
            rows = held.get_tensor("mapping") if "mapping" in names else None
            weights = held.get_tensor("weights") if "weights" in names else None
            table = None if shapes.stored == "BF16" else held.get_tensor(shapes.name)
    except DAMAGED as error:
        raise _unreadable(file, error) from error
    vectors = _bfloat16(file, shapes) if table is None else np.ascontiguousarray(table, dtype=np.float32)
    _check_rows(file, shapes, rows, tokens)
    _check_weights(file, weights, tokens)
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise EncoderError(
            f"{file} holds numbers that are not finite in {len(bad):,} of its {shapes.rows:,} rows, the first is row"
            f" {bad[0]}; every text with such a token would have no vector; {_AGAIN}"
        )
    return Table(
        vectors=vectors,
        rows=None if rows is None else rows.astype(np.int64),
        weights=None if weights is None else weights.astype(np.float32),
    )


def _check_rows(file: Path, shapes: Shapes, rows: Array | None, tokens: int) -> None:
    """Each token needs a row, and model2vec's tables have no row without a token."""
    if rows is None:
        if shapes.rows < tokens or (shapes.rule == "model2vec" and shapes.rows > tokens):
            raise EncoderError(
                f"{file} has {shapes.rows:,} token vectors, the tokenizer beside it has ids up to {tokens - 1:,}; each id"
                f" needs one{_OR_MAPPING[shapes.rule]}, so they do not belong together; {_AGAIN}"
            )
        return
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or len(rows) < tokens:
        raise EncoderError(
            f"{file} maps tokens to rows by an array of shape {rows.shape} and type {rows.dtype}; it must hold one whole"
            f" number for each of the {tokens:,} ids of the tokenizer beside it; {_AGAIN}"
        )
    if len(rows) and not (rows.min() >= 0 and rows.max() < shapes.rows):
        raise EncoderError(
            f"{file} maps tokens to rows from {rows.min()} to {rows.max()}; its table has rows 0 to {shapes.rows - 1};"
            f" {_AGAIN}"
        )


_OR_MAPPING: dict[Rule, str] = {
    "model2vec": ", or a mapping of tokens to rows, which is not there",
    "sentence-transformers": "",
}


def _check_weights(file: Path, weights: Array | None, tokens: int) -> None:
    if weights is None:
        return
    if weights.ndim != 1 or weights.dtype.kind != "f" or len(weights) < tokens:
        raise EncoderError(
            f"{file} weighs tokens by an array of shape {weights.shape} and type {weights.dtype}; it must hold one number"
            f" for each of the {tokens:,} ids of the tokenizer beside it; {_AGAIN}"
        )
    if not np.isfinite(weights).all():
        raise EncoderError(f"{file} weighs tokens by numbers that are not finite; {_AGAIN}")


def _bfloat16(file: Path, shapes: Shapes) -> Vectors:
    """A table in bfloat16, which numpy does not have: the upper half of a float32."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        begin, end = json.loads(stream.read(length))[shapes.name]["data_offsets"]
        stream.seek(8 + length + begin)
        halves = np.frombuffer(stream.read(end - begin), dtype="<u2")
    return (halves.astype(np.uint32) << 16).view(np.float32).reshape(shapes.rows, shapes.dim)


def _unreadable(file: Path, error: Exception) -> EncoderError:
    reason = " ".join(str(error).split())[:200]
    return EncoderError(f"{file} cannot be read ({reason}); {_AGAIN}")
