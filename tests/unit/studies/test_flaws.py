"""Flaws of a table: what a study says of each, and that it says nothing of a table without them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from semascope.data.giveaway import Giveaway
from semascope.data.splits import leaked_rows
from semascope.errors import DataError
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.rows import Rows, load_rows
from semascope.studies.heads.flaws.classes import rare_classes, unseen_classes
from semascope.studies.heads.flaws.columns import column_notes
from semascope.studies.heads.flaws.figures import with_figures
from semascope.studies.heads.flaws.finding import find_flaws
from semascope.studies.heads.flaws.found import Flaws


def by_title(notes) -> dict[str, str]:
    return {note.title: note.text for note in notes}


def flaws_of(desk, rows, **asked) -> Flaws:
    return find_flaws(load_rows(desk.ask(rows, **asked)), seed=1)


def test_a_table_without_flaws_lists_what_was_looked_for(desk, letters):
    flaws = flaws_of(desk, letters(80))
    assert (flaws.loud, flaws.notes) == ([], [])
    assert flaws.absent == [
        "the target inside the text",
        "targets that are an id or a rank",
        "values of a target that lie far from all others",
        "names in columns that look alike",
        "columns of the file that predict the target without the text",
    ]


def test_the_result_holds_what_was_looked_for_in_vain(desk, letters):
    looked = desk.run(letters(60), repeats=1).looked_for
    assert "the target inside the text" in looked
    assert "a target that the length of the text tells" in looked
    assert "copies and near copies" in looked


def test_a_text_that_says_its_target(desk, letters):
    rows = [{**row, "body": f"{row['body']} [grade: {row['score']}]"} for row in letters(60)]
    flaws = flaws_of(desk, rows)
    (text,) = by_title(flaws.loud).values()
    assert by_title(flaws.loud).keys() == {"The texts say “score” themselves"}
    assert (
        "In 100 % of the texts what follows “grade:” alone explains 100 % of its variance there, as in row 0:"
        in text
    )
    assert "the target inside the text" not in flaws.absent


def test_a_text_that_names_its_class(desk, letters):
    rows = [{**row, "body": f"{row['body']} {row['mood']}"} for row in letters(60)]
    (note,) = flaws_of(desk, rows, target="mood", head="logistic").loud
    assert "the last word" in note.text or "the name of one class" in note.text


def test_wild_values_are_named_with_figures_without_them(desk, letters):
    rows = letters(100)
    for row in (4, 40, 81):
        rows[row]["score"] = 99_999
    result = desk.run(rows, repeats=1)
    note = next(note for note in result.notes if "lie far from all others" in note.title)
    assert list(note.rows) == [4, 40, 81]
    assert "99,999 (rows 4, 40, 81), where the others are" in note.text
    assert any("(rows 4, 40, 81)" in sentence for sentence in result.headline)  # what a terminal shows
    held_out = set(result.held_out.rows.tolist()) & {4, 40, 81}
    assert f"{len(held_out)} of these rows" in note.text
    assert ("Without them the mean absolute error on the held-out rows is" in note.text) == bool(held_out)
    assert any(note.title in sentence for sentence in result.headline)


def test_wild_values_are_counted_and_written_like_all_numbers(make_rows):
    truth = np.array([*[-1.02, 2.5, 3, 4, 6.616] * 30, 80_000, 85_000, 90_000, 99_999])
    (note,) = find_flaws(make_rows(truth, test=[0, 1, 2, 3, 150]), seed=1).loud
    assert note.text.startswith(
        "80,000, 85,000, 90,000 and 1 more value (rows 150, 151, 152, 153), where the others are −1.02 to 6.62; 1 of"
    )


@pytest.mark.parametrize(
    ("wild", "title", "text"),
    [
        (
            [80_000],
            "1 value of “t0” lies far",
            "80,000 (row 150), where the others are 1 to 5; 1 of these rows is held out.",
        ),
        (
            [80_000, 85_000, 90_000],
            "3 values of “t0” lie far",
            "80,000, 85,000, 90,000 (rows 150, 151, 152), where the others are 1 to 5; 1 of these rows is held out.",
        ),
        (
            [80_000, 80_000, 90_000, 99_999, 99_999],
            "5 values of “t0” lie far",
            "80,000, 90,000, 99,999 (rows 150, 151, 152, 153, 154), where the others are 1 to 5; 1 of these rows is held out.",
        ),
    ],
)
def test_up_to_three_wild_values_are_written_out(make_rows, wild, title, text):
    truth = np.array([*[1.0, 2, 3, 4, 5] * 30, *wild])
    (note,) = find_flaws(make_rows(truth, test=[0, 1, 150]), seed=1).loud
    assert note.title.startswith(title)
    assert note.text.startswith(text)


def test_the_share_that_wild_values_carry_is_of_all_deviation_from_the_median(make_rows):
    """The median is 3; the others deviate by 6 in five, 180 in all, the wild one by 420."""
    truth = np.array([*[1.0, 2, 3, 4, 5] * 30, 423.0])
    (note,) = find_flaws(make_rows(truth, test=[0, 1, 2]), seed=1).loud
    assert "0 of these rows are held out. They carry 70 % of all deviation" in note.text


def test_the_figure_without_wild_values_is_that_of_the_other_rows(make_rows):
    truth = np.array([*[1.0, 2, 3, 4, 5] * 10, 1000, 1000])
    rows = make_rows(truth, test=[0, 1, 2, 3, 50])
    flaws = find_flaws(rows, seed=1)
    assert flaws.wild["t0"].tolist() == [50, 51]
    with_figures(flaws, rows, get_measure("mae", "regression"), {"c": np.full((5, 1), 2.0)}, {"c": "ridge"})
    # |1 - 2|, 0, 1, 2 without the wild one: a mean of 1; with 998 a median of 1
    text = next(note.text for note in flaws.loud if "far from all others" in note.title)
    assert (
        "the mean absolute error on the held-out rows is 1.00 for ridge (median absolute error with them 1.00)."
        in text
    )


@pytest.mark.parametrize(
    ("test", "truth_of_1", "judged_50"),
    [
        ([0, 1, 2, 3], 2.0, True),
        ([0, 50, 51], 2.0, True),
        ([0, 1, 50], np.nan, True),
        ([0, 1, 2, 50], 2.0, False),
    ],
    ids=[
        "no wild row is held out",
        "one row is left",
        "one row with a value is left",
        "the wild row judges nothing",
    ],
)
def test_without_rows_to_tell_no_figure_stands_beside_wild_values(make_rows, test, truth_of_1, judged_50):
    truth = np.array([*[1.0, 2, 3, 4, 5] * 10, 1000, 1000])
    truth[1] = truth_of_1
    rows = make_rows(truth, test=test, judged=[row != 50 or judged_50 for row in range(52)])
    flaws = find_flaws(rows, seed=1)
    predictions = {"c": np.full((len(test), 1), 2.0)}
    with_figures(flaws, rows, get_measure("mae", "regression"), predictions, {"c": "ridge"})
    assert flaws.wild["t0"].tolist() == [50, 51]
    assert not any("Without them" in note.text for note in flaws.loud)


def test_two_rows_are_enough_for_the_figure_without_wild_values(make_rows):
    """Off by 1 and 2; with the wild one's 998 the median is 2."""
    truth = np.array([*[1.0, 2, 3, 4, 5] * 10, 1000, 1000])
    rows = make_rows(truth, test=[0, 3, 50])
    flaws = find_flaws(rows, seed=1)
    with_figures(flaws, rows, get_measure("mae", "regression"), {"c": np.full((3, 1), 2.0)}, {"c": "ridge"})
    text = next(note.text for note in flaws.loud if "far from all others" in note.title)
    assert "is 1.50 for ridge (median absolute error with them 2.00)." in text


