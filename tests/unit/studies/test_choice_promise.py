"""Simulated studies whose true errors are known: the rule finds the saving that is free, and loses little where there is none.

``benchmarks/choice.py`` has the table; here are its corners, small.
"""

from __future__ import annotations

import numpy as np
import pytest

from semascope.stats.left_out import paired_errors
from semascope.stats.measures import get_measure
from semascope.studies.choice import Standing, advise, allowed

MAE = get_measure("mae", "regression")
MARGIN = 0.05  # of a mean absolute error of 1


def advised(rng: np.random.Generator, rows: int, behind: float, *, spread: float) -> str:
    """What is advised of a dear cell with an error of 1 and a cheap one of 1 + ``behind`` margins.

    ``spread`` is the standard deviation of the rows' differences.
    """
    shared = rng.gamma(4, 0.25, rows)
    losses = {
        "dear": shared + rng.normal(0, spread / np.sqrt(2), rows),
        "cheap": shared + rng.normal(0, spread / np.sqrt(2), rows) + behind * MARGIN,
    }
    truth = np.zeros((rows, 1))
    value = {name: float(np.mean(one)) for name, one in losses.items()}
    best = min(value, key=lambda name: value[name])
    found = []
    for name, seconds in (("dear", 140.0), ("cheap", 2.2)):
        seen = [
            1e3 + losses[each][:, None] for each in (best, name)
        ]  # far from 0, so that an error is what was drawn
        error = paired_errors(truth, seen[0], [seen[1]], measure=MAE, scale=np.ones(1), groups=None)[0]
        limit = allowed(MARGIN * value[best], float(error))
        found.append(
            Standing(
                cell=name,
                value=value[name],
                behind=value[name] - value[best],
                error=float(error),
                allowed=limit,
                reads="vectors",
                seconds=seconds,
            )
        )
    return advise(found, best=best)


def share_of_cheap(rows: int, behind: float, *, spread: float = 0.55, draws: int = 300) -> float:
    rng = np.random.default_rng([rows, round(10 * behind)])
    return float(np.mean([advised(rng, rows, behind, spread=spread) == "cheap" for _ in range(draws)]))


@pytest.mark.parametrize("rows", [150, 400, 1000])
def test_what_is_as_good_and_cheaper_is_nearly_always_found(rows):
    assert share_of_cheap(rows, 0.0) > 0.8


@pytest.mark.parametrize("rows", [400, 1000])
def test_what_is_three_margins_worse_is_nearly_never_advised(rows):
    assert share_of_cheap(rows, 3.0) < 0.02


@pytest.mark.parametrize("behind", [1.5, 2.5, 4.0, 6.0])
@pytest.mark.parametrize("rows", [30, 60, 150, 400])
def test_at_no_number_of_rows_is_more_than_a_margin_lost_on_average(rows, behind):
    assert behind * share_of_cheap(rows, behind) < 1.0


def test_with_few_rows_a_small_difference_is_taken_for_luck():
    # thirty rows of unrelated cells: the error is two and a half margins and more, so cost decides nothing
    assert share_of_cheap(30, 6.0, spread=0.8) < 0.03
