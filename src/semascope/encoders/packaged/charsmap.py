"""A table of replaced characters, in the form that the library ``tokenizers`` takes: the trie of SentencePiece.

A precompiled map is a double array over the bytes of what is replaced, followed by what stands for it. Source: the
unit layout of darts-clone (label, has-leaf bit, offset; a value in the unit under label 0), which SentencePiece writes
and ``tokenizers`` reads.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HAS_LEAF = 1 << 8
_IS_VALUE = 1 << 31
_OFFSET_SHIFT = 10


def write_charsmap(replaced: Mapping[str, str]) -> str:
    """Base64 of the map that writes each value for its key."""
    texts = bytearray()
    places: dict[str, int] = {}
    for text in replaced.values():
        if text not in places:
            places[text] = len(texts)
            texts += text.encode() + b"\0"
    units = _double_array({key.encode(): places[text] for key, text in replaced.items()})
    trie = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + texts).decode()


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    """Units of the trie of all keys; none of them holds a zero byte."""
    children: dict[bytes, list[int]] = {b"": []}
    for key in values:
        for length in range(1, len(key) + 1):
            known = children.setdefault(key[: length - 1], [])
            children.setdefault(key[:length], [])
            if key[length - 1] not in known:
                known.append(key[length - 1])
    units, places, bases = {0: 0}, {b"": 0}, set[int]()
    start = 1  # bases below it are full
    for prefix, labels in children.items():  # a prefix comes before what continues it
        leaf = [0] if prefix in values else []
        wanted = [*leaf, *labels]
        base = start
        while base in bases or any(base ^ label in units for label in wanted):
            base += 1
        bases.add(base)
        while start in bases or start in units:
            start += 1
        place = places[prefix]
        units[place] |= (place ^ base) << _OFFSET_SHIFT | (_HAS_LEAF if leaf else 0)
        if leaf:
            units[base] = values[prefix] | _IS_VALUE
        for label in labels:
            units[base ^ label] = label
            places[prefix + bytes([label])] = base ^ label
    # Any unit may be asked for any byte.
    return [units.get(place, 0) for place in range((max(units) | 255) + 1)]
