"""How many texts a request may hold, and how long each may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.serve.refusals import TooMuch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.serve.settings import ServeSettings

_ALONE = frozenset({"text", "query"})  # fields that hold one text


def check_texts(texts: Sequence[str], settings: ServeSettings, *, what: str = "texts") -> None:
    """Refuse more, and longer ones, than are accepted."""
    check_count(texts, settings, what=what)
    longest = max(map(len, texts), default=0)
    if longest > settings.most_characters:
        raise TooMuch(
            f"{what} {'has' if what in _ALONE else 'holds one of'} {longest:,} characters; at most {settings.most_characters:,} are accepted; shorten it",
            param=what,
        )


def check_count(given: Sequence[object], settings: ServeSettings, *, what: str = "texts") -> None:
    """Refuse more than are accepted, whatever stands for a text."""
    if len(given) > settings.most_texts:
        raise TooMuch(
            f"{what} holds {len(given):,}; at most {settings.most_texts:,} are accepted in one request; send several",
            param=what,
        )
