"""How often a split is repeated where nobody said."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.probes.artifact import read_card
from semascope.studies.heads.asking.repeating import with_repeats
from semascope.studies.heads.asking.rows import load_rows


def taken(desk, rows, **asked):
    study = desk.ask(rows, **{"repeats": None, **asked})
    return with_repeats(study, load_rows(study))


def test_few_held_out_rows_are_split_15_times(desk, letters):
    study, said = taken(desk, letters(100))
    assert study.repeats == 15
    assert said == [
        "20 held-out rows are few, so 15 repeated splits judge; the vectors are the same (--repeats 1 for one split)"
    ]


@pytest.mark.parametrize(("rows", "repeats"), [(1496, 15), (1504, 1)])
def test_from_300_held_out_rows_on_one_split_judges(desk, letters, rows, repeats):
    study, said = taken(desk, letters(rows))
    held_out = len(load_rows(study).split.test)
    assert (held_out < 300) == (repeats == 15)
    assert study.repeats == repeats
    assert bool(said) == (repeats == 15)


def test_the_rows_that_the_headline_speaks_about_count(desk, letters):
    assert taken(desk, letters(1600))[0].repeats == 1
    assert taken(desk, letters(1600), headline="lang=fr")[0].repeats == 15


def test_a_given_split_and_a_number_stand(desk, letters):
    assert taken(desk, letters(60), split_column="side")[0].repeats == 1
    assert taken(desk, letters(60), repeats=3) == (desk.ask(letters(60), repeats=3), [])


def test_a_table_whose_repeats_cannot_all_be_judged_is_split_once(desk, letters):
    rows = letters(100)
    for number, row in enumerate(rows):
        row["other"] = float(number) if number < 20 else None
    study, said = taken(desk, rows, target=["score", "other"])
    assert study.repeats == 1
    assert said[0].startswith(
        "20 held-out rows judge one split alone, as not every repeat could be judged: target 'other' has 1 value among"
    )


def few_groups(letters, groups: int) -> list[dict]:
    return [{**row, "who": f"p{number % groups}"} for number, row in enumerate(letters(100))]


def test_splits_of_few_groups_would_be_one_split_again_and_again(desk, letters):
    study, said = taken(desk, few_groups(letters, 9), group="who")
    assert study.repeats == 1
    assert said == ["one split judges: splits of 9 groups would hold out the same rows again and again"]
    with pytest.raises(
        ConfigError, match=r"repeats is 15, and the rows form 9 groups of 'who'; .* leave out --repeats"
    ):
        taken(desk, few_groups(letters, 9), group="who", repeats=15)
    assert taken(desk, few_groups(letters, 9), group="who", repeats=1) == (
        desk.ask(few_groups(letters, 9), group="who", repeats=1),
        [],
    )
    assert taken(desk, few_groups(letters, 10), group="who")[0].repeats == 15


def test_what_was_taken_stands_in_the_file_of_the_study(desk, letters):
    result = desk.run(letters(60), repeats=None)
    assert result.settings["repeats"] == 15
    assert all(len(cell.repeat.values) == 15 for cell in result.cells)
    assert "over 15 repeated splits, each judged on 12 held-out rows" in result.headline[0]
    assert any("15 repeated splits judge" in line for line in desk.said)


def test_the_card_leads_with_the_repeats_too(desk, letters):
    result = desk.run(letters(60), repeats=None)
    chosen = next(cell for cell in result.cells if cell.id == result.winner)
    first, second = read_card(desk.folder / "run" / "winner").measures
    assert (first.value, first.low, first.high) == (chosen.repeat.mean, chosen.repeat.low, chosen.repeat.high)
    assert first.method == "mean over 15 repeated splits, Nadeau-Bengio corrected t"
    assert (second.value, second.n) == (chosen.estimate.value, 12)
