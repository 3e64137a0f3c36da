"""Loads without transformers' report on missing weights: ``load_network`` looks at them itself, and says what matters."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

_WRITER = "transformers.modeling_utils"
_MARK = " LOAD REPORT"  # stands in its first line


def without_report(load: Callable[P, T]) -> Callable[P, T]:
    """``load`` without that report on standard error; where it fails, the report is written all the same.

    A folder of a sentence encoder has no pooler head, and transformers prints a table of the two weights that it then
    makes up. Its other lines are left alone.
    """

    def quietly(*args: P.args, **kwargs: P.kwargs) -> T:
        writer = logging.getLogger(_WRITER)
        held: list[logging.LogRecord] = []

        def passes(record: logging.LogRecord) -> bool:
            if _MARK not in record.getMessage():
                return True
            held.append(record)
            return False

        writer.addFilter(passes)
        try:
            return load(*args, **kwargs)
        except BaseException:
            writer.removeFilter(passes)
            for record in held:
                writer.handle(record)  # an error may point to it
            raise
        finally:
            writer.removeFilter(passes)

    return quietly
