"""Money and tokens as people read them."""

from __future__ import annotations

import math

from semascope.words.numbers import NOTHING, exact, fixed, roughly

_MILLION = 1_000_000
_MOST_DECIMALS = 8


def money(value: float, currency: str) -> str:
    """An amount with its currency; a dash for NaN. Small amounts keep two digits, for a price is often one of cents.

    Examples
    --------
    >>> money(2.4, "USD"), money(0.000261, "USD"), money(9e-5, "USD"), money(1234.5, "CNY"), money(0, "")
    ('2.40 USD', '0.00026 USD', '0.000090 USD', '1,235 CNY', '0')
    """
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        written = "0"
    elif abs(value) < 1:
        written = fixed(value, min(_MOST_DECIMALS, 1 - math.floor(math.log10(abs(value)))))
    else:
        written = fixed(value, 0 if abs(value) >= 1000 else 2)
    return f"{written} {currency}".rstrip()


def about(value: float, currency: str) -> str:
    """An estimated amount, with two digits.

    Examples
    --------
    >>> about(1_425.0, "USD"), about(0.0123, "USD")
    ('about 1,400 USD', 'about 0.012 USD')
    """
    return f"about {money(float(f'{value:.2g}'), currency)}"


def tokens(number: int) -> str:
    """A number of tokens; from a million on in millions with one decimal.

    Examples
    --------
    >>> tokens(1), tokens(48_211), tokens(1_234_567)
    ('1 token', '48,211 tokens', '1.2 million tokens')
    """
    if number >= _MILLION:
        return f"{number / _MILLION:,.1f} million tokens"
    return f"{number:,} token{'' if number == 1 else 's'}"


def about_tokens(number: int) -> str:
    """An estimated number of tokens, with two digits.

    Examples
    --------
    >>> about_tokens(48_211), about_tokens(1_234_567)
    ('about 48,000 tokens', 'about 1.2 million tokens')
    """
    if number >= _MILLION:
        return f"about {tokens(number)}"
    return f"about {roughly(number)} token{'' if number == 1 else 's'}"


def given(value: float, currency: str) -> str:
    """An amount that somebody wrote, with the digits that were written.

    Examples
    --------
    >>> given(5.0, "USD"), given(0.125, "")
    ('5 USD', '0.125')
    """
    return f"{exact(value)} {currency}".rstrip()
