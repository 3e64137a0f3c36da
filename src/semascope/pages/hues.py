"""The ten hues of labels, in light and dark: the same on maps, pages and figures, and in theme.css.

They were found by a search that pushed the closest pair apart, in OKLab, as seen by normal eyes and by protanopes and
deuteranopes (Machado, Oliveira & Fernandes 2009), among those that stand out from the paper by 3 to 1 or more (WCAG 2.2,
1.4.11); no yellow does so on white.
"""

from __future__ import annotations

LIGHT_HUES = (
    "#1b51cf",
    "#d0750b",
    "#25a279",
    "#7b0c1e",
    "#986db1",
    "#368ff3",
    "#c92104",
    "#386e56",
    "#78388f",
    "#381f57",
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