def test_a_target_that_is_an_id(desk, letters):
    rows = [{**row, "score": 500 + number} for number, row in enumerate(letters(60))]
    assert "“score” looks like an id or a rank" in by_title(flaws_of(desk, rows).loud)


def test_a_target_that_is_the_length_of_the_text(desk, letters):
    rows = [{**row, "body": row["body"] + " rope" * (number % 17)} for number, row in enumerate(letters(120))]
    rows = [{**row, "score": len(row["body"]) / 10} for row in rows]
    result = desk.run(rows, repeats=1)
    text = by_title(result.notes)["The length of the text alone predicts “score”"]
    assert "of the variance of the held-out rows" in text
    assert "; its mean absolute error is 0, that of tfidf " in text
    assert text.endswith("no better than that.")


def length_note(rows: Rows, predicted: np.ndarray, measure: str = "mae") -> str:
    """What is said of the length of the texts; empty where nothing is."""
    flaws = Flaws()
    with_figures(flaws, rows, get_measure(measure, rows.kind), {"c": predicted[:, None]}, {"c": "ridge"})
    assert bool(flaws.notes) == (not flaws.absent)
    return flaws.notes[0].text if flaws.notes else ""


@pytest.mark.parametrize("asked", [10, 9])
def test_the_rule_of_length_is_judged_on_held_out_rows_that_judge(make_rows, asked):
    """Every third row is held out; the target is a tenth of the length, but in rows that are not judged or have none."""
    lengths, test = np.arange(10, 70), np.arange(1, 58, 3)
    truth = lengths / 10
    truth[test[asked:17]], truth[test[17:]] = 1000.0, np.nan
    judged = np.ones(60, dtype=bool)
    judged[test[asked:17]] = False
    rows = make_rows(truth, test=test.tolist(), judged=judged.tolist())
    rows = replace(rows, texts=["x" * length for length in lengths])
    text = length_note(rows, np.where(truth[test] < 1000, truth[test] + 0.5, 0.0))
    if asked < 10:
        assert text == ""
    else:
        assert "takes away 100 % of the variance of the held-out rows" in text
        assert text.endswith("; its mean absolute error is 0, that of ridge 0.500, no better than that.")


