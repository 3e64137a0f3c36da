"""How many tokens a character is worth, by its script: fitted to five tokenizers on texts of some thirty languages.

Two sets of weights. ``MEAN`` is the least-squares fit to the mean of three tokenizers that models behind APIs have
(OpenAI's cl100k, Qwen's, XLM-R's). ``MOST`` is the regression on the 99.2 % quantile of the largest count among these
three, DeepSeek's and BERT's English WordPiece, rounded up where a script had too few texts. What both miss is in
docs/api.md.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semascope.types import Array, Floats

CLASSES = (
    "break", "space", "lower", "upper", "digit", "punctuation", "latin", "cyrillic", "greek", "rtl", "devanagari",
    "indic", "southeast", "han", "kana", "hangul", "caucasus", "symbol", "astral",
)  # fmt: skip
"""What a character may be; ``break`` is white space but the plain space, and what stands before a text."""

# First and last code point of each range; what no range holds is a symbol. Later lines overwrite earlier ones.
_RANGES = (
    (0x00, 0x1F, "break"), (0x20, 0x20, "space"), (0x21, 0x7E, "punctuation"), (0x7F, 0xA0, "break"),
    (0x30, 0x39, "digit"), (0x41, 0x5A, "upper"), (0x61, 0x7A, "lower"),
    (0xC0, 0x24F, "latin"), (0xD7, 0xD7, "symbol"), (0xF7, 0xF7, "symbol"), (0x1E00, 0x1EFF, "latin"),
    (0x370, 0x3FF, "greek"), (0x1F00, 0x1FFF, "greek"), (0x400, 0x52F, "cyrillic"),
    (0x530, 0x58F, "caucasus"), (0x10A0, 0x10FF, "caucasus"),
    (0x590, 0x8FF, "rtl"), (0xFB1D, 0xFDFF, "rtl"), (0xFE70, 0xFEFE, "rtl"),
    (0x900, 0x97F, "devanagari"), (0x980, 0xDFF, "indic"),
    (0xE00, 0x109F, "southeast"), (0x1780, 0x17FF, "southeast"),
    (0x1100, 0x11FF, "hangul"), (0x3130, 0x318F, "hangul"), (0xAC00, 0xD7A3, "hangul"),
    (0x3040, 0x30FF, "kana"), (0x31F0, 0x31FF, "kana"), (0xFF66, 0xFF9F, "kana"),
    (0x3400, 0x4DBF, "han"), (0x4E00, 0x9FFF, "han"), (0xF900, 0xFAFF, "han"),
    (0x2000, 0x200A, "break"), (0x2028, 0x2029, "break"), (0x10000, 0x10FFFF, "astral"), (0x20000, 0x3FFFF, "han"),
)  # fmt: skip
_LETTERS = frozenset(
    {"lower", "upper", "latin", "cyrillic", "greek", "rtl", "devanagari", "indic", "caucasus", "hangul"}
)

# Tokens of a character of each class; "word": more for the first letter of a word; "capitals": for a capital behind a
# capital; "turn": inside a word, from letters to digits or back, and from small letters to capitals.
VERSION = 1
"""Of the weights below: another one wherever one of them changes, for with it the pieces of long texts change."""
MEAN = {
    "break": 0.13, "space": 0.11, "lower": 0.098, "upper": 0.25, "digit": 0.86, "punctuation": 0.64, "latin": 0.67,
    "cyrillic": 0.27, "greek": 0.66, "rtl": 0.42, "devanagari": 0.71, "indic": 1.01, "southeast": 0.62, "han": 0.85,
    "kana": 0.58, "hangul": 0.55, "caucasus": 1.04, "symbol": 0.95, "astral": 1.9, "word": 0.59, "capitals": 0.0,
    "turn": 0.11,
}  # fmt: skip
MOST = {
    "break": 0.27, "space": 0.07, "lower": 0.375, "upper": 0.58, "digit": 1.12, "punctuation": 1.02, "latin": 1.8,
    "cyrillic": 0.97, "greek": 1.0, "rtl": 1.2, "devanagari": 1.3, "indic": 2.05, "southeast": 2.1, "han": 1.85,
    "kana": 0.92, "hangul": 2.4, "caucasus": 2.15, "symbol": 1.9, "astral": 2.9, "word": 0.2, "capitals": 0.21,
    "turn": 0.41,
}  # fmt: skip
# Of a text: special tokens, and what a fit to short texts leaves over.
MEAN_OF_A_TEXT, MOST_OF_A_TEXT = 1.8, 4.3


@functools.cache
def class_of_code() -> NDArray[np.uint8]:
    """(1114112,) place in ``CLASSES`` of each code point."""
    found = np.full(0x110000, CLASSES.index("symbol"), dtype=np.uint8)
    for first, last, name in _RANGES:
        found[first : last + 1] = CLASSES.index(name)
    return found


@functools.cache
def weights_of_pairs() -> Floats:
    """(2, k * k) mean and most tokens of a character, by the class before it times k and its own."""
    return np.array(
        [[_weight(weights, before, own) for before in CLASSES for own in CLASSES] for weights in (MEAN, MOST)]
    )


def character_weights(codes: Array, starts: Array) -> Floats:
    """(2, n) mean and most tokens of each character of some texts.

    Parameters
    ----------
    codes
        (n,) code points of all texts, one after the other.
    starts
        Places where a text begins: what stands before it is not its own.
    """
    own = class_of_code()[codes]
    pairs = np.empty(len(own), dtype=np.intp)
    pairs[1:] = own[:-1]
    pairs[starts] = CLASSES.index("break")
    pairs *= len(CLASSES)
    pairs += own
    return weights_of_pairs()[:, pairs]


def _weight(weights: dict[str, float], before: str, own: str) -> float:
    found = weights[own]
    if own in _LETTERS and before not in _LETTERS:
        found += weights["word"]
    if own == before == "upper":
        found += weights["capitals"]
    alike = {"upper": "upper", "digit": "digit"}
    inside = _LETTERS | {"digit"}
    capitalised = before == "upper" and own == "lower"
    if own in inside and before in inside and alike.get(own) != alike.get(before) and not capitalised:
        found += weights["turn"]
    return found
