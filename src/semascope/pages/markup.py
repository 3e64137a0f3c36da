"""HTML and SVG elements from Python, with every text and attribute escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from semascope.words.texts import readable

_JOINT = re.compile(r"([_./:+,=-])(?=[^\W_])")

Attribute = str | int | float | bool | None


def safe(value: object) -> Markup:
    """The value as markup: what is markup already stays, everything else is made readable and escaped."""
    return value if isinstance(value, Markup) else escape(readable(str(value)))


def element(name: str, *children: object, **attributes: Attribute) -> Markup:
    """One element.

    Parameters
    ----------
    name
        The tag.
    children
        Markup is taken as it is; anything else is escaped.
    attributes
        Underscores become hyphens and a trailing one is dropped (``class_``); None and False leave the
        attribute out, True writes it bare; floats are rounded to two decimals.

    Examples
    --------
    >>> element("p", "1 < 2", class_="note", hidden=True)
    Markup('<p class="note" hidden>1 &lt; 2</p>')
    """
    written = "".join(
        _attribute(key, value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inner = "".join(safe(child) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def breakable(text: str) -> Markup:
    """A name that may break after its own joints instead of in the middle of a word.

    Examples
    --------
    >>> breakable("systemic_impact")
    Markup('systemic_<wbr>impact')
    """
    return Markup(_JOINT.sub(r"\1<wbr>", str(safe(text))))


def joined(parts: list[Markup], separator: str = "") -> Markup:
    """Markup side by side."""
    return safe(separator).join(parts)


def number(value: float) -> str:
    """A coordinate: two decimals at most, no trailing zeros.

    Examples
    --------
    >>> number(3.0), number(2.345), number(-0.001)
    ('3', '2.35', '0')
    """
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{safe(number(value) if isinstance(value, float) else value)}"'
