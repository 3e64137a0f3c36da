"""The tokenizer of a 4-bit file as a ``tokenizer.json``, which gives the ids that the package's own engine gives.

The engine replaces characters one by one by its table, makes one of several spaces, puts a space in front and looks for
the likeliest pieces; a character that no piece has is an unknown token of its own. ``tokenizers`` has the same steps,
with two habits that are worked around: it looks up short groups of characters (a letter with its accents) as one and
then forgets all but the first, and it makes one token of several unknown characters in a row.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from semascope.encoders.packaged.byte_reader import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.encoders.packaged.four_bit_vocabulary import Vocabulary

_HAS_LEAF = 1 << 8
_IS_VALUE = 1 << 31
_OFFSET_SHIFT = 10

SPACE = "▁"  # how pieces write a space
BREAK = "\x01"  # a control character ends a group of characters; the table then removes it


def tokenizer_json(vocabulary: Vocabulary) -> dict[str, Any]:
    """What ``tokenizer.json`` holds.

    Raises
    ------
    Damaged
        When a character of a piece is no piece by itself: it might be unknown in one place and not in another, which
        cannot be written so that ids stay the engine's.
    """
    pieces = vocabulary.pieces
    special = (vocabulary.begin, vocabulary.padding, vocabulary.end, vocabulary.unknown)
    replaced = {**vocabulary.replaced, BREAK: ""}
    known = set().union(*pieces)
    if alone := sorted(known.difference(pieces)):
        raise Damaged(f"character {alone[0]!r} is in a piece and is none by itself")
    begin, end = pieces[vocabulary.begin], pieces[vocabulary.end]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": token,
                "content": pieces[token],
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for token in sorted(special)
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                _replace(f"(?<={_one_of(replaced)})(?=[^\\x00-\\x7f])", BREAK),
                {"type": "Precompiled", "precompiled_charsmap": write_charsmap(replaced)},
                _replace(" {2,}", " "),
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True},
                {
                    "type": "Split",
                    "pattern": {"Regex": _one_of(known | {SPACE}, other=True)},
                    "behavior": "Isolated",
                    "invert": False,
                },
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_special(begin), _sequence("A"), _special(end)],
            "pair": [
                _special(begin),
                _sequence("A"),
                _special(end),
                _special(end),
                _sequence("B"),
                _special(end),
            ],
            "special_tokens": {
                text: {"id": text, "ids": [token], "tokens": [text]}
                for text, token in ((begin, vocabulary.begin), (end, vocabulary.end))
            },
        },
        "decoder": {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True},
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unknown,
            "vocab": list(zip(pieces, vocabulary.scores, strict=True)),
            "byte_fallback": False,
        },
    }


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _special(text: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": text, "type_id": 0}}


def _sequence(name: str) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": 0}}


def _one_of(characters: Iterable[str], *, other: bool = False) -> str:
    """A pattern for one of the characters, or for any other one."""
    codes = sorted(map(ord, characters))
    spans: list[list[int]] = []
    for code in codes:
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    inside = "".join(f"\\x{{{a:x}}}" if a == b else f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in spans)
    return f"[{'^' * other}{inside}]"


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
