"""Files of vectors: beside the columns of a table, or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.added_columns import check_added, put
from semascope.data.write import write_table
from semascope.errors import ConfigError, DataError
from semascope.files import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.data.table import Table
    from semascope.types import Vectors

VECTOR = "vector"
ENDINGS = (".parquet", ".arrow", ".npy", ".npz")


def check_vectors_file(path: Path) -> None:
    """Refuse an ending that cannot hold vectors, before anything is computed."""
    if path.suffix.lower() not in ENDINGS:
        raise ConfigError(f"output is {path}; it must end in {', '.join(ENDINGS)}; choose one of them")


def replaced_vectors(table: Table, text: Sequence[str], path: Path) -> list[str]:
    """That vectors of an earlier run in the file are replaced, in a sentence; another column of their name is refused."""
    if path.suffix.lower() not in (".parquet", ".arrow"):
        return []
    found = table.data.schema.field(VECTOR).type if VECTOR in table.columns else None
    ours = found is not None and (pa.types.is_list(found) or pa.types.is_fixed_size_list(found))
    return check_added(table, [VECTOR], own=text, by_us=(VECTOR,) if ours else ())


def write_vectors(table: Table, vectors: Vectors, path: Path) -> None:
    """Write (n, d) vectors: with the table's columns for Parquet and Arrow, alone for npy, with row numbers for npz."""
    ending = path.suffix.lower()
    if ending in (".parquet", ".arrow"):
        flat = pa.array(np.ascontiguousarray(vectors).reshape(-1), pa.float32())
        column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        write_table(put(table.data, VECTOR, column), path, format=ending.removeprefix("."))  # type: ignore[arg-type]
        return
    try:
        with replacing(path) as stream:
            if ending == ".npy":
                np.save(stream, vectors)
            else:
                np.savez(stream, vectors=vectors, rows=table.rows)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}); choose another --output") from error
