"""What is asked of arXiv: one category, and when its papers were submitted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST, _LAST = date(1991, 1, 1), date(2099, 12, 31)  # arXiv began in August 1991


def parse_date(text: str, *, flag: str) -> date:
    """A day written as 2024-05-31; ``flag`` is named in the ConfigError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{flag} is {text!r}; it must be a day; write it as 2024-05-31") from error


def search_query(category: str, *, begin: date | None = None, end: date | None = None) -> str:
    """The query for the papers of a category, cross-listed ones included.

    Parameters
    ----------
    category
        Such as ``gr-qc`` or ``q-bio.*``.
    begin, end
        First and last day, in UTC, on which the first version was submitted; None is open.

    Examples
    --------
    >>> search_query("gr-qc")
    'cat:gr-qc'
    >>> search_query("gr-qc", begin=date(2020, 1, 1), end=date(2020, 12, 31))
    'cat:gr-qc AND submittedDate:[202001010000 TO 202012312359]'
    """
    if begin and end and begin > end:
        raise ConfigError(
            f"from is {begin} and to is {end}; the first day must not lie behind the last; swap them"
        )
    if begin is None and end is None:
        return f"cat:{category}"
    first, last = (begin or _FIRST).strftime("%Y%m%d"), (end or _LAST).strftime("%Y%m%d")
    return f"cat:{category} AND submittedDate:[{first}0000 TO {last}2359]"


def shares(categories: Sequence[str], limit: int | None) -> dict[str, int | None]:
    """How many papers each category brings, as equal as can be; None: all.

    Examples
    --------
    >>> shares(["gr-qc", "hep-th"], 5)
    {'gr-qc': 3, 'hep-th': 2}
    """
    distinct = list(dict.fromkeys(categories))
    if not distinct:
        raise ConfigError("no category is named; name at least one, such as gr-qc")
    if limit is None:
        return dict.fromkeys(distinct)
    if limit < len(distinct):
        raise ConfigError(
            f"limit is {limit}; it must be {len(distinct)} or more, one paper for each category; raise it"
        )
    each, rest = divmod(limit, len(distinct))
    return {category: each + (place < rest) for place, category in enumerate(distinct)}
