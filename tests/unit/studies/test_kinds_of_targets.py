"""What a study's targets are taken for."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.studies.heads.asking.rows import load_rows


def two_valued(letters, n: int = 60) -> list[dict]:
    return [{**row, "yes": int(row["score"] > 5), "half": float(row["other"] > 50)} for row in letters(n)]


def notes_of(result) -> dict[str, str]:
    return {note.title: note.text for note in result.notes}


def test_one_target_of_two_numbers_is_two_classes_and_says_how_to_have_numbers(desk, letters):
    result = desk.run(two_valued(letters), target="yes", head="logistic", repeats=1)
    assert (result.kind, result.classes) == ("classification", ["0", "1"])
    title = "“yes” holds two numbers, 0 and 1: taken as two classes"
    assert "--kind regression" in notes_of(result)[title]
    assert any(sentence.startswith(f"Warning: {title}") for sentence in result.headline)
    assert any(line.startswith(f"WARNING: {title}") for line in desk.said)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"measure": "mae", "head": []}, "measure 'mae'"),
        ({"measure": "spearman", "head": "mlp"}, "measure 'spearman'"),
        ({"head": "ridge"}, "head 'ridge'"),
        ({"head": "mlp", "baseline": "hash:16 · default · 16 · ridge"}, "head 'ridge'"),
    ],
)
def test_what_only_numbers_have_keeps_the_numbers(desk, letters, asked, why):
    taken = load_rows(desk.ask(two_valued(letters), target="yes", **asked)).taken
    assert (taken.kind, taken.why, taken.numbers) == ("regression", why, ("0", "1"))


def test_numbers_that_a_head_asks_for_are_told_loudly_with_the_reason(desk, letters):
    result = desk.run(two_valued(letters), target="yes", head="ridge", repeats=1)
    title = "“yes” holds two numbers only: taken as numbers"
    assert "asks for head 'ridge', which only numbers have" in notes_of(result)[title]
    assert any(sentence.startswith(f"Warning: {title}") for sentence in result.headline)
    assert any(line.startswith(f"WARNING: {title}. The study asks for head 'ridge'") for line in desk.said)


@pytest.mark.parametrize(
    "asked",
    [
        {"head": "ridge"},
        {"measure": "mae", "head": []},
        {"head": "mlp", "baseline": "hash:16 · default · 16 · ridge"},
    ],
)
@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("inf", "infinite: only finite numbers are taken"),
        ("NA", "a word for a missing cell: leave the cell empty"),
    ],
)
def test_a_refused_head_tells_the_cell_that_made_classes(desk, letters, asked, cell, why):
    rows = [{**row, "mark": str(number % 4)} for number, row in enumerate(letters(60))]
    rows[17]["mark"] = rows[29]["mark"] = cell
    with pytest.raises(ConfigError) as caught:
        desk.run(rows, target="mark", **asked)
    said = str(caught.value)
    assert (
        f"column 'mark' was taken as classes: most of them are numbers and {cell!r} is not ({why}), first in row 17 (counted"
        " from 0); if numbers are meant, correct the file and ask for --kind regression"
    ) in said
    with pytest.raises(ConfigError) as caught:
        desk.run(rows, target="mark", kind="classification", **asked)
    assert "was taken as classes" not in str(caught.value)


@pytest.mark.parametrize(
    "asked", [{"measure": "accuracy"}, {"measure": "f1", "positive": "1"}, {"head": "mlp"}]
)
def test_what_classes_have_makes_classes(desk, letters, asked):
    rows = load_rows(desk.ask(two_valued(letters), target="yes", **{"head": [], **asked}))
    assert (rows.kind, rows.classes) == ("classification", ["0", "1"])


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_a_kind_that_is_named_is_taken_without_a_word(desk, letters, kind):
    rows = load_rows(desk.ask(two_valued(letters), target="yes", kind=kind, head=[]))
    assert (rows.kind, rows.taken.two_valued) == (kind, ())


def test_several_targets_stay_numbers_and_say_so(desk, letters):
    result = desk.run(two_valued(letters), target=["yes", "half"], head="mlp", repeats=1)
    assert result.kind == "regression"
    assert (
        "make a regression"
        in notes_of(result)["“yes” and “half” hold two numbers each only: taken as numbers"]
    )


def test_three_numbers_are_numbers(desk, letters):
    rows = [{**row, "three": row["score"] // 4} for row in letters(60)]
    assert load_rows(desk.ask(rows, target="three")).taken.two_valued == ()


def test_a_sample_that_misses_a_number_does_not_make_classes(desk, letters):
    rows = [{**row, "yes": 0 if number % 2 else 1} for number, row in enumerate(letters(90))]
    rows[7]["yes"] = 2
    for seed in range(3):
        assert load_rows(desk.ask(rows, target="yes", head="ridge", limit=40, seed=seed)).kind == "regression"


def test_missing_cells_are_no_third_value(desk, letters):
    rows = two_valued(letters)
    rows[3]["yes"] = None
    found = load_rows(desk.ask(rows, target="yes", head="mlp"))
    assert (found.kind, found.lacking.tolist()) == ("classification", [3])
