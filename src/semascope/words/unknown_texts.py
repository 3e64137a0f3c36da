"""What is said of texts that an encoder knows nothing of, where they are scored and learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def unknown_said(name: str, rows: Sequence[int]) -> str:
    """The sentence about an encoder and the rows of which its vocabulary holds nothing, one or more.

    Examples
    --------
    >>> unknown_said("tides", [3, 9])
    'tides knows no word of 2 texts (rows 3, 9): all such texts have the vector of its unknown token, and so one score'
    """
    return (
        f"{name} knows no word of {count(len(rows), 'text')} ({some_rows(rows)}): all such texts have the vector of its"
        " unknown token, and so one score"
    )