@pytest.mark.parametrize("learnt", [10, 9])
def test_the_rule_of_length_needs_ten_rows_to_learn_from(make_rows, learnt):
    lengths = np.arange(10, 70)
    truth = lengths / 10
    test = np.setdiff1d(np.arange(60), np.linspace(0, 59, 12).astype(int))
    truth[np.setdiff1d(np.arange(60), test)[learnt:]] = np.nan
    rows = replace(make_rows(truth, test=test.tolist()), texts=["x" * length for length in lengths])
    assert bool(length_note(rows, truth[test])) == (learnt == 10)


def test_the_length_that_tells_the_class_takes_the_misses_of_the_commonest_away(make_rows):
    """Of 20 held-out rows 8 are long and not of the commonest class; one of them is so in spite of a short text."""
    long = np.arange(60) % 5 < 2
    classes = long.astype(float)
    test = np.arange(40, 60)
    classes[40], long[40] = 1.0, False
    rows = make_rows(classes, test=test.tolist(), classes=("dull", "rich"))
    rows = replace(rows, texts=["x" * (50 if one else 10) for one in long])
    text = length_note(rows, classes[test], "accuracy")
    assert "takes away 88 % of the misses of the commonest class of the held-out rows" in text  # 7 of 8
    assert text.endswith(
        "; its accuracy is 0.950, that of ridge 1.00, and only the difference was read in the words."
    )


def test_a_class_that_only_the_held_out_rows_have(desk, letters):
    rows = letters(60)
    for row in (0, 4, 8):  # held out: every fourth
        rows[row]["mood"] = "new"
    flaws = flaws_of(desk, rows, target="mood", head="logistic", split_column="side")
    note = next(note for note in flaws.loud if "held-out rows only" in note.title)
    assert note.title == "1 class stands among the held-out rows only"
    assert note.text.startswith("“new” (3): ")
    assert "3 held-out rows of 15 cannot be right" in note.text
    assert list(note.rows) == [0, 4, 8]


