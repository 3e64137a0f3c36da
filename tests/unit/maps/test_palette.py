"""Colours of marks: apart for the colour-blind, and seen on the paper."""

import numpy as np
import pytest

from semascope.maps.contents import Labels, Numbers
from semascope.maps.drawing.marks import groups_of
from semascope.maps.drawing.palette import DARK_HUES, LIGHT_HUES, theme_colours

PAPERS = {
    "light": ("#ffffff", "#fdfcfa"),
    "dark": ("#101214", "#15171a"),
}  # of a panel, and of the page beside it


def linear(colours):
    srgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def simulated(colours, matrix):
    """OKLab of the colours as a dichromat sees them."""
    seen = np.clip(linear(colours) @ np.array(matrix).T, 0, 1)
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]])
    lab = np.array([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return np.cbrt(seen @ cones.T) @ lab.T


@pytest.mark.parametrize("hues", [LIGHT_HUES, DARK_HUES], ids=["light", "dark"])
@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(3),
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]],
        [[0.3673, 0.8606, -0.228], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.969]],
    ],
    ids=["normal", "protanopia", "deuteranopia"],
)
def test_hues_stay_apart_for_the_colour_blind(hues, matrix):
    seen = simulated(hues, matrix)  # the Okabe-Ito hues and two more: 0.04 at their closest
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[~np.eye(len(hues), dtype=bool)]
    assert apart.min() > 0.1


def luminance(colours):
    return linear(colours) @ [0.2126, 0.7152, 0.0722]


def ramp(stops):
    """All 256 colours of a ramp, as the page mixes them."""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in stops])
    at = np.linspace(0, len(stops) - 1, 256)
    mixed = [np.interp(at, np.arange(len(stops)), channel) for channel in rgb.T]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.rint(mixed).astype(int).T]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_stands_out_from_its_paper_by_three_to_one(theme):
    found = theme_colours()[theme]
    assert found["paper"] == PAPERS[theme][0]
    marks = {
        **{name: [found[name]] for name in ("missing", "plain")},
        **{name: list(found[name]) for name in ("hues", "greys")},
        **{name: ramp(found[name]) for name in ("sequential", "diverging")},
    }
    assert {*marks, "dimmed", "paper"} == set(found)  # what is dimmed is not chosen, and may be faint
    for name, colours in marks.items():
        for paper in PAPERS[theme]:
            both = np.array([luminance(colours), np.full(len(colours), luminance([paper])[0])])
            contrast = (both.max(axis=0) + 0.05) / (both.min(axis=0) + 0.05)
            assert contrast.min() >= 3, (name, paper, colours[int(contrast.argmin())], contrast.min())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lightness_runs_one_way_along_a_ramp_of_numbers(theme):
    rising = np.diff(luminance(theme_colours()[theme]["sequential"]))
    assert (rising > 0.01).all() if theme == "dark" else (rising < -0.01).all()


def test_what_is_missing_has_a_shape_of_its_own():
    """A deuteranope sees one of the hues as its grey, and the middle of a diverging ramp is grey to all."""
    numbers = Numbers(name="residual", values=np.array([-1.0, 0.0, 1.0, np.nan]), diverging=True)
    labels = Labels(name="kind", codes=np.arange(-1, 40), names=tuple(map(str, range(40))))
    for colouring, n in ((numbers, 4), (labels, 41)):
        *there, missing = groups_of(colouring, n)
        assert missing.missing and missing.shape not in {group.shape for group in there}
