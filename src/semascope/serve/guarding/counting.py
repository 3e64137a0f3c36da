"""How much a body of JSON holds, counted before it is read: making a million values holds up everybody else.

A parser keeps the interpreter to itself until it is done, in a thread as well. Counting bytes takes a hundredth of its time.
"""

from __future__ import annotations

from semascope.serve.guarding.errors import Refused

SMALL = 2**17  # bytes of a body that cannot hold enough to matter
MOST_FIELDS = 64  # of the body, and of an object in it whose fields are known
_MOST_VALUES = 3_000_000  # token ids are meant: a body of 16 MiB has room for fewer
_MOST_STRINGS = 250_000  # names of fields are among them
_MOST_CONTAINERS = 100_000


def check_counts(raw: bytes) -> None:
    r"""Refuse (413) a body of more values, strings, or lists and objects than any request needs.

    What stands within strings does not count. Of bytes that are no JSON the counts mean nothing, but are never too low for what a
    parser makes of them before it stops.
    """
    if len(raw) <= SMALL:
        return
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"")  # so that every quote left begins or ends a string
    _check("strings", plain.count(b'"') // 2, _MOST_STRINGS)
    bare = b"".join(plain.split(b'"')[::2])
    _check("lists and objects", bare.count(b"[") + bare.count(b"{"), _MOST_CONTAINERS)
    _check("values", bare.count(b","), _MOST_VALUES)


def check_fields(count: int) -> None:
    """Refuse (400) a body of so many fields that none of them can be meant."""
    if count > MOST_FIELDS:
        raise Refused(
            400,
            f"the body has {count:,} fields; at most {MOST_FIELDS} are accepted; /openapi.json describes the request",
        )


def _check(what: str, count: int, most: int) -> None:
    if count > most:
        said = f"the body holds {count:,} {what}; at most {most:,} are accepted; send several requests"
        raise Refused(413, said, code="body_too_large")