def test_classes_of_a_few_rows(make_rows):
    rows = make_rows([0] * 20 + [1] * 17 + [2] * 3, test=[0, 39], classes=("a", "b", "c"))
    (note,) = rare_classes(rows)
    assert (note.title, note.text[:20], list(note.rows)) == (
        "1 class has fewer than 10 rows", "“c” (3, 1 held out).", [37, 38, 39],
    )  # fmt: skip
    assert rare_classes(make_rows([0] * 20 + [1] * 10, test=[0], classes=("a", "b"))) == []
    assert unseen_classes(make_rows([0] * 20 + [1] * 10, test=[0], classes=("a", "b"))) == []


def test_a_slice_that_gives_the_target_away_is_a_warning(make_rows):
    source = ["high", "low"] * 10
    rows = make_rows(
        [8.0, 2.0, 9.0, 1.0] * 5, test=[0], slices={"source": source, "other": ["a", "a", "b", "b"] * 5}
    )
    assert [note.title for note in column_notes(rows)] == ["“source” alone predicts “t0”"]
    classes = make_rows([0, 1] * 10, test=[0], classes=("no", "yes"), slices={"source": source})
    assert "explains 100 % of what guessing misses" in column_notes(classes)[0].text


@pytest.mark.parametrize(("share", "told"), [(0.3, True), (0.29, False)])
def test_a_slice_is_told_from_three_tenths_on(make_rows, monkeypatch, share, told):
    monkeypatch.setattr("semascope.studies.heads.flaws.columns.share_explained", lambda *given: share)
    rows = make_rows([8.0, 2.0] * 10, test=[0], slices={"source": ["a", "b"] * 10})
    assert bool(column_notes(rows)) == told


@pytest.mark.parametrize(
    ("share", "numbers", "told"),
    [(0.3, False, True), (0.29, False, False), (0.8, True, True), (0.79, True, False)],
)
def test_a_column_that_nothing_names_is_told_from_three_tenths_on_and_of_numbers_from_eight(
    make_rows, share, numbers, told
):
    found = Giveaway(column="shop", share=share, numbers=numbers, values=2)
    rows = replace(make_rows([8.0, 2.0] * 10, test=[0]), giveaways={"t0": [found]})
    assert bool(column_notes(rows)) == told


def test_a_column_is_told_with_the_target_that_it_tells_most_of(make_rows):
    def found(column, share, *, values=2):
        return Giveaway(column=column, share=share, numbers=False, values=values)

    rows = make_rows(np.column_stack([np.arange(20.0), np.arange(20.0) ** 2]), test=[0])
    rows = replace(
        rows,
        giveaways={
            "t0": [found("shop", 0.5), found("town", 0.9, values=41), found("a", 0.4)],
            "t1": [found("shop", 0.6), found("b", 0.3)],
        },
    )
    (note,) = column_notes(rows)
    assert note.title == "Columns of the file predict a target without the text"
    assert note.text == (
        "Alone, “town” explains 90 % of the variance of “t0”, “shop” 60 % of “t1” and “a” 40 % of “t0”; 1 more does so, too."
        " A good score may be a detector of one of them."
        " A study with --group town keeps the rows of one value on one side of the split."
    )


