"""Numbers as a reader wants them: few digits, a true minus, thousands apart, a dash where nothing is known.

One rule rounds everywhere: the number as it is written shortest (0.815, not the 0.81499999... that the processor keeps)
goes to the nearest, and from the middle away from zero. So a share is 82 % and .82, never .81. What a fixed number of
decimals would show as zeros, or as hundreds of digits, is written with a power of ten.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.types import Ints

NOTHING = "–"
SPACE = "\u202f"  # narrow, no break: between a number and its unit
_PLAIN = 6  # decimals that are written out; beyond them only what would vanish keeps its digits
_KEPT = 4  # significant digits that it keeps then, at most
_LONG = 12  # digits before the point, from which on a power of ten stands
_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)  # any double as it is


def decimals_for(step: float) -> int:
    """Decimals that show ``step`` with two significant digits; 0 for large ones, below it for those of a power of ten.

    Examples
    --------
    >>> [decimals_for(step) for step in (0.034, 0.3, 2.0, 40.0, 3e-9, 2e200)]
    [3, 2, 1, 0, 10, -199]
    """
    if not math.isfinite(step) or step <= 0:
        return 3
    places = 1 - math.floor(math.log10(step))
    return places if places < 1 - _LONG else max(0, places)


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
    three = decimals_for(largest / 10)
    return min(max(shared_decimals(half_widths, fallback=largest / 20), three), max(_PLAIN, three + 1))


def apart_decimals(low: float, high: float, *, least: int) -> int:
    """Decimals at which the ends of an interval differ: ``least``, or one digit of its half where that takes more.

    Where ``least`` decimals show both ends as 0, what lies behind them is rounding or no matter, and is not shown.

    Examples
    --------
    >>> apart_decimals(0.60, 0.66, least=3), apart_decimals(0.1639, 0.1645, least=3), apart_decimals(0.0, 3e-8, least=3)
    (3, 4, 3)
    """
    half = (high - low) / 2
    if not math.isfinite(half) or half <= 0 or max(abs(low), abs(high)) < 0.5 * 10.0**-least:
        return least
    return min(max(least, decimals_for(half) - 1), max(_PLAIN, least))


def fixed(value: float, decimals: int) -> str:
    """The number with ``decimals`` places; a dash for NaN.

    Examples
    --------
    >>> fixed(-1234.567, 1), fixed(float("nan"), 2), fixed(-0.001, 2), fixed(0.815, 2)
    ('−1,234.6', '–', '0.00', '0.82')
    >>> fixed(0.00000195, 8), fixed(1.895e200, -198), fixed(1.895e200, 2)
    ('1.95e−6', '1.90e200', '1.895e200')
    """
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else ("∞" if value > 0 else "−∞")
    return _written(_decimal(value), decimals)


def _decimal(value: float) -> Decimal:
    """The number as it is written shortest."""
    return Decimal(repr(float(value)))


def _written(value: Decimal, decimals: int) -> str:
    if decimals > _PLAIN and value:
        decimals = min(decimals, max(_PLAIN, _KEPT - 1 - value.adjusted()))
    if value.adjusted() < _LONG:
        decimals = max(decimals, 0)
    elif decimals >= 0:
        decimals = _KEPT - 1 - value.adjusted()
    else:  # one digit at least, and no more than a double has
        decimals = min(max(decimals, -value.adjusted()), 14 - value.adjusted())
    rounded = _EXACT.quantize(value, Decimal(1).scaleb(-decimals))
    if not rounded:
        return "0" if not 0 <= decimals <= _PLAIN else f"{0:.{decimals}f}"
    if 0 <= decimals <= _PLAIN:
        return f"{rounded:,f}".replace("-", "−")
    digits = rounded.adjusted() + decimals
    mantissa = f"{rounded.scaleb(-rounded.adjusted(), _EXACT):.{digits}f}" if digits > 0 else _first(rounded)
    return f"{mantissa}e{rounded.adjusted()}".replace("-", "−")


def _first(value: Decimal) -> str:
    sign, digits, _ = value.as_tuple()
    return f"{'-' * sign}{digits[0]}"


def significant(value: float, digits: int, *, longest: int = _LONG) -> str:
    """The number with ``digits`` significant digits, those before the point whole, without zeros that say nothing.

    From ``longest`` digits before the point on, a power of ten stands.

    Examples
    --------
    >>> [significant(value, 3) for value in (0.5, 1234.5, 1e-9, -0.00012345, 1e6, 2.345e200)]
    ['0.5', '1,235', '1e−9', '−0.000123', '1,000,000', '2.35e200']
    """
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    exact = _decimal(value)
    last = exact.adjusted() - digits + 1
    if exact.adjusted() < longest:
        last = min(0, last)
    return _shortest(_EXACT.quantize(exact, Decimal(1).scaleb(last)), grouped=True, longest=longest)


def three_digits(value: float) -> str:
    """The number with the decimals that three significant digits take, zeros included."""
    return fixed(value, decimals_for(abs(value) / 10) if value else 0)


def exact(value: float) -> str:
    """The number as somebody gave it, every digit of it.

    Examples
    --------
    >>> exact(3.0), exact(1234567.5), exact(1e-6), exact(0.1 + 0.2)
    ('3', '1234567.5', '1e−6', '0.30000000000000004')
    """
    return _shortest(_decimal(value), grouped=False) if math.isfinite(value) else fixed(value, 0)


def _shortest(value: Decimal, *, grouped: bool, longest: int = _LONG) -> str:
    value = value.normalize(_EXACT)
    if -5 < value.adjusted() < longest or not value:
        plain = value if value.as_tuple().exponent < 0 else value.quantize(Decimal(1), context=_EXACT)  # type: ignore[operator]
        return f"{plain:{',' if grouped else ''}f}".replace("-", "−")
    mantissa = value.scaleb(-value.adjusted(), _EXACT)
    return f"{mantissa:f}e{value.adjusted()}".replace("-", "−")


def share(value: float, *, sign: bool = False) -> str:
    """A share in [0, 1] as two digits behind a point, ".82"; a dash for NaN.

    Examples
    --------
    >>> share(0.815), share(1.0), share(-0.03, sign=True), share(0.0)
    ('.82', '1.00', '−.03', '.00')
    """
    return (signed if sign else fixed)(value, 2).replace("0.", ".", 1)


def rounded_share(value: float) -> str:
    """A share of 0 or more in a sentence: with a decimal below 10 %, unless it is whole.

    Examples
    --------
    >>> rounded_share(0.124), rounded_share(0.05), rounded_share(0.034)
    ('12 %', '5 %', '3.4 %')
    """
    return percent(value, 0 if value >= 0.0995 or round(100 * value, 9).is_integer() else 1, space=" ")


def signed(value: float, decimals: int) -> str:
    """The number with its sign; no sign when it rounds to zero.

    Examples
    --------
    >>> signed(0.05, 2), signed(-0.05, 2), signed(0.001, 2)
    ('+0.05', '−0.05', '0.00')
    """
    return _signed(fixed(value, decimals), math.isfinite(value) and value > 0)


def _signed(written: str, positive: bool) -> str:
    return f"+{written}" if positive and any(digit in written for digit in "123456789") else written


def between(low: float, high: float, decimals: int, *, sign: bool = False) -> str:
    """An interval in words, "0.58 to 0.65"; empty when there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    write = signed if sign else fixed
    return f"{write(low, decimals)} to {write(high, decimals)}"


