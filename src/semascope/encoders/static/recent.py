"""Ids of the prompts that were tokenized last: what counts tokens first and encodes then tokenizes once."""

from __future__ import annotations

import threading

_ROOM = 64_000_000  # bytes that are held at most
_OVERHEAD = 200  # bytes of an entry beside the prompt's characters and its ids
_keeping = threading.Lock()  # not the object's: what has not loaded yet can be sent to another process


class RecentIds:
    """Token ids by prompt, the oldest given up first.

    Tokenizing takes nine tenths of the time of a table of token vectors, and an embedding counts the tokens of all texts
    before it encodes any.

    Parameters
    ----------
    room
        Bytes that are held at most.

    Examples
    --------
    >>> kept = RecentIds(room=500)
    >>> kept.keep("ebb", b"1234")
    >>> kept.keep("flow", b"5678")
    >>> kept.keep("slack", b"9")
    >>> kept.get("ebb"), kept.get("slack")
    (None, b'9')
    """

    def __init__(self, *, room: int = _ROOM) -> None:
        self._room = room
        self._held = 0
        self._ids: dict[str, bytes] = {}

    def get(self, prompt: str) -> bytes | None:
        """Its ids as they were kept; None where they were not, or no longer are."""
        return self._ids.get(prompt)

    def keep(self, prompt: str, ids: bytes) -> None:
        """Keep the ids of a prompt, unless it alone has no room."""
        size = _size(prompt, ids)
        if size > self._room:
            return
        with _keeping:
            if prompt in self._ids:
                return
            self._ids[prompt] = ids
            self._held += size
            while self._held > self._room:
                oldest = next(iter(self._ids))
                self._held -= _size(oldest, self._ids.pop(oldest))


def _size(prompt: str, ids: bytes) -> int:
    return len(prompt) + len(ids) + _OVERHEAD