def test_columns_that_nothing_names_stand_in_one_line_the_most_telling_first(desk, letters):
    rows = [
        {
            **row,
            "copy": round(row["score"] * 3 + 1, 2),
            "shop": "north" if row["score"] > 5 else "south",
            "town": f"t{int(row['score'])}",
            "code": f"c{int(row['score'] * 2)}",
            "essay": row["body"] * 3,
        }
        for row in letters(120)
    ]
    (note,) = flaws_of(desk, rows).notes
    assert note.title == "Columns of the file predict “score” without the text"
    assert note.text.startswith("Alone, “copy” explains 100 % of its variance, ")
    assert "; 1 more does so, too." in note.text
    assert note.text.endswith(" A study with --slice town gives the results by value.")
    assert "essay" not in note.text
    named = flaws_of(desk, rows, slice=["shop", "town", "code"], target=["score", "copy"]).notes
    assert not any("Column" in note.title for note in named)  # what is named is no unnamed column


@pytest.mark.parametrize("role", ["text", "target", "group", "split_column", "slice"])
def test_columns_in_use_are_not_given_away(desk, letters, role):
    rows = [
        {**row, "copy": row["side"] if role == "split_column" else f"{row['score']:.0f}"}
        for row in letters(80)
    ]
    asked = {"text": ["body", "copy"], "target": ["score", "copy"]}.get(role, "copy")
    assert all(
        each.column != "copy"
        for found in load_rows(desk.ask(rows, **{role: asked})).giveaways.values()
        for each in found
    )


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_classes_in_several_spellings_are_one_and_capitals_are_named(desk, letters):
    spelt = {"glad": ["glad", "glad ", "Glad"], "flat": ["café", decomposed("café")], "sad": ["sad"]}
    rows = [
        {**row, "mood": spelt[row["mood"]][n % len(spelt[row["mood"]])]} for n, row in enumerate(letters(90))
    ]
    found = load_rows(desk.ask(rows, target="mood", head="logistic"))
    assert found.classes == ["Glad", "café", "glad", "sad"]
    notes = by_title(find_flaws(found, seed=1).loud)
    joined = notes["2 classes of “mood” are spelt in several ways and joined"]
    assert "“glad␣”" in joined
    assert "(decomposed)" in joined
    assert "“Glad” (" in notes["2 classes of “mood” look alike and are kept apart"]


def test_groups_that_look_alike_are_one_so_that_none_leaks(desk, letters):
    rows = letters(120)
    for number, row in enumerate(rows):
        name = f"Zürich {row['who']}"
        row["who"] = [name, decomposed(name), f"{name} ", name.upper()][number // 12 % 4]
    found = load_rows(desk.ask(rows, group="who", repeats=5))
    assert len(set(found.groups)) == 12
    for repeat in range(5):
        split = found.resplit(repeat=repeat, test_size=0.2, seed=1)
        assert not len(leaked_rows(found.components, split))
        plain = [
            unicodedata.normalize("NFC", rows[row]["who"]).strip().casefold() for row in found.table.rows
        ]
        assert not {plain[row] for row in split.test} & {plain[row] for row in split.train}
    notes = by_title(find_flaws(found, seed=1).notes)
    assert "would leak" in notes["12 groups of “who” are spelt in several ways and joined"]


def test_too_few_groups_say_that_spellings_were_joined(desk, letters):
    rows = [{**row, "who": ["a", "A", "b", "b "][number % 4]} for number, row in enumerate(letters(60))]
    with pytest.raises(
        DataError, match=r"rows of one group, in any spelling \(“A” .* are “A”; .*\), stay together"
    ):
        load_rows(desk.ask(rows, group="who"))


def test_slices_and_the_headline_take_any_spelling(desk, letters):
    rows = [{**row, "lang": row["lang"] + " " * (number % 2)} for number, row in enumerate(letters(90))]
    found = load_rows(desk.ask(rows, slice="lang", headline="lang= en"))
    assert set(found.slices["lang"]) == {"en", "fr"}
    assert found.judged.tolist() == [row["lang"].strip() == "en" for row in rows]


def test_a_positive_class_may_be_spelt_as_in_the_file(desk, letters):
    rows = [{**row, "mood": row["mood"] + " "} for row in letters(60)]
    result = desk.run(rows, target="mood", head="logistic", measure="f1", positive="glad  ", repeats=1)
    assert result.settings["positive"] == "glad"
