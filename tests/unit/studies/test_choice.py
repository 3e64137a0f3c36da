"""Which cell is advised, by hand: costs, ties, what is not known; and what holds whatever the numbers are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.studies.choice import MOST_MARGINS, Choice, Standing, advise, allowed, unpriced

MARGIN = 0.05


def cell(
    name: str, behind: float, seconds: float = 0.0, *, error: float = 0.0, reads: str = "vectors"
) -> Standing:
    return Standing(
        cell=name,
        value=1 + behind,
        behind=behind,
        error=error,
        allowed=allowed(MARGIN, error),
        reads=reads,
        seconds=seconds,
    )


BEST = cell("slow", 0.0, 140.0)


@pytest.mark.parametrize(
    ("others", "advised"),
    [
        ([], "slow"),  # one cell
        ([cell("fast", 0.04, 2.2)], "fast"),  # inside the margin
        ([cell("fast", 0.06, 2.2)], "slow"),  # behind it
        ([cell("fast", 0.06, 2.2, error=0.061)], "fast"),  # within one standard error
        ([cell("fast", 0.08, 2.2, error=0.2)], "slow"),  # which excuses one and a half margins at most
        ([cell("fast", 0.04, 130.0)], "slow"),  # a tenth cheaper is no cheaper
        ([cell("fast", 0.04, 125.0)], "fast"),
        (
            [cell("fast", 0.04, 2.2), cell("better", 0.01, 2.4)],
            "better",
        ),  # one cost, so the better estimate decides
        ([cell("fast", 0.04, 2.2), cell("better", 0.01, 2.5)], "fast"),
        ([cell("fast", 0.04, 0.01), cell("better", 0.01, 0.055)], "better"),  # the noise of a clock
        ([cell("words", 0.04, 1.0, reads="words"), cell("static", 0.01, 0.02)], "words"),  # no encoder at all
        ([cell("median", 0.04, reads="nothing"), cell("words", 0.01, 1.0, reads="words")], "median"),
        ([cell("mean", 0.04, 0.1, reads="nothing"), cell("median", 0.03, 0.9, reads="nothing")], "median"),
        ([cell("twin", 0.0, 2.2)], "twin"),  # the same predictions
    ],
)
def test_the_cheapest_that_is_not_clearly_behind_is_advised(others, advised):
    assert advise([BEST, *others], best="slow") == advised
    assert advise([*others, BEST], best="slow") == advised


def test_a_cell_that_did_better_and_costs_no_more_is_never_passed_over():
    # its own differences vary less, so that it alone is clearly behind
    even, uneven = cell("even", 0.055, 2.0, error=0.01), cell("uneven", 0.06, 2.0, error=0.07)
    assert not even.near
    assert uneven.near
    assert advise([BEST, uneven, even], best="slow") == "even"


def test_where_a_cost_is_not_known_it_decides_nothing_between_encoders():
    unknown, fast = cell("unknown", 0.01, math.nan), cell("fast", 0.04, 2.2)
    assert advise([replace(BEST, seconds=150.0), unknown, fast], best="slow") == "slow"
    assert unpriced([BEST, unknown, fast]) == ["unknown"]
    words = cell("words", 0.04, 1.0, reads="words")
    assert advise([BEST, unknown, fast, words], best="slow") == "words"
    behind = cell("behind", 0.5, math.nan)  # it could not be advised, so its cost is no matter
    assert advise([BEST, behind, fast], best="slow") == "fast"


def test_an_undefined_measure_is_never_advised_beside_a_defined_one():
    undefined = replace(cell("median", math.nan, reads="nothing"), value=math.nan)
    assert advise([undefined, BEST], best="slow") == "slow"
    assert not undefined.near
    nothing = [
        replace(one, value=math.nan, behind=behind, allowed=math.nan)
        for one, behind in ((undefined, 0.0), (BEST, math.nan))
    ]
    assert advise(nothing, best="median") == "median"


def test_without_a_standard_error_the_margin_alone_excuses():
    assert allowed(MARGIN, math.nan) == MARGIN
    assert allowed(MARGIN, 9.0) == MOST_MARGINS * MARGIN
    assert allowed(0.0, 9.0) == 0.0


standings = st.lists(
    st.builds(
        cell,
        st.just("?"),
        st.floats(0, 0.2) | st.just(math.nan),
        st.floats(0, 200) | st.just(math.nan),
        error=st.floats(0, 0.2) | st.just(math.nan),
        reads=st.sampled_from(["nothing", "words", "vectors"]),
    ),
    max_size=8,
).map(lambda found: [BEST, *(replace(one, cell=str(place)) for place, one in enumerate(found))])


@given(standings, st.randoms())
def test_whatever_the_numbers_the_advised_cell_is_near_and_not_dominated(given, random):
    by_cell = {one.cell: one for one in given}
    advised = by_cell[advise(given, best="slow")]
    assert advised.near or any(one.near and one.behind >= advised.behind for one in given)
    order = {"nothing": 0, "words": 1, "vectors": 2}
    near = [one for one in given if one.near]
    assert order[advised.reads] == min(order[one.reads] for one in near)
    for one in given:  # nothing that costs no more did better
        cheaper = order[one.reads] < order[advised.reads] or (
            one.reads == advised.reads and (one.reads != "vectors" or one.seconds <= advised.seconds)
        )
        assert not (cheaper and one.behind < advised.behind)
    # the order of the cells decides only between those that stand alike
    shuffled = random.sample(given, len(given))
    again = by_cell[advise(shuffled, best="slow")]
    assert again.behind == advised.behind
    assert again.reads == advised.reads


@given(standings, st.floats(0.96, 1.04))
def test_a_clock_that_is_off_by_a_little_moves_no_choice_among_cells_of_one_encoder(given, off):
    heads = [replace(one, reads="vectors", seconds=20.0) for one in given]
    noisy = [
        replace(one, seconds=one.seconds * (off if place % 2 else 1.0)) for place, one in enumerate(heads)
    ]
    assert advise(noisy, best="slow") == advise(heads, best="slow")


def test_cost_decides_where_the_best_is_not_advised():
    choice = Choice(
        rule="cheapest", advised="fast", best="slow", margin=MARGIN, of_error=True, standings=[BEST]
    )
    assert choice.by_cost
    assert not replace(choice, advised="slow").by_cost
    assert choice.by_cell == {"slow": BEST}
