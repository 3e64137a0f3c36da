"""What the sections work out, against numbers worked by hand on four rows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from semascope.reports.heads.cells import _shared
from semascope.reports.heads.classes import confused_pairs
from semascope.reports.heads.errors import other_cuts, score_cuts, stands_out
from semascope.reports.heads.groups import length_bands, score_bands, values
from semascope.reports.heads.reading import Reading
from semascope.reports.heads.worst import worst_rows
from semascope.reports.notes import shortened_rows
from semascope.stats.results import Estimate


@pytest.fixture
def hand(studies):
    """Errors of the chosen cell: 0, 0, 0, 4; languages en en fr fr; tokens 1, 40, 70, 300; the last row cut."""
    return Reading(studies.hand_made())


def test_errors_are_absolute_and_by_row(hand):
    assert hand.row_losses(hand.winner).tolist() == [0.0, 0.0, 0.0, 4.0]


def test_errors_are_cut_by_language_length_and_truncation(hand):
    found = {
        cut.title: {g.name: (e.value, e.n) for g, e in zip(cut.groups, cut.errors, strict=True)}
        for cut in other_cuts(hand)
    }
    assert found == {
        "By length": {
            "up to 32": (0.0, 1),
            "33 to 64": (0.0, 1),
            "65 to 128": (0.0, 1),
            "257 to 512": (4.0, 1),
        },
        "By language": {"en": (0.0, 2), "fr": (2.0, 2)},
        "By truncation": {"read whole": (0.0, 3), "cut by the encoder": (4.0, 1)},
    }
    assert all(cut.overall.value == 1.0 for cut in other_cuts(hand))


def test_each_value_of_an_ordinal_truth_is_a_band(hand):
    ((target, cut),) = score_cuts(hand)
    assert target == "rating"
    assert [(group.name, error.value) for group, error in zip(cut.groups, cut.errors, strict=True)] == [
        ("1", 0.0), ("2", 0.0), ("3", 0.0), ("4", 4.0)
    ]  # fmt: skip


def test_only_rows_with_an_error_are_the_worst(hand):
    assert worst_rows(hand) == [3]


def test_several_targets_are_averaged_as_shares_of_the_baselines_error(studies):
    # baseline errors: target a 1 and 3 (MAE 2), target b 4 and missing (MAE 4); chosen: a 1 and 1, b 2 and missing
    study = studies.make_study(cells=2, rows=2, targets=("a", "b"), ordinal=False)
    base, chosen = study.cells
    truth = np.array([[0.0, 0.0], [0.0, math.nan]])
    predictions = {
        base.id: np.array([[1.0, 4.0], [3.0, 0.0]]),
        chosen.id: np.array([[1.0, -2.0], [1.0, 9.0]]),
    }
    held_out = replace(study.held_out, truth=truth, predictions=predictions)
    reading = Reading(replace(study, held_out=held_out, winner=chosen.id))
    # row 0: (1/2 + 2/4) / 2 = 0.5; row 1: 1/2 alone
    assert reading.row_losses(chosen).tolist() == [0.5, 0.5]


def test_differences_over_several_targets_are_percentages(studies):
    several = Reading(studies.make_study(cells=2, rows=20, targets=("a", "b"), ordinal=False))
    assert several.difference(-0.079).replace("\u202f", " ") == "−7.9 %"
    single = Reading(studies.make_study(cells=2, rows=20))
    assert "%" not in single.difference(-0.079)


def test_differences_have_three_digits_of_the_largest_at_most(studies):
    study = studies.make_study(cells=3, rows=20)
    others = [name for name in study.family.verdicts if name != study.family.baseline]
    found = dict(study.family.verdicts)
    for name, value in zip(others, (1865.77, 0.003), strict=True):
        found[name] = replace(found[name], difference=value, low=value - 0.01, high=value + 0.01)
    cells = [
        replace(cell, estimate=Estimate(value=1879.0, low=439.0, high=3318.0, n=20, method=""))
        for cell in study.cells
    ]
    reading = Reading(
        replace(study, cells=cells, family=replace(study.family, verdicts=found, margin=79.224))
    )
    assert [reading.difference(value) for value in (1865.77, 0.003)] == ["+1,866", "0"]
    assert reading.margin(reading.family) == "±79"


def test_a_caption_says_what_the_vectors_are_of_the_cells_on_vectors_only(studies):
    study = studies.make_study(cells=3, rows=20)
    on_vectors, other, *rest = study.cells
    vectors = replace(on_vectors, encoder="hash:64", dim=64, instruction="default")
    one = replace(study, cells=[vectors, *(replace(cell, encoder="") for cell in (other, *rest))])
    assert _shared(Reading(one)).startswith(". The cell on vectors: hash:64")
    two = replace(
        study, cells=[vectors, replace(vectors, id="again"), *(replace(cell, encoder="") for cell in rest)]
    )
    assert _shared(Reading(two)).startswith(". The cells on vectors: hash:64")


def test_classes_are_wrong_or_right(studies):
    study = studies.make_study(classes=("no", "yes"), targets=("spam",), rows=3, cells=1)
    cell = study.cells[0]
    held_out = replace(
        study.held_out,
        truth=np.array([[0.0], [1.0], [1.0]]),
        predictions={cell.id: np.array([[1.0], [1.0], [0.0]])},
        probabilities={cell.id: np.array([[0.4, 0.6], [0.1, 0.9], [0.8, 0.2]])},
    )
    reading = Reading(replace(study, held_out=held_out))
    assert reading.row_losses(cell).tolist() == [1.0, 0.0, 1.0]
    assert worst_rows(reading) == [2, 0]  # wrong at 0.8 before wrong at 0.6


def test_the_best_estimate_comes_first_whatever_the_direction(studies):
    lower = Reading(studies.make_study())
    assert [cell.estimate.value for cell in lower.ordered] == sorted(
        cell.estimate.value for cell in lower.ordered
    )
    higher = Reading(studies.make_study(classes=("a", "b"), targets=("t",)))
    assert higher.ordered[0].estimate.value == max(cell.estimate.value for cell in higher.ordered)


def test_the_chosen_the_best_and_the_baseline_are_always_pictured(studies):
    study = studies.make_study(cells=60, rows=30)
    worst = max(study.cells, key=lambda cell: cell.estimate.value)
    reading = Reading(replace(study, winner=worst.id))
    ids = [cell.id for cell in reading.pictured]
    assert ids[:3] == [worst.id, study.heldout_best, study.family.baseline] and len(ids) == 6


def test_a_group_stands_out_only_with_its_whole_interval():
    overall = Estimate(value=1.0, low=0.9, high=1.1, n=9)
    assert stands_out(Estimate(value=2.0, low=1.01, high=3.0, n=9), overall)
    assert not stands_out(Estimate(value=2.0, low=0.99, high=3.0, n=9), overall)
    assert not stands_out(Estimate(value=2.0, low=math.nan, high=math.nan, n=2), overall)


def test_wide_scores_get_bands_of_equal_width_that_hold_all_rows():
    truth = np.append(np.linspace(0.0, 10.0, 41), math.nan)
    bands = score_bands(truth)
    assert [band.name for band in bands] == [
        "0.0 to 2.0",
        "2.0 to 4.0",
        "4.0 to 6.0",
        "6.0 to 8.0",
        "8.0 to 10.0",
    ]
    assert [int(band.rows.sum()) for band in bands] == [8, 8, 8, 8, 9]
    assert score_bands(np.array([math.nan])) == []


def test_lengths_end_at_powers_of_two():
    bands = length_bands(np.array([0, 1, 32, 33, 64, 600]))
    assert [(band.name, int(band.rows.sum())) for band in bands] == [
        ("up to 32", 3),
        ("33 to 64", 2),
        ("513 to 1,024", 1),
    ]


def test_rare_values_of_a_column_are_put_together():
    groups = values([f"v{i}" for i in range(30)] + ["v3", ""])
    assert groups[0].name == "v3" and int(groups[0].rows.sum()) == 2
    assert len(groups) == 26 and groups[-1].name == "6 other values"
    assert sum(int(group.rows.sum()) for group in groups) == 32


def test_pairs_are_ordered_by_rows():
    counts = np.array([[9, 1, 0], [4, 9, 0], [0, 2, 9]])
    assert confused_pairs(counts) == [(1, 0, 4), (2, 1, 2), (0, 1, 1)]


def test_row_numbers_are_joined_and_counted():
    assert shortened_rows([1], total=1) == "Row 1"
    assert shortened_rows(list(range(0, 40, 2)), total=20).endswith("22 and 8 more")
