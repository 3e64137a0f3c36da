"""The hues of labels, which the style sheet must write out once more."""

from __future__ import annotations

import re
from importlib.resources import files

from semascope.pages.hues import DARK_HUES, LIGHT_HUES


def test_the_style_sheet_has_the_same_hues():
    sheet = (files("semascope.pages") / "assets" / "theme.css").read_text("utf-8")
    written = re.findall(r"--hue(\d): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", sheet)
    assert [int(number) for number, _, _ in written] == list(range(len(LIGHT_HUES)))
    assert tuple(light for _, light, _ in written) == LIGHT_HUES
    assert tuple(dark for _, _, dark in written) == DARK_HUES
