"""Which rows a study works on, and how they are split."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.data.splits import leaked_rows
from semascope.errors import ConfigError, DataError
from semascope.studies.heads.asking.rows import load_rows


def test_rows_without_a_text_or_any_target_are_left_out_by_their_number_in_the_file(desk, letters):
    rows = letters(40)
    rows[3]["body"] = " \n"
    rows[5]["score"] = rows[5]["other"] = None
    rows[7]["score"] = None
    found = load_rows(desk.ask(rows, target=["score", "other"]))
    assert (found.empty.tolist(), found.lacking.tolist()) == ([3], [5])
    assert found.table.rows.tolist() == [row for row in range(40) if row not in (3, 5)]
    assert len(found) == 38
    at = found.table.rows.tolist().index(7)
    assert math.isnan(found.truth[at, 0])
    assert found.truth[at, 1] == rows[7]["other"]
    assert found.texts[at] == rows[7]["body"]


def test_a_sample_keeps_the_numbers_of_the_file(desk, letters):
    rows = letters(90)
    found = load_rows(desk.ask(rows, limit=40))
    assert len(found) == 40
    assert found.texts == [rows[row]["body"] for row in found.table.rows]
    assert found.truth[:, 0].tolist() == [rows[row]["score"] for row in found.table.rows]
    assert found.digest == load_rows(desk.ask(rows)).digest  # of the file, not of the sample


def test_numbers_written_as_strings_are_numbers(desk, letters):
    csv = desk.folder / "letters.csv"
    csv.write_text("body,score\n" + "".join(f'{row["body"]}," {row["score"]}"\n' for row in letters(40)))
    found = load_rows(desk.ask().model_copy(update={"data": csv}))
    assert found.kind == "regression"
    assert found.truth[:, 0].tolist() == [row["score"] for row in letters(40)]


def test_duplicates_and_groups_stand_on_one_side_in_every_repeat(desk, letters):
    rows = letters(80)
    for row in (1, 14, 40):  # of the groups p1, p2 and p4
        rows[row]["body"] = "the same words once more, and some others that make it long enough"
    found = load_rows(desk.ask(rows, group="who", repeats=4))
    assert len(np.unique(found.components)) == 12 - 2
    for repeat in range(4):
        split = found.resplit(repeat=repeat, test_size=0.2, seed=42)
        assert not len(leaked_rows(found.components, split))
        who = np.array(found.groups)
        assert not set(who[split.train]) & set(who[split.test])
        texts = np.array(found.texts)
        assert not set(texts[split.train]) & set(texts[split.test])
        assert sorted([*split.train, *split.test]) == list(range(80))


def test_the_first_repeat_is_the_studys_own_split_and_the_others_differ(desk):
    found = load_rows(desk.ask(repeats=3))
    splits = [found.resplit(repeat=repeat, test_size=0.2, seed=42).test.tolist() for repeat in range(3)]
    assert splits[0] == found.split.test.tolist()
    assert len({tuple(split) for split in splits}) == 3


def test_a_given_split_is_kept_and_its_leaks_are_found(desk, letters):
    rows = letters(40)
    rows[0]["body"] = rows[1]["body"]  # 0 is held out, 1 is not
    found = load_rows(desk.ask(rows, split_column="side"))
    assert found.split.test.tolist() == list(range(0, 40, 4))
    assert (found.leaked.tolist(), found.given) == ([0], True)


def test_classes_are_numbered_in_the_order_of_their_names_without_those_that_lost_their_rows(desk, letters):
    rows = letters(40)
    rows[3] |= {"mood": "Alone", "body": ""}
    found = load_rows(desk.ask(rows, target="mood"))
    assert list(found.classes) == ["flat", "glad", "sad"]
    moods = [found.classes[int(one)] for one in found.truth[:, 0]]
    assert moods == [row["mood"] for row in rows if row["body"]]
    assert found.strata.tolist() == found.truth[:, 0].tolist()


def test_the_headline_marks_its_rows(desk, letters):
    found = load_rows(desk.ask(letters(60), headline="lang=en"))
    assert found.judged.tolist() == [row["lang"] == "en" for row in letters(60)]


def one_way(rows: list[dict], **change) -> list[dict]:
    return [{**row, **{name: value(row) for name, value in change.items()}} for row in rows]


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        ({}, {"limit": 19}, "has 19 rows with a text and a target; a study needs at least 20"),
        ({"score": lambda row: 3}, {}, "target 'score' is 3 in every row; it must vary"),
        ({"mood": lambda row: "glad"}, {"target": "mood"}, "target 'mood' is glad in every row"),
        ({"mood": lambda row: row["body"]}, {"target": "mood"}, "120 classes in 120 rows"),
        ({}, {"target": ["score", "mood"]}, "a classification learns one target"),
        ({}, {"target": "mood", "kind": "regression"}, r"row 0 \(counted from 0\): '(glad|flat|sad)' is not a number"),
        ({}, {"positive": "glad"}, "positive names a class, but this is a regression"),
        ({}, {"target": "mood", "positive": "gald"}, "positive is 'gald'; classes are flat, glad, sad"),
        ({}, {"split_column": "side", "repeats": 3}, "repeats cannot be used with a given split"),
        ({}, {"headline": "lang"}, "headline is 'lang'; it must be COLUMN=VALUE"),
        ({}, {"headline": "lang=de"}, "only 0 rows have this value; values are en, fr"),
        ({}, {"headline": "lnag=en"}, "did you mean 'lang'"),
        ({}, {"target": "scroe"}, "did you mean 'score'"),
        ({}, {"text": ["body", "score"]}, "column 'score' is a text and a target"),
        ({"who": lambda row: "us"}, {"group": "who"}, "belong together"),
        (
            {"who": lambda row: "us" if row["lang"] == "en" else "them"},
            {"group": "who"},
            "training rows form 1 component .* needs at least 3",
        ),
        (
            {"other": lambda row: row["other"] if row["side"] == "train" else None},
            {"target": ["score", "other"], "split_column": "side"},
            "target 'other' has 0 values among the held-out rows; it needs at least 2",
        ),
        (
            {"other": lambda row: None if row["lang"] == "fr" else row["other"]},
            {"target": ["score", "other"], "headline": "lang=fr"},
            "target 'other' has 0 values among the training rows with lang=fr; it needs at least 10",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_studied_is_one_line(desk, letters, change, asked, message):
    with pytest.raises((ConfigError, DataError), match=message) as caught:
        load_rows(desk.ask(one_way(letters(120), **change), **asked))
    assert "\n" not in str(caught.value)


def sides(rows: list[dict], *, train: int, test: int) -> set[int]:
    """Numbers of the first so many rows of each side."""
    return {
        number
        for side, many in (("train", train), ("test", test))
        for number in [number for number, row in enumerate(rows) if row["side"] == side][:many]
    }


def test_twenty_rows_and_twenty_values_will_do(desk, letters):
    assert len(load_rows(desk.ask(letters(60), limit=20))) == 20
    for known in (20, 19):
        rows = letters(60)
        for row in rows[known:]:
            row["other"] = None
        asked = desk.ask(rows, target=["score", "other"], test_size=0.3)
        if known == 20:
            assert np.isfinite(load_rows(asked).truth[:, 1]).sum() == 20
        else:
            with pytest.raises(DataError, match="target 'other' has 19 values; it needs at least 20"):
                load_rows(asked)


def test_a_class_for_every_two_rows_will_do(desk, letters):
    rows = [{**row, "mood": f"m{number % 30}"} for number, row in enumerate(letters(60))]
    assert len(load_rows(desk.ask(rows, target="mood")).classes) == 30
    rows[0]["mood"] = "one more"
    with pytest.raises(DataError, match="has 31 classes in 60 rows; a class needs several rows"):
        load_rows(desk.ask(rows, target="mood"))


@pytest.mark.parametrize(("train", "test", "enough"), [(20, 2, True), (19, 2, False), (20, 1, False)])
def test_a_headline_needs_twenty_rows_to_learn_from_and_two_held_out(desk, letters, train, test, enough):
    rows = letters(80)
    chosen = sides(rows, train=train, test=test)
    rows = [{**row, "lang": "xx" if number in chosen else "en"} for number, row in enumerate(rows)]
    asked = desk.ask(rows, headline="lang=xx", split_column="side")
    if enough:
        assert set(np.flatnonzero(load_rows(asked).judged).tolist()) == chosen
    else:
        with pytest.raises(DataError, match=f"only {train + test} rows have this value"):
            load_rows(asked)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (10, 2, ""),
        (9, 2, "9 values among the training rows with lang=xx"),
        (10, 1, "1 value among the held-out rows"),
    ],
)
def test_each_target_needs_ten_values_to_learn_from_and_two_held_out(desk, letters, train, test, message):
    rows = letters(160)
    headline, known = sides(rows, train=40, test=10), sides(rows, train=train, test=test)
    for number, row in enumerate(rows):
        row["lang"] = "xx" if number in headline else "en"
        row["other"] = row["other"] if number in known or number not in headline else None
    asked = desk.ask(rows, target=["score", "other"], headline="lang=xx", split_column="side")
    if message:
        with pytest.raises(DataError, match=message):
            load_rows(asked)
    else:
        assert len(load_rows(asked)) == 160


def test_three_components_to_learn_from_will_do(desk, letters):
    rows = [{**row, "who": "abcd"[number % 4]} for number, row in enumerate(letters(80))]
    assert (
        len(load_rows(desk.ask(rows, group="who", split_column="side"))) == 80
    )  # "a" is held out, three are not


def test_a_class_without_rows_is_no_positive_one(desk, letters):
    rows = letters(40)
    rows[3] |= {"mood": "Alone", "body": ""}
    with pytest.raises(ConfigError, match="positive is 'Alone'; classes are flat, glad, sad"):
        load_rows(desk.ask(rows, target="mood", positive="Alone"))


def test_every_repeat_must_hold_out_rows_of_the_headline(desk, letters):
    rows = [{**row, "lang": "xx" if number < 30 else "en"} for number, row in enumerate(letters(300))]
    with pytest.raises(
        DataError, match=r"has (0 values|1 value) among the held-out rows of repeat \d+ with lang=xx"
    ):
        load_rows(desk.ask(rows, headline="lang=xx", repeats=60))
