"""Texts that a caller gives: strings, and several of them where several are meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints


def check_text(text: object, *, what: str = "the text") -> str:
    """The text itself, when it is one."""
    if isinstance(text, str):
        return text
    raise DataError(
        f"{what} is {type(text).__name__} ({text!r:.60}); a text must be a string; decode or convert it first"
    )


def check_texts(texts: object, numbers: Sequence[int] | Ints | None = None) -> list[str]:
    """The texts as a list, when they are several and each is one: of a single string the letters would be taken.

    ``numbers`` is what an error calls each text; None counts from 0.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise DataError(
            f"texts is {type(texts).__name__} ({texts!r:.60}); it must be a list of strings; put a single text into one"
        )
    return [
        check_text(text, what=f"text {place if numbers is None else numbers[place]}")
        for place, text in enumerate(texts)
    ]
