"""Columns that are asked for by name, and what to say when they are not there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN = 30  # a wider file is cut in messages


def require_columns(wanted: Iterable[str], *, available: Sequence[str], source: str) -> None:
    """Refuse names that the file does not have.

    Raises
    ------
    DataError
        Names the missing columns, near names, and the columns there are.
    """
    missing = [name for name in dict.fromkeys(wanted) if name not in available]
    if not missing:
        return
    near = [match for name in missing for match in near_names(name, available)]
    shown = ", ".join(map(repr, available[:SHOWN])) + (", ..." if len(available) > SHOWN else "")
    hint = f"did you mean {' or '.join(map(repr, dict.fromkeys(near)))}?" if near else "name one of these"
    word = "column" if len(missing) == 1 else "columns"
    raise DataError(
        f"{source} has no {word} {', '.join(map(repr, missing))}; its columns are {shown or 'none'}; {hint}"
    )


def refuse_doubles(names: Sequence[str], *, source: str) -> None:
    """Refuse a file with two columns of one name: nobody can say which is meant."""
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(
            f"{source} has more than one column {twice[0]!r}; names must differ; rename one of them"
        )


def near_names(name: str, available: Iterable[str]) -> list[str]:
    """Up to three known names that look like ``name``, nearest first, capitals ignored.

    Examples
    --------
    >>> near_names("ratng", ["text", "rating", "Rating2"])
    ['rating', 'Rating2']
    """
    by_folded: dict[str, list[str]] = {}
    for known in available:
        by_folded.setdefault(known.casefold(), []).append(known)
    matches = get_close_matches(name.casefold(), list(by_folded), n=3)
    return [known for match in matches for known in by_folded[match]][:3]
