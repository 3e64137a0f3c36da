"""Whole tables in one JSON object: what programs write that do not write one object a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semascope.data.columns import refuse_doubles
from semascope.errors import DataError

_WRAPPERS = ("data", "rows", "records", "items", "results", "examples", "documents")
"""Names under which a list of rows lies beside other things."""
_LABELS = "index"  # what row labels are called that do not just count
_SHOWN = 5
_TO_DO = "write a list of objects, one a row (pandas: orient='records'), or one object a line"


@dataclass(frozen=True, slots=True)
class Shaped:
    """The rows of an object, and what it was read as; "" for an object that is itself a row."""

    rows: list[dict[str, Any]]
    said: str = ""


def rows_in(value: dict[str, Any], *, source: str, one_a_line: bool) -> Shaped:
    """The rows that an object holds which is the whole file.

    Parameters
    ----------
    one_a_line
        Whether the ending promises one object a line; then an object that may be a row is one.

    Raises
    ------
    DataError
        Where nobody can say what the rows are.

    Examples
    --------
    >>> rows_in({"data": [{"text": "calm"}]}, source="a.json", one_a_line=False)
    Shaped(rows=[{'text': 'calm'}], said="the list of rows under its key 'data'")
    >>> rows_in({"text": {"0": "calm", "1": "gale"}}, source="a.json", one_a_line=False).rows
    [{'text': 'calm'}, {'text': 'gale'}]
    """
    if not value:
        return Shaped([])
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _split(value, source)
    lists = [key for key, found in value.items() if _is_rows(found)]
    others = [key for key in value if key not in lists]
    if len(lists) == 1 and (not others or lists[0] in _WRAPPERS):
        beside = f" (beside {_named(others)}, which are no rows)" if others else ""
        return Shaped(value[lists[0]], f"the list of rows under its key {lists[0]!r}{beside}")
    if lists and not one_a_line:
        raise _refused(source, f"one object with lists of objects under {_named(lists)}")
    if all(isinstance(found, dict) and found for found in value.values()):
        return _nested(value, source, one_a_line=one_a_line)
    if all(isinstance(found, list) for found in value.values()):
        return _columns_of_lists(value, source, one_a_line=one_a_line)
    return Shaped([value])


def _split(value: dict[str, Any], source: str) -> Shaped:
    """Pandas' ``orient='split'``."""
    names, rows = value["columns"], value["data"]
    if not all(isinstance(name, str) for name in names) or not all(isinstance(row, list) for row in rows):
        raise _refused(source, "one object with 'columns' and 'data' that are not names and lists of cells")
    refuse_doubles(names, source=source)
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise _refused(
                source,
                f"{len(row)} cells in row {number} (counted from 0) of 'data' for {len(names)} 'columns'",
            )
    found = [dict(zip(names, row, strict=True)) for row in rows]
    labels = value.get("index")
    if isinstance(labels, list) and len(labels) == len(found):
        found = _with_labels(found, labels)
    return Shaped(found, "'columns' and 'data' (orient='split')")


def _nested(value: dict[str, Any], source: str, *, one_a_line: bool) -> Shaped:
    """Pandas' ``orient='columns'`` and ``orient='index'``: objects in an object."""
    outer, inner = list(value), list(next(iter(value.values())))
    if any(list(found) != inner for found in value.values()):
        return Shaped([value])
    counted = _are_counts(inner), _are_counts(outer)
    if counted == (True, False):
        rows = [{name: value[name][label] for name in outer} for label in inner]
        return Shaped(
            _with_labels(rows, inner), "columns that hold an object of cells each (orient='columns')"
        )
    if counted == (False, True):
        return Shaped(_with_labels(list(value.values()), outer), "rows by their number (orient='index')")
    if one_a_line:
        return Shaped([value])
    raise _refused(
        source,
        f"objects in one object, {_named(outer)} outside and {_named(inner)} inside, of which nobody can say which are the columns",
    )


def _columns_of_lists(value: dict[str, Any], source: str, *, one_a_line: bool) -> Shaped:
    """Pandas' ``to_dict('list')``."""
    lengths = {name: len(cells) for name, cells in value.items()}
    if len(set(lengths.values())) > 1:
        if one_a_line:
            return Shaped([value])
        raise _refused(source, f"one object with lists of different lengths ({lengths})"[:200])
    rows = [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]
    return Shaped(rows, "columns that hold a list of cells each")


def _with_labels(rows: list[dict[str, Any]], labels: list[Any]) -> list[dict[str, Any]]:
    """The rows with their labels as a column, unless they only count from 0 or the name is taken."""
    if [str(label) for label in labels] == [str(number) for number in range(len(rows))]:
        return rows
    if any(_LABELS in row for row in rows):
        return rows
    return [{_LABELS: label, **row} for label, row in zip(labels, rows, strict=True)]


def _is_rows(found: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(row, dict) for row in found)


def _are_counts(keys: list[str]) -> bool:
    return all(key.isdecimal() for key in keys)


def _named(keys: list[str]) -> str:
    shown = ", ".join(repr(key) for key in keys[:_SHOWN])
    return shown + (", ..." if len(keys) > _SHOWN else "")


def _refused(source: str, found: str) -> DataError:
    return DataError(f"{source} holds {found}; accepted are rows; {_TO_DO}")
