"""Ratios as people say them."""

from __future__ import annotations

import math

_PARTS = {
    "nearly all": 1.0,
    "nine tenths": 9 / 10,
    "four fifths": 4 / 5,
    "three quarters": 3 / 4,
    "two thirds": 2 / 3,
    "half": 1 / 2,
    "two fifths": 2 / 5,
    "a third": 1 / 3,
}
_STEPS = (
    (19.5, 1),
    (47.5, 5),
    (105.0, 10),
    (975.0, 50),
)  # below a limit, the step that a denominator is rounded to
_ORDINALS = {
    4: "quarter", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth", 11: "eleventh", 12: "twelfth",
    13: "thirteenth", 14: "fourteenth", 15: "fifteenth", 16: "sixteenth", 17: "seventeenth", 18: "eighteenth",
    19: "nineteenth", 20: "twentieth", 30: "thirtieth", 40: "fortieth", 50: "fiftieth", 60: "sixtieth", 70: "seventieth",
    80: "eightieth", 90: "ninetieth", 100: "hundredth", 1000: "thousandth",
}  # fmt: skip


def fraction(ratio: float) -> str:
    """A ratio below 1 as people say it, rounded to what words can carry.

    Examples
    --------
    >>> [fraction(one) for one in (0.98, 0.88, 0.66, 0.5, 0.3, 0.11, 1 / 23, 1 / 62, 0.0099, 1 / 340, 0.0002)]
    ['nearly all', 'nine tenths', 'two thirds', 'half', 'a third', 'a ninth', 'a twenty-fifth', 'a sixtieth', 'a hundredth', 'a 350th', 'a 5,000th']
    """
    if not 0 < ratio < 1:
        raise ValueError(f"ratio is {ratio}; it must be above 0 and below 1")
    if ratio > 1 / 3.5:
        return min(_PARTS, key=lambda word: abs(math.log(ratio / _PARTS[word])))
    times = 1 / ratio
    step = next((step for limit, step in _STEPS if times < limit), 0)
    step = step or 10 ** (math.floor(math.log10(times)) - 1)  # two digits
    whole = max(4, round(times / step) * step)
    if whole in _ORDINALS:
        ordinal = _ORDINALS[whole]
    elif whole < 100:
        ordinal = f"{_ORDINALS[whole - whole % 10].removesuffix('ieth')}y-{_ORDINALS[whole % 10]}"
    else:
        ordinal = f"{whole:,}th"
    return f"{'an' if ordinal[0] in 'ae' and whole < 100 else 'a'} {ordinal}"
