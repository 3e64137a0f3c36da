"""Where texts come from, so that the vectors of a file find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.data.table import Table


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FromTable:
    """n texts as rows of a table."""

    table: Table  # the n rows, with their numbers in the file
    file_rows: int  # of the whole file, before any was left out
