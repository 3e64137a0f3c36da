"""Whether a short text stands word by word in a long one."""

from __future__ import annotations

from semascope.data.duplicates import normalise
from semascope.data.near import WORDS

FEWEST_WORDS = 4  # of the short one: fewer stand in a text by chance


def stands_in(short: str, long: str) -> bool:
    """Whether the words of the one, four or more, stand in the other side by side.

    Examples
    --------
    >>> stands_in("Tides on a Sphere", "We treat tides on a sphere."), stands_in("Tides", "All tides.")
    (True, False)
    """
    words = WORDS.findall(normalise(short))
    return (
        len(words) >= FEWEST_WORDS
        and f" {' '.join(words)} " in f" {' '.join(WORDS.findall(normalise(long)))} "
    )
