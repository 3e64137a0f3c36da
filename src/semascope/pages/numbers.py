"""Numbers as a reader wants them: few digits, a true minus, thousands apart, a dash where nothing is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = "–"
SPACE = "\u202f"  # narrow, no break: between a number and its unit


def decimals_for(step: float) -> int:
    """Decimals that show ``step`` with two significant digits, in [0, 6].

    Examples
    --------
    >>> [decimals_for(step) for step in (0.034, 0.3, 2.0, 40.0)]
    [3, 2, 1, 0]
    """
    if not math.isfinite(step) or step <= 0:
        return 3
    return min(6, max(0, 1 - math.floor(math.log10(step))))


def shared_decimals(widths: Iterable[float], *, fallback: float = float("nan")) -> int:
    """Decimals for a whole column: those of the median interval width, so that all rows align.

    ``fallback`` is the step taken when no width is finite and positive.
    """
    known = sorted(width for width in widths if math.isfinite(width) and width > 0)
    return decimals_for(known[len(known) // 2] if known else fallback)


def measure_decimals(values: Iterable[float], half_widths: Iterable[float]) -> int:
    """Decimals of a measure everywhere it is written: two digits of a typical interval, three of the largest value.

    Examples
    --------
    >>> measure_decimals([0.71, 0.776], [0.08, 0.07]), measure_decimals([912.0, 1044.0], [30.0])
    (3, 0)
    """
    sizes = [abs(value) for value in values if math.isfinite(value)]
    largest = max(sizes, default=1.0)
    return max(shared_decimals(half_widths, fallback=largest / 20), decimals_for(largest / 10))


def fixed(value: float, decimals: int) -> str:
    """The number with ``decimals`` places; a dash for NaN.

    Examples
    --------
    >>> fixed(-1234.567, 1), fixed(float("nan"), 2), fixed(-0.001, 2)
    ('−1,234.6', '–', '0.00')
    """
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else ("∞" if value > 0 else "−∞")
    written = f"{value:,.{decimals}f}"
    return written.lstrip("-") if float(written.replace(",", "")) == 0 else written.replace("-", "−")


def signed(value: float, decimals: int) -> str:
    """The number with its sign; no sign when it rounds to zero.

    Examples
    --------
    >>> signed(0.05, 2), signed(-0.05, 2), signed(0.001, 2)
    ('+0.05', '−0.05', '0.00')
    """
    written = fixed(value, decimals)
    positive = math.isfinite(value) and value > 0 and any(digit in written for digit in "123456789")
    return f"+{written}" if positive else written


def between(low: float, high: float, decimals: int, *, sign: bool = False) -> str:
    """An interval in words, "0.58 to 0.65"; empty when there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    write = signed if sign else fixed
    return f"{write(low, decimals)} to {write(high, decimals)}"


def percent(value: float, decimals: int = 0, *, sign: bool = False) -> str:
    """A share in [0, 1] as a percentage; a dash for NaN.

    Examples
    --------
    >>> percent(0.1234, 1).replace(SPACE, " ")
    '12.3 %'
    """
    if not math.isfinite(value):
        return NOTHING
    return (signed if sign else fixed)(100 * value, decimals) + SPACE + "%"


def p_value(p: float) -> str:
    """A p to two significant digits at most; never "0".

    Examples
    --------
    >>> p_value(0.00001), p_value(0.0123), p_value(0.5), p_value(1.0)
    ('<0.001', '0.012', '0.50', '1')
    """
    if not math.isfinite(p):
        return NOTHING
    if p < 0.001:
        return "<0.001"
    return "1" if p >= 0.995 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def seconds(value: float) -> str:
    """A duration in the unit that reads best; a dash for NaN.

    Examples
    --------
    >>> [seconds(s).replace(SPACE, " ") for s in (0.0004, 0.25, 8.24, 95.0, 7300.0)]
    ['0.4 ms', '250 ms', '8.2 s', '1 min 35 s', '2 h 2 min']
    """
    if not math.isfinite(value):
        return NOTHING
    if value < 0.00005:
        return f"<0.1{SPACE}ms"
    if value < 0.9995:
        return f"{value * 1000:.{1 if value < 0.01 else 0}f}{SPACE}ms"
    if value < 59.5:
        return f"{value:.{1 if value < 9.95 else 0}f}{SPACE}s"
    if value < 3599.5:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}{SPACE}min" + (f" {rest}{SPACE}s" if rest else "")
    hours, minutes = divmod(round(value / 60), 60)
    return f"{hours:,}{SPACE}h" + (f" {minutes}{SPACE}min" if minutes else "")


def roughly(value: int) -> str:
    """An estimated number of things, rounded to two significant digits.

    Examples
    --------
    >>> roughly(61_667), roughly(2_576), roughly(87)
    ('62,000', '2,600', '87')
    """
    return f"{round(value, min(0, 2 - len(str(value)))):,}"


def count(value: int, noun: str = "", plural: str = "") -> str:
    """A number of things, with the noun in the form it needs.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row"), count(2, "class", "classes")
    ('1 row', '1,200 rows', '2 classes')
    """
    if not noun:
        return f"{value:,}"
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"