def from_to(low: float, high: float) -> str:
    """Where numbers lie: whole ends whole, others with the decimals that show a hundredth of the way between them.

    Examples
    --------
    >>> from_to(-1.02, 6.616), from_to(1.0, 5.0), from_to(0.0, 12345.0), from_to(-0.5, 3.0)
    ('−1.02 to 6.62', '1 to 5', '0 to 12,345', '−0.50 to 3.00')
    """
    whole = low == round(low) and high == round(high)
    return between(low, high, 0 if whole else decimals_for((high - low or abs(high)) / 10))


def percent(value: float, decimals: int = 0, *, sign: bool = False, space: str = SPACE) -> str:
    """A share in [0, 1] as a percentage; a dash for NaN.

    Examples
    --------
    >>> percent(0.1234, 1, space=" "), percent(0.815, space=" ")
    ('12.3 %', '82 %')
    """
    if not math.isfinite(value):
        return NOTHING
    return _signed(_written(_decimal(value).scaleb(2), decimals), value > 0 and sign) + space + "%"


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
    return "1" if p >= 0.995 else fixed(p, 3 if p < 0.1 else 2)


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
        return f"{_written(_decimal(value).scaleb(3), 1 if value < 0.01 else 0)}{SPACE}ms"
    if value < 59.5:
        return f"{fixed(value, 1 if value < 9.95 else 0)}{SPACE}s"
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
    exact = Decimal(value)
    return f"{int(_EXACT.quantize(exact, Decimal(1).scaleb(max(0, exact.adjusted() - 1)))):,}"


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


def scaled(number: int) -> str:
    """A number of parameters in millions or billions."""
    return f"{number / 1e9:.2f} B" if number >= 1e9 else f"{number / 1e6:.0f} M"


def size(n_bytes: int) -> str:
    """Bytes in the unit that reads best.

    Examples
    --------
    >>> [size(number) for number in (8, 41_200, 1_600_000, 90_900_000, 2_440_000_000)]
    ['8 bytes', '41 kB', '1.6 MB', '91 MB', '2.4 GB']
    """
    if n_bytes >= 999.5e6:
        return f"{n_bytes / 1e9:.1f} GB"
    if n_bytes >= 999.5e3:
        return f"{n_bytes / 1e6:.{0 if n_bytes >= 9.95e6 else 1}f} MB"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes >= 1e3 else count(n_bytes, "byte")


def some_rows(rows: Sequence[int] | Ints, *, limit: int = 8) -> str:
    """Row numbers, the first few written out.

    Examples
    --------
    >>> some_rows([4]), some_rows(range(10))
    ('row 4', 'rows 0, 1, 2, 3, 4, 5, 6, 7 and 2 more')
    """
    shown = ", ".join(str(row) for row in rows[:limit])
    more = f" and {len(rows) - limit:,} more" if len(rows) > limit else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
