"""Colours of marks on a map, in light and dark.

Labels beyond the ten hues are told apart by shape and three greys. Only texts that are not chosen while others are,
"dimmed", are fainter than 3 to 1 on their paper (WCAG 2.2, 1.4.11).
"""

from __future__ import annotations

from semascope.pages.hues import DARK_HUES, LIGHT_HUES

LIGHT_GREYS = ("#6f6d66", "#45433e", "#918e86")
DARK_GREYS = ("#a3a096", "#d0ccc2", "#7d7b74")
LIGHT_MISSING = "#918d84"
DARK_MISSING = "#6a6862"
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
MISSING_SHAPE = "saltire"  # of its own: some see a hue or the middle of a ramp as grey too

# viridis without the end that vanishes on the paper; the middle of the diverging ones is no fainter than their paper allows
LIGHT_SEQUENTIAL = ("#27a483", "#1f938c", "#287d8e", "#33638d", "#3f4889", "#452c7a", "#3b0f58")
DARK_SEQUENTIAL = ("#6c5cc0", "#3f78b8", "#2f8f9d", "#2fb08c", "#6ccd6a", "#b8de45", "#fde955")
LIGHT_DIVERGING = ("#0b4a8f", "#2f6fb4", "#6590b8", "#8f8c86", "#c0804f", "#c4581b", "#8a2f08")
DARK_DIVERGING = ("#8cc8ff", "#4f94d6", "#3f71a5", "#6a6862", "#a4643a", "#df7f3d", "#ffb98c")


def theme_colours() -> dict[str, dict[str, object]]:
    """All colours, as the page's scripts read them."""
    return {
        "light": {
            "hues": LIGHT_HUES,
            "greys": LIGHT_GREYS,
            "sequential": LIGHT_SEQUENTIAL,
            "diverging": LIGHT_DIVERGING,
            "missing": LIGHT_MISSING,
            "dimmed": "#c3bfb4",
            "paper": "#ffffff",
            "plain": LIGHT_HUES[0],
        },
        "dark": {
            "hues": DARK_HUES,
            "greys": DARK_GREYS,
            "sequential": DARK_SEQUENTIAL,
            "diverging": DARK_DIVERGING,
            "missing": DARK_MISSING,
            "dimmed": "#54575d",
            "paper": "#101214",
            "plain": "#6cb8f0",
        },
    }
