"""What quality costs: which cells nothing dominates, what memory they take, and money at a price."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from semascope.plain import plain
from semascope.reports.heads import cost, cost_table, money, undominated
from semascope.reports.heads.reading import Reading
from semascope.reports.heads.study import render_report


@pytest.fixture
def study_of(studies):
    """A study of ridge, mean, median, mlp, boosting whose errors, seconds to encode and bytes are given in this order."""

    def make(*figures, **more):
        study = studies.make_study()
        cells = [
            replace(
                cell,
                estimate=studies.estimate(error, 0.1, 344),
                costs=replace(
                    cell.costs,
                    encode_seconds_per_1000=seconds,
                    predict_seconds_per_1000=0.0,
                    memory_bytes=memory,
                ),
            )
            for cell, (error, seconds, memory) in zip(study.cells, figures, strict=True)
        ]
        return replace(study, cells=cells, **more)

    return make


def by_label(study):
    reading = Reading(study)
    found = undominated.dominators(reading)
    return {reading.by_id[name].label: by.label if by else None for name, by in found.items()}


MB, GB = 1e6, 1e9
NAN = math.nan


def test_a_cell_is_dominated_by_the_best_that_is_as_good_as_fast_and_as_small(study_of):
    study = study_of((0.5, 10, 90 * MB), (0.9, 0, 8), (0.8, 0, 8), (0.6, 20, 90 * MB), (0.4, 60, GB))
    # mlp is worse and slower than ridge; boosting is better than all, and dearer
    assert by_label(study) == {
        "ridge": None, "mean": "median", "median": None, "mlp": "ridge", "boosting": None,
    }  # fmt: skip


def test_a_smaller_or_a_faster_cell_is_kept_and_costs_within_a_tenth_are_the_same(study_of):
    study = study_of(
        (0.5, 10, 90 * MB), (0.9, 9.1, 90 * MB), (0.8, 8.9, 90 * MB), (0.7, 50, 40 * MB), (0.6, 10, 89 * MB)
    )
    # 9.1 s are not clearly less than 10 s, 8.9 s are; 89 MB are not clearly less than 90 MB, 40 MB are
    assert by_label(study) == {
        "ridge": None, "mean": "ridge", "median": None, "mlp": None, "boosting": "ridge",
    }  # fmt: skip


def test_costs_under_the_noise_are_the_same(study_of):
    study = study_of((0.5, 0.04, 900_000), (0.9, 0, 8), (0.8, 0, 8), (0.7, 0, 8), (0.6, 0, 8))
    assert [label for label, by in by_label(study).items() if by is None] == ["ridge"]
    study = study_of((0.5, 0.06, 900_000), (0.9, 0, 8), (0.8, 0, 8), (0.7, 0, 8), (0.6, 0, 8))
    assert [label for label, by in by_label(study).items() if by is None] == ["ridge", "boosting"]


def test_of_equals_neither_dominates(study_of):
    study = study_of((0.5, 10, MB), (0.5, 10, MB), (0.5, 10, MB), (0.5, 10, MB), (0.5, 10, 3 * MB))
    found = by_label(study)
    assert found.pop("boosting") == "ridge"
    assert set(found.values()) == {None}


def test_what_is_not_known_is_no_part_of_it(study_of):
    study = study_of((0.5, NAN, NAN), (0.9, 0, 8), (0.8, 0, 8), (NAN, 1, 8), (0.7, 5, 8))
    assert by_label(study) == {"mean": "median", "median": None, "boosting": None}


def test_memory_counts_where_it_is_known_of_all_that_are_timed(study_of):
    figures = [(0.5, 10, GB), (0.9, 0, 8), (0.8, 0, 8), (0.6, 20, 40 * MB), (0.7, 15, NAN)]
    assert by_label(study_of(*figures)) == {
        "ridge": None, "mean": "median", "median": None, "mlp": "ridge", "boosting": "ridge",
    }  # fmt: skip
    assert "more memory" not in undominated.meaning(Reading(study_of(*figures)))
    figures[-1] = (0.7, 15, GB)
    assert by_label(study_of(*figures))["mlp"] is None
    assert "more memory" in undominated.meaning(Reading(study_of(*figures)))


def test_seconds_of_two_machines_are_not_compared(study_of):
    study = study_of((0.5, 1, MB), (0.9, 0, MB), (0.8, 0, MB), (0.6, 20, MB), (0.7, 15, MB))
    cells = [
        replace(cell, costs=replace(cell.costs, encoded_on="cuda elsewhere"))
        if cell.label == "ridge"
        else cell
        for cell in study.cells
    ]
    study = replace(study, cells=cells, price=0.4)
    assert by_label(study)["boosting"] is None and by_label(study)["mlp"] is None
    reading = Reading(study)
    assert math.isnan(money.per_million(reading, reading.by_id[study.cells[0].id]))


def test_the_repeated_splits_lead_where_they_do_in_the_answer(studies):
    study = studies.make_study(repeats=15)
    figures = {"ridge": 0.9, "mlp": 0.5, "boosting": 0.4}
    cells = [
        replace(
            cell,
            repeat=replace(cell.repeat, mean=figures.get(cell.label, 1.0)),
            estimate=studies.estimate(1 - figures.get(cell.label, 0.9), 0.1, 344),
        )
        for cell in study.cells
    ]
    found = by_label(replace(study, cells=cells))
    assert (found["ridge"], found["mlp"], found["boosting"]) == ("boosting", "boosting", None)
    once = by_label(replace(study, cells=[replace(cell, repeat=None) for cell in cells], repeat_family=None))
    assert (once["ridge"], once["mlp"], once["boosting"]) == ("mean", "ridge", "ridge")


def test_money_is_hours_at_the_price(study_of):
    """9 s a thousand texts are 2.5 hours a million."""
    study = study_of((0.5, 9, MB), (0.9, 0, 8), (0.8, 0, 8), (0.6, 20, MB), (0.7, 15, MB), price=0.4)
    reading = Reading(replace(study, winner=study.cells[0].id))
    assert money.per_million(reading, reading.winner) == pytest.approx(1.0)
    assert money.training(reading, reading.winner) == pytest.approx(0.42 / 3600 * 0.4)
    assert money.sentence(reading) == " At 0.40 an hour a million texts cost 1.00."
    titles = list(cost_table.columns(reading))
    cells = cost_table.cost_cells(reading)[study.cells[0].id]
    assert cells[titles.index("Million texts")].content == "1.00"
    assert cells[titles.index("Memory")].content.replace("\u202f", " ") == "1.0 MB"


def test_without_a_price_no_money_is_told(studies):
    study = studies.make_study()
    assert "Million texts" not in cost_table.columns(Reading(study))
    assert "an hour" not in cost.lead(Reading(study))
    assert plain(study)["price"] is None


def test_a_study_that_knows_no_memory_draws_none(studies):
    study = studies.make_study()
    cells = [replace(cell, costs=replace(cell.costs, memory_bytes=NAN)) for cell in study.cells]
    old = Reading(replace(study, cells=cells))
    assert "Memory" not in cost_table.columns(old) and "weights take" not in cost.lead(old)
    assert [price.title for price in cost.prices(old)] == ["Scoring 1,000 texts", "Training the head"]
    assert [price.title for price in cost.prices(Reading(study))][1] == "Memory"


def test_the_mark_stands_in_the_table_and_in_the_pictures(study_of):
    study = study_of((0.5, 10, 90 * MB), (0.9, 0, 8), (0.8, 0, 8), (0.6, 20, 90 * MB), (0.4, 60, GB))
    page = render_report(study)
    table = page[page.index('id="cost"') : page.index("How it was chosen")]
    assert table.count("<b>nothing</b>") == 3
    assert "3 of 5 cells are dominated by no other: boosting, ridge and median." in table
    points = {one.label: one.hollow for one in cost.points_of(Reading(study), lambda cell: 1.0)}
    assert points == {"ridge": False, "mlp": True, "boosting": False}
    assert table.count("point bare") == 3  # mlp, in each of three pictures


def test_training_is_paid_for_where_the_study_ran_wherever_its_vectors_were_encoded(studies):
    study = studies.make_study()
    cells = [replace(cell, costs=replace(cell.costs, encoded_on="cuda elsewhere")) for cell in study.cells]
    reading = Reading(replace(study, cells=cells, price=3.6))
    assert math.isnan(money.per_million(reading, reading.winner))
    assert money.training(reading, reading.winner) == pytest.approx(reading.winner.costs.fit_seconds / 1000)
    assert math.isnan(money.training(Reading(study), reading.winner))


def charged(study, *charges):
    """Of each cell in turn: None for this machine, or what is charged and in which currency."""
    cells = [
        cell
        if charge is None
        else replace(
            cell,
            costs=replace(
                cell.costs,
                encoded_on="api",
                charge_per_million=charge[0],
                currency=charge[1],
                bill={"requests": 0},
            ),
        )
        for cell, charge in zip(study.cells, charges, strict=True)
    ]
    return replace(study, cells=cells)


ALIKE = [(0.5, 10, MB), (0.9, 0, MB), (0.8, 0, MB), (0.5, 10, MB), (0.6, 10, MB)]


def test_money_of_a_provider_is_a_cost_like_any_other(study_of):
    study = charged(study_of(*ALIKE), (20.0, "USD"), None, None, (2.0, "USD"), (1.0, "USD"))
    found = by_label(study)
    assert found["ridge"] == "mlp"  # as good, and charges less
    assert found["boosting"] is None  # worse, and charges still less
    # nobody is paid for a cell of this machine, so none that is paid dominates it
    found = by_label(charged(study_of(*ALIKE), (20.0, "USD"), None, None, (2.0, "USD"), None))
    assert found["boosting"] is None


def test_charges_in_two_currencies_are_not_compared(study_of):
    found = by_label(charged(study_of(*ALIKE), (20.0, "USD"), None, None, (2.0, "CNY"), None))
    assert found["ridge"] is None and found["mlp"] is None


def test_money_is_drawn_where_all_charges_are_in_one_currency(study_of):
    one = Reading(charged(study_of(*ALIKE), (20.0, "USD"), None, None, (2.0, "USD"), None))
    titles = [price.title for price in cost.prices(one)]
    assert titles[-1] == "Money"
    assert money.missing(one) == "what an hour of this machine costs was not given (--price)"
    drawn = {point.label: point.x for point in cost.points_of(one, cost.prices(one)[-1].of)}
    assert (drawn["ridge"], drawn["mlp"]) == (20.0, 2.0)
    assert math.isnan(drawn["boosting"])
    page = str(cost.section(one).body)
    assert "Not drawn, what an hour of this machine costs was not given (--price): boosting" in page
    priced = Reading(replace(one.result, price=3.6))
    drawn = {point.label: point.x for point in cost.points_of(priced, cost.prices(priced)[-1].of)}
    assert drawn["boosting"] == pytest.approx(10 * 1000 / 3600 * 3.6)
    assert "(3.6) is taken to be in USD" in str(cost.section(priced).body)


def test_two_currencies_have_no_picture_and_the_page_says_why(study_of):
    two = Reading(charged(study_of(*ALIKE), (20.0, "USD"), None, None, (2.0, "CNY"), None))
    assert "Money" not in [price.title for price in cost.prices(two)]
    assert "charges are in USD and CNY, which no axis holds together" in str(cost.section(two).body)
    cells = cost_table.cost_cells(two)
    place = list(cost_table.columns(two)).index("Million texts")
    assert [cells[cell.id][place].content for cell in two.result.cells] == [
        "20.00 USD",
        "–",
        "–",
        "2.00 CNY",
        "–",
    ]


def test_an_unknown_price_is_said_to_be_unknown(study_of):
    none = Reading(charged(study_of(*ALIKE), (math.nan, ""), None, None, None, None))
    assert "no price is known" in money.missing(none)
    assert "Money" not in [price.title for price in cost.prices(none)]


def test_without_an_api_nothing_changes(study_of):
    plain_one = Reading(study_of(*ALIKE, price=0.4))
    assert [price.title for price in cost.prices(plain_one)] == [
        "Scoring 1,000 texts",
        "Memory",
        "Training the head",
    ]
    assert money.billed(plain_one) == ""
