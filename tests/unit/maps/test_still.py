"""Colours of the still picture: those that the page and the figures give the same texts."""

import numpy as np
import pytest

from semascope.maps.contents import Labels, Numbers
from semascope.maps.drawing.marks import groups_of, ranked_codes, span_of
from semascope.maps.drawing.palette import LIGHT_DIVERGING, LIGHT_GREYS, LIGHT_HUES, LIGHT_SEQUENTIAL
from semascope.maps.drawing.still import still_colours

TABLE = [*LIGHT_HUES, LIGHT_GREYS[0], *LIGHT_SEQUENTIAL, *LIGHT_DIVERGING]


def test_labels_rank_by_size_and_equals_by_code():
    labels = Labels(name="x", codes=np.array([3, 1, 1, 0, 0, -1, 3, 3]), names=tuple("abcd"))
    assert ranked_codes(labels) == [3, 0, 1]  # "c" has no text


def test_a_still_picture_colours_labels_as_figures_do():
    codes = np.random.default_rng(0).integers(-1, 14, 300)
    labels = Labels(name="x", codes=codes, names=tuple(f"label {i}" for i in range(14)))
    drawn = [TABLE[place] for place in still_colours(labels, 300)]
    for group in groups_of(labels, 300):
        want = group.colour if group.colour in LIGHT_HUES else LIGHT_GREYS[0]
        assert {drawn[item] for item in group.items} == {want}


@pytest.mark.parametrize("diverging", [False, True])
def test_a_still_picture_colours_numbers_over_the_span_that_figures_take(diverging):
    values = np.array([np.nan, 5.0, -1.0, 2.0, 0.0])
    numbers = Numbers(name="x", values=values, diverging=diverging)
    assert span_of(numbers) == ((-5.0, 5.0) if diverging else (-1.0, 5.0))
    ramp = LIGHT_DIVERGING if diverging else LIGHT_SEQUENTIAL
    drawn = [TABLE[place] for place in still_colours(numbers, 5)]
    steps = [2, 6, 2, 4, 3] if diverging else [0, 6, 0, 3, 1]
    assert drawn[0] == LIGHT_GREYS[0]
    assert drawn[1:] == [ramp[step] for step in steps[1:]]


@pytest.mark.parametrize("values", [np.full(3, np.nan), np.full(3, 7.0)])
def test_numbers_without_a_span_have_a_colour(values):
    assert set(still_colours(Numbers(name="x", values=values), 3)) <= set(range(len(TABLE)))
