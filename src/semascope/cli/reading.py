"""Tables for the verbs that read one, with what the reader has to say on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.data.table import Table


def read_data(data: Path, *, quoting: str, limit: int | None = None, seed: int = 42) -> Table:
    """The rows of a file."""
    from semascope.data.read import table_of

    table = table_of(data, limit=limit, seed=seed, quoting=quoting)  # type: ignore[arg-type]
    for remark in table.remarks:
        print(f"{'warning' if remark.warning else 'note'}: {remark.text}", file=sys.stderr)
    return table
