"""What stands in the log: texts of requests only where they were asked for, not in the words of an error either."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from semascope.errors import SemascopeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

_MOST, _LONGEST = 5, 200  # texts of a line, characters of each
_HOLDING = ("text", "texts", "query", "queries", "input", "examples")  # fields of bodies that hold texts


def told_texts(values: Any) -> str:
    r"""The texts of a body that was parsed, as a line of the log has them; "" for a body without any.

    Examples
    --------
    >>> told_texts({"texts": ["ebb", "flow\n"], "coverage": 0.9})
    "'ebb', 'flow\\n'"
    >>> told_texts({"input": ["tide"] * 7})
    "'tide', 'tide', 'tide', 'tide', 'tide' and 2 more"
    """
    texts = list(_texts(values))
    shown = ", ".join(map(_cut, texts[:_MOST]))
    more = len(texts) - _MOST
    return f"{shown} and {more:,} more" if more > 0 else shown


def _texts(values: Any) -> Iterator[str]:
    if not isinstance(values, dict):
        return
    for name in _HOLDING:
        yield from _strings(values.get(name))


def _strings(value: Any) -> Iterable[str]:
    """A text, texts, or those of examples."""
    for each in value if isinstance(value, list) else [value]:
        found = each.get("text") if isinstance(each, dict) else each
        if isinstance(found, str):
            yield found


def _cut(text: str) -> str:
    return repr(text) if len(text) <= _LONGEST else f"{text[:_LONGEST]!r}..."


class LogLines(logging.Formatter):
    """Lines of the log of a service.

    Parameters
    ----------
    texts
        Whether errors are told in their own words. Those of other packages may quote what they were given, a text of a
        request; without this they are told by their kind and place, and only errors of Semascope in their words.
    """

    def __init__(self, *, texts: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback of an error below it."""
        kept, record.exc_text = record.exc_text, None  # of another formatter, which may have told the words
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: Any) -> str:
        """A traceback; see the class."""
        if self._texts or not ei or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_without_words(each, each.__traceback__) for each in _chain(ei[1]))


def _chain(error: BaseException) -> list[BaseException]:
    """An error behind what it came from, first to last."""
    found = [error]
    while (before := found[-1].__cause__ or _context(found[-1])) is not None and before not in found:
        found.append(before)
    return found[::-1]


def _context(error: BaseException) -> BaseException | None:
    return None if error.__suppress_context__ else error.__context__


def _without_words(error: BaseException, place: TracebackType | None) -> str:
    said = (
        f": {error}"
        if isinstance(error, SemascopeError)
        else " (its words are left out; --log-texts shows them)"
    )
    where = "".join(traceback.format_tb(place))
    return f"Traceback (most recent call last):\n{where}{type(error).__module__}.{type(error).__qualname__}{said}"
