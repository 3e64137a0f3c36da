"""Colours of marks on a map, in light and dark.

The ten hues were found by a search that started at the Okabe-Ito hues and pushed the closest pair apart, in OKLab, as
seen by normal eyes and by protanopes and deuteranopes (Machado, Oliveira & Fernandes 2009). Labels beyond the ten are
told apart by shape and three greys.
"""

from __future__ import annotations

LIGHT_HUES = (
    "#2059be",
    "#ba410a",
    "#49b490",
    "#ad74ce",
    "#d4c002",
    "#93bbf5",
    "#780625",
    "#c88400",
    "#542276",
    "#7c5e79",
)
DARK_HUES = (
    "#8c8ecf",
    "#d65f08",
    "#49dba5",
    "#d3aaff",
    "#fcd842",
    "#b0ebfb",
    "#b64078",
    "#cfa612",
    "#4269d3",
    "#77a588",
)
LIGHT_GREYS = ("#6f6d66", "#45433e", "#98958c")
DARK_GREYS = ("#a3a096", "#d0ccc2", "#7d7b74")
LIGHT_MISSING = "#b9b5ab"
DARK_MISSING = "#5d5c58"
SHAPES = ("circle", "square", "triangle", "diamond", "cross")

# viridis and its like, without the end that vanishes on the paper
LIGHT_SEQUENTIAL = ("#b5d96a", "#5ec16e", "#27a685", "#238a8d", "#31688e", "#443983", "#3b0f58")
DARK_SEQUENTIAL = ("#4a3f8f", "#3a6aa5", "#2f8f9d", "#2fb08c", "#6ccd6a", "#b8de45", "#fde955")
LIGHT_DIVERGING = ("#0b4a8f", "#3f83c4", "#9bbfe0", "#cfccc4", "#efb08a", "#d4702c", "#96370a")
DARK_DIVERGING = ("#8cc8ff", "#4f94d6", "#34618f", "#5b5a57", "#9a5a34", "#df7f3d", "#ffb98c")


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
