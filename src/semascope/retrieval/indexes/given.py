"""Documents and ids as a caller of the index gives them: plain values, looked at before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.table import Table
from semascope.data.text_checks import check_texts
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.collection import Documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def given_documents(
    texts: Sequence[str],
    ids: Sequence[object] | None,
    titles: Sequence[str] | None,
    columns: Mapping[str, Sequence[Any]] | None,
) -> Documents:
    """The documents of plain values; parameters and errors are those of ``Index.add``."""
    texts = check_texts(texts)
    if ids is None:
        raise ConfigError(
            "ids is missing; each document needs an id, by which it is deleted and found; give ids"
        )
    if titles is not None:
        titles = check_texts(titles)
    lengths = {"ids": len(ids), "titles": len(texts) if titles is None else len(titles)}
    lengths |= {name: len(values) for name, values in (columns or {}).items()}
    for name, length in lengths.items():
        if length != len(texts):
            raise DataError(
                f"{len(texts)} texts and {length} {name}; one each is needed; give both of the same documents"
            )
    return Documents(
        ids=tuple(map(given_id, ids)),
        titles=tuple(titles) if titles is not None else ("",) * len(texts),
        bodies=tuple(texts),
        columns=Table.from_columns(columns) if columns else None,
    )


def given_id(value: object) -> str:
    """An id as a text; a whole number is one.

    Raises
    ------
    DataError
        For anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    raise DataError(f"id is {value!r:.60}; it must be a text or a whole number; write it as a text")
