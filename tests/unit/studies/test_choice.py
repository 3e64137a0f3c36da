"""Which cell is advised, by hand: costs, ties, what is not known; and what holds whatever the numbers are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.studies.choice import FAR, Choice, Standing, advise, allowed, unpriced

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
        ([cell("fast", 0.04, 2.2, error=0.2)], "slow"),  # so few rows that it may be far behind
        ([cell("fast", 0.02, 2.2, error=0.1)], "fast"),  # behind by two and a half margins at most
        ([cell("fast", 0.03, 2.2, error=0.1)], "slow"),
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


def test_without_a_standard_error_nothing_excuses():
    assert allowed(MARGIN, math.nan) == 0.0
    assert allowed(0.0, 9.0) == 0.0
    twin = cell("twin", 0.0, 2.2, error=math.nan)
    assert advise([BEST, twin], best="slow") == "twin"  # what predicts the same is no worse


@given(st.floats(0, 1), st.floats(0, 3))
def test_a_cell_that_is_near_is_behind_by_two_and_a_half_margins_at_most_even_with_one_error_more(
    margin, error
):
    limit = allowed(margin, error)
    assert 0 <= limit <= max(margin, error)
    assert limit == 0 or limit + error <= FAR * margin + 1e-12
    if error <= margin:
        assert limit == margin  # with rows enough the margin decides


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
def test_whatever_the_numbers_nothing_near_that_costs_no_more_did_better(given, random):
    by_cell = {one.cell: one for one in given}
    advised = by_cell[advise(given, best="slow")]
    assert advised.near
    order = {"nothing": 0, "words": 1, "vectors": 2}
    for one in given:
        cheaper = order[one.reads] < order[advised.reads] or (
            one.reads == advised.reads and (one.reads != "vectors" or one.seconds <= advised.seconds)
        )
        assert not (one.near and cheaper and one.behind < advised.behind)
    # the order of the cells decides only between those that stand alike
    again = by_cell[advise(random.sample(given, len(given)), best="slow")]
    assert (again.behind, again.reads) == (advised.behind, advised.reads)


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


def behind_api(name: str, behind: float, charge: float, *, currency: str = "USD") -> Standing:
    return replace(cell(name, behind, math.nan), charge=charge, currency=currency)


@pytest.mark.parametrize(
    ("others", "advised"),
    [
        ([behind_api("cheap", 0.04, 2.0)], "cheap"),
        ([behind_api("cheap", 0.06, 2.0)], "dear"),  # clearly behind
        ([behind_api("cheap", 0.04, 12.5)], "dear"),  # a tenth cheaper is no cheaper
        ([behind_api("cheap", 0.04, 0.013)], "cheap"),  # no noise of a clock: charges are exact
        ([behind_api("free", 0.04, 0.0)], "free"),
        ([behind_api("yuan", 0.04, 2.0, currency="CNY")], "dear"),  # not comparable
        ([behind_api("unknown", 0.04, math.nan, currency="")], "dear"),
        ([cell("local", 0.04, 0.1)], "dear"),  # seconds of a machine are no money
        ([cell("words", 0.04, 1.0, reads="words")], "words"),
    ],
)
def test_between_apis_the_charge_decides_and_nothing_between_an_api_and_a_machine(others, advised):
    dear = behind_api("dear", 0.0, 13.0)
    assert advise([dear, *others], best="dear") == advised
    assert advise([*others, dear], best="dear") == advised


def test_cells_that_are_charged_in_one_currency_are_priced():
    dear, cheap = behind_api("dear", 0.0, 13.0), behind_api("cheap", 0.01, 2.0)
    assert unpriced([dear, cheap]) == []
    assert unpriced([dear, cell("local", 0.0, 1.0)]) == ["dear"]
