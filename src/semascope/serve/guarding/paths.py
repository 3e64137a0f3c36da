"""Paths of the machine in what is said to others: only their last part leaves the server."""

from __future__ import annotations

import re

LONGEST = 2000  # characters of a message that are sent

# A quoted path may hold spaces. A bare folder may too, three at most, but not after what looks like the end of a
# file's name (".csv ") or of a clause (", "), so that words and names (org/name) that follow a path stay.
_WORD = r"(?:[^\s/\\'\"<>|:]|:(?!//))+"
_PART = rf"{_WORD}(?:(?<![,:;.!?])(?<!\.\w{{2}})(?<!\.\w{{3}})(?<!\.\w{{4}}) {_WORD}){{0,3}}"
_START = r"(?:(?:file:)?/+|~[\w.-]*/|(?:[A-Za-z]:)?[\\/]+)"
_QUOTED = re.compile(rf"(?P<quote>['\"`])(?P<path>{_START}[^'\"`\n]*)(?P=quote)")
_BARE = re.compile(
    r"(?P<stays>\b(?!file:)[A-Za-z][\w+.-]{1,20}://[^\s'\"]*"  # https://host/path
    r"|(?<![\w/\\.])/(?:v1/\w+|openapi\.json)(?![\w/\\-]))"  # a route, to which our own errors point
    rf"|(?<![\w/\\.]){_START}(?=[^\s/\\])(?:{_PART}[/\\]+(?=[^\s/\\'\"]))*"
)


def without_paths(message: str) -> str:
    r"""``message`` in one line, each absolute path in it cut to its last part.

    Addresses (``https://host/path``), routes (``/v1/models``) and relative paths (``org/name``) stay. Where a path is
    followed by words and a relative path, the words may go too: rather a word too few than a folder too many.

    Examples
    --------
    >>> without_paths("/srv/models of 2024/tone.scorer is damaged; see '/home/me/a b/log.txt'")
    "tone.scorer is damaged; see 'log.txt'"
    >>> without_paths(r"C:\Users\me\x.csv of org/name, from https://example.org/data/x.csv")
    'x.csv of org/name, from https://example.org/data/x.csv'
    """
    line = _QUOTED.sub(_last_part, " ".join(message[: 10 * LONGEST].split()))
    return _BARE.sub(lambda found: found["stays"] or "", line)[:LONGEST]  # cut last: half a path is one, too


def _last_part(found: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[/\\]+", found["path"]) if part]
    return found["quote"] + (parts[-1] if parts else "") + found["quote"]
