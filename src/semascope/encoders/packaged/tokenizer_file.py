"""The tokenizer of a 4-bit file as a ``tokenizer.json``, which gives the ids that the package's own engine gives.

The engine replaces characters one by one by its table, makes one of several spaces, puts a space in front and looks for
the likeliest pieces; a character that no piece has is an unknown token of its own. ``tokenizers`` has the same steps,
with two habits that are worked around: it looks up short groups of characters (a letter with its accents) as one and
then forgets all but the first, and it makes one token of several unknown characters in a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.packaged.byte_reader import Damaged
from semascope.encoders.packaged.charsmap import write_charsmap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.encoders.packaged.four_bit_vocabulary import Vocabulary

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
