"""JSON Lines and JSON lists of objects, object by object into Arrow columns."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from semascope.data.building import CHUNK_CHARACTERS, TableBuilder, repair
from semascope.data.columns import require_columns
from semascope.data.decoding import open_text
from semascope.data.json_shapes import rows_in
from semascope.data.table import Remark
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

BLANK = " \t\r\n"  # JSON's own white space; U+2028 and the like are text
SPACE = re.compile(f"[{BLANK}]*")
MOST_ROWS = 50_000  # a chunk of tiny objects

Item = tuple[int, Any, int]  # line number, value, characters


class _Twice(ValueError):
    """A key that stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return made


# Raw control characters in strings are odd, not broken.
DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_object)


def read_jsonl(path: Path, builder: TableBuilder, *, columns: Sequence[str] | None) -> tuple[Remark, ...]:
    """Add the objects of a JSON Lines file to ``builder``; blank lines are passed over.

    A file of a single line may hold all rows in its object; the remarks say what was taken.
    """
    with open_text(path) as stream:
        items = _lines(stream, path.name)
        first, second = next(items, None), next(items, None)
        if first is None:
            return ()
        if second is None and isinstance(first[1], dict):
            return _add_shaped(first[1], builder, columns, path.name, one_a_line=True)
        _add(chain([first], [] if second is None else [second], items), builder, columns, path.name)
    return ()


def read_json(path: Path, builder: TableBuilder, *, columns: Sequence[str] | None) -> tuple[Remark, ...]:
    """Add the objects of a JSON list to ``builder``, or the rows of the one object that is the file.

    Objects one behind the other are read as JSON Lines.
    """
    with open_text(path) as stream:
        text = stream.read()
    line, begin = _past_blanks(text, 0, 1)
    if text[begin : begin + 1] == "{":
        value, end = _decode(text, begin, path.name, line)
        if not text[end:].strip(BLANK):
            return _add_shaped(value, builder, columns, path.name, one_a_line=False)
        _add(_lines(text.split("\n"), path.name), builder, columns, path.name)
    elif begin < len(text):
        _add(_list_items(text, path.name), builder, columns, path.name)
    return ()


def _add_shaped(
    value: dict[str, Any],
    builder: TableBuilder,
    columns: Sequence[str] | None,
    source: str,
    *,
    one_a_line: bool,
) -> tuple[Remark, ...]:
    shaped = rows_in(value, source=source, one_a_line=one_a_line)
    _add(((1, row, CHUNK_CHARACTERS // MOST_ROWS) for row in shaped.rows), builder, columns, source)
    if not shaped.said:
        return ()
    return (Remark(f"the one object of {source} is read as {shaped.said}"),)


def _add(items: Iterable[Item], builder: TableBuilder, columns: Sequence[str] | None, source: str) -> None:
    """Chunks of objects into the builder, the wanted keys only."""
    keys: dict[str, None] = {}
    for chunk in _chunks(items, source):
        for row in chunk:
            keys.update(dict.fromkeys(row))
        wanted = keys if columns is None else dict.fromkeys(columns)
        builder.add({repair(key): [row.get(key) for row in chunk] for key in wanted}, len(chunk))
    if keys:
        require_columns(columns or (), available=list(keys), source=source)


def _chunks(items: Iterable[Item], source: str) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    characters = 0
    for line, value, size in items:
        if not isinstance(value, dict):
            raise DataError(
                f"{source}, line {line}: {_kind(value)} where a row is expected; accepted are objects like "
                '{"text": "..."}; write one object a row (pandas: orient=\'records\')'
            )
        chunk.append(value)
        characters += size
        if characters >= CHUNK_CHARACTERS or len(chunk) == MOST_ROWS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _lines(lines: Iterable[str], source: str) -> Iterator[Item]:
    for number, line in enumerate(lines, 1):
        text = line.strip(BLANK)
        if text:
            value, end = _decode(text, 0, source, number)
            if end < len(text):
                raise _broken(source, number, f"something follows the object at character {end + 1}")
            yield number, value, len(text)


def _list_items(text: str, source: str) -> Iterator[Item]:
    """The items of a JSON list, decoded one after the other."""
    line, position = _past_blanks(text, 0, 1)
    if text[position] != "[":
        raise _broken(source, line, "the file is neither a list of objects nor one object a line")
    line, position = _past_blanks(text, position + 1, line)
    while text[position : position + 1] != "]":
        value, end = _decode(text, position, source, line)
        yield line, value, end - position
        line, position = _past_blanks(text, end, line + text.count("\n", position, end))
        if text[position : position + 1] == ",":
            line, position = _past_blanks(text, position + 1, line)
            if text[position : position + 1] == "]":
                raise _broken(source, line, "a value is missing after the last comma")
        elif text[position : position + 1] != "]":
            raise _broken(source, line, "a comma or the closing ] is missing")
    line, position = _past_blanks(text, position + 1, line)
    if position < len(text):
        raise _broken(source, line, "something follows the list")


def _past_blanks(text: str, position: int, line: int) -> tuple[int, int]:
    """Line number and position of the next character that is not blank."""
    end = SPACE.match(text, position).end()  # type: ignore[union-attr]  # it matches the empty string too
    return line + text.count("\n", position, end), end


def _decode(text: str, position: int, source: str, line: int) -> tuple[Any, int]:
    """The value that begins at ``position`` on line ``line``, and where it ends."""
    try:
        return DECODER.raw_decode(text, position)
    except json.JSONDecodeError as cause:
        line += text.count("\n", position, cause.pos)
        raise _broken(source, line, f"{cause.msg} at character {cause.colno}") from cause
    except RecursionError as cause:
        raise _broken(source, line, "lists or objects are nested too deeply") from cause
    except _Twice as cause:
        raise DataError(
            f"{source}, line {line}: the key {str(cause)!r} stands twice in one object; names must differ; leave one of them out"
        ) from cause
    except ValueError as cause:  # a number with thousands of digits
        raise _broken(source, line, str(cause)) from cause


def _broken(source: str, line: int, why: str) -> DataError:
    return DataError(
        f"{source}, line {line}: not valid JSON: {why}; .jsonl holds one object a line, .json a list of objects; "
        "correct the line"
    )


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
