"""Documents and ids as a caller of the index gives them: plain values, looked at before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.building import repair
from semascope.data.table import Table
from semascope.data.text_checks import check_text
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.collection import Documents

if TYPE_CHECKING:
    from collections.abc import Sequence


def given_documents(
    documents: object,
    ids: Sequence[object] | None,
    titles: Sequence[str] | None,
    columns: Mapping[str, Sequence[Any]] | None,
) -> Documents:
    """The documents of plain values, or of a collection; parameters and errors are those of ``Index.add``."""
    if isinstance(documents, Documents):
        beside = {"ids": ids, "titles": titles, "columns": columns}
        given = [name for name, value in beside.items() if value is not None]
        if given:
            raise ConfigError(
                f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'} given beside documents of a collection, which"
                " have their own; texts need them, collections do not; leave that out"
            )
        return documents
    texts = _texts(documents)
    if ids is None:
        raise ConfigError(
            "ids is missing; each document needs an id, by which it is deleted and found; give ids"
        )
    names = given_ids(ids)
    heads = [""] * len(texts) if titles is None else _several(titles, "titles", of="titles")
    cells = _cells(columns)
    lengths = {"ids": len(names), "titles": len(heads)}
    lengths |= {name: len(values) for name, values in cells.items()}
    for name, length in lengths.items():
        if length != len(texts):
            raise DataError(
                f"{len(texts)} texts and {length} {name}; one each is needed; give both of the same documents"
            )
    return Documents(
        ids=tuple(names),
        titles=tuple(check_text(head, what=f"title {place}") for place, head in enumerate(heads)),
        bodies=tuple(texts),
        columns=Table.from_columns(cells) if cells else None,
    )


def _texts(documents: object) -> list[str]:
    if hasattr(documents, "columns") or isinstance(documents, Mapping):
        kind = type(documents).__name__
        raise DataError(
            f"documents is a {kind}; a list of texts, or the Documents of a collection, is accepted; give its texts, and its"
            " ids as ids" + (": table.texts(['text']), ids=table.strings('id')" if kind == "Table" else "")
        )
    return [
        check_text(each, what=f"text {place}")
        for place, each in enumerate(_several(documents, "documents", of="texts"))
    ]


def _cells(columns: object) -> dict[str, list[Any]]:
    if columns is None:
        return {}
    if not isinstance(columns, Mapping) or not all(isinstance(name, str) for name in columns):
        raise DataError(
            f"columns is {type(columns).__name__} ({columns!r:.60}); it must be lists of values by the names of columns; write"
            " for example columns={'lang': ['en', 'fr']}"
        )
    return {repair(name): _several(cells, f"column {name!r}", of="values") for name, cells in columns.items()}


def _several(values: object, what: str, *, of: str) -> list[Any]:
    """The values as a list: of a single string the letters would be taken."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise DataError(
            f"{what} is {type(values).__name__} ({values!r:.60}); it must be a list of {of}; put a single one into a list"
        )
    if isinstance(values, np.ndarray) or hasattr(values, "tolist"):  # numpy's numbers as Python's
        found: list[Any] = values.tolist()
        return found
    return list(values)


def given_ids(ids: object) -> list[str]:
    """Several ids as texts."""
    return [given_id(each) for each in _several(ids, "ids", of="ids")]


def given_id(value: object) -> str:
    """An id as a text; a whole number is one.

    Raises
    ------
    DataError
        For anything else.
    """
    if isinstance(value, str):
        return repair(value)  # as it is kept
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    raise DataError(f"id is {value!r:.60}; it must be a text or a whole number; write it as a text")
