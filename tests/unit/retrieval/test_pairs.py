"""Collections out of one table of pairs."""

from __future__ import annotations

import pytest

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs

PLAIN = PairColumns(query="title", document="abstract")


def collection(columns: PairColumns = PLAIN, **values: list):
    return read_pairs(Table.from_columns(values), columns)


def graded(found) -> list[tuple[str, str, float, str]]:
    judged = found.judgements
    return list(zip(judged.queries, judged.documents, judged.grades.tolist(), judged.splits, strict=True))


def kinds(found) -> dict[str, int]:
    return {note.kind: note.count for note in found.notes}


def test_each_row_is_a_query_and_its_only_relevant_document():
    found = collection(title=["Tides", "Fog"], abstract=["The moon.", "Drops."], lang=["en", "de"])
    assert (found.queries.ids, found.queries.texts) == (("0", "1"), ("Tides", "Fog"))
    assert (found.documents.ids, found.documents.texts) == (("0", "1"), ("The moon.", "Drops."))
    assert graded(found) == [("0", "0", 1.0, ""), ("1", "1", 1.0, "")]
    assert found.documents.columns.strings("lang") == found.queries.columns.strings("lang") == ["en", "de"]
    assert found.notes == ()


def test_copies_are_one_and_bring_their_judgements_along():
    found = collection(
        title=["Tides", "TIDES ", "Fog", "Mist", "Dew"],
        abstract=["The moon.", "The sun.", "Drops.", "drops.", "Cold air."],
    )
    assert found.queries.texts == ("Tides", "Fog", "Mist", "Dew")
    assert found.documents.texts == ("The moon.", "The sun.", "Drops.", "Cold air.")
    assert graded(found) == [
        ("0", "0", 1.0, ""),
        ("0", "1", 1.0, ""),
        ("2", "2", 1.0, ""),
        ("3", "2", 1.0, ""),
        ("4", "4", 1.0, ""),
    ]
    assert kinds(found) == {"merged query": 1, "merged document": 1}


def test_grades_ids_and_splits_come_from_their_columns():
    columns = PairColumns(query="title", document="abstract", grade="good", id="key", split="part")
    found = collection(
        columns,
        title=["a", "b", "a", "c", "d"],
        abstract=["x", "y", "z", "x", "w"],
        good=["2.5", 0, 1, -1, None],
        key=[7, "07", "7b", "7", "last"],
        part=["train", "test", "train", "test", "test"],
    )
    assert found.documents.ids == ("7", "07", "7b", "last")
    assert graded(found) == [
        ("0", "7", 2.5, "train"),
        ("0", "7b", 1.0, "train"),
        ("1", "07", 0.0, "test"),
        ("3", "7", 0.0, "test"),
    ]
    assert kinds(found) == {
        "negative grade": 1,
        "unjudged query": 1,
        "query without relevant": 2,
        "merged query": 1,
        "merged document": 1,
        "row without grade": 1,
    }


def test_rows_with_nothing_to_ask_or_to_find_judge_nothing_and_the_rest_of_them_stays():
    found = collection(title=["Tides", "", "Fog"], abstract=["The moon.", "Nobody asks.", "\u200b"])
    assert found.queries.texts == ("Tides", "Fog")
    assert found.documents.texts == ("The moon.", "Nobody asks.")
    assert graded(found) == [("0", "0", 1.0, "")]
    assert kinds(found) == {"unjudged query": 1, "row without query": 1, "row without document": 1}


def test_rows_keep_the_numbers_that_they_have_in_the_file():
    table = Table.from_columns({"title": list("abcd"), "abstract": list("wxyz")}).take([1, 3])
    assert read_pairs(table, PLAIN).queries.ids == ("1", "3")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (PairColumns(query="titel", document="abstract"), "has no column 'titel'.*did you mean 'title'"),
        (PairColumns(query="title", document="abstract", grade="key"), "'x' is not a number"),
        (
            PairColumns(query="title", document="abstract", id="key"),
            "two documents under the id 'x', in rows 0 and 2",
        ),
    ],
)
def test_columns_that_cannot_be_used_are_one_clear_line(columns, message):
    with pytest.raises(DataError, match=message):
        collection(columns, title=["a", "b", "c"], abstract=["w", "y", "z"], key=["x", "y", "x"])


@pytest.mark.parametrize(
    ("title", "good", "message"),
    [
        (
            [""],
            [1],
            "has no row with a query in 'title' and a document in 'abstract' and a grade in 'good'; one at least",
        ),
        (["a"], [None], "has no row with a query"),
    ],
)
def test_a_table_without_a_pair_is_one_clear_line(title, good, message):
    with pytest.raises(DataError, match=message):
        collection(
            PairColumns(query="title", document="abstract", grade="good"),
            title=title,
            abstract=["x"],
            good=good,
        )


def test_what_the_reader_has_to_say_is_a_note(tmp_path):
    (tmp_path / "pairs.csv").write_text("title;abstract\na;x\nb;y\n")
    (note,) = read_pairs(tmp_path / "pairs.csv", PLAIN).notes
    assert note.kind == "reading" and "semicolons" in note.text


def test_one_column_is_not_both():
    with pytest.raises(ConfigError, match="query and document are both 'title'; two columns are needed"):
        collection(PairColumns(query="title", document="title"), title=["a"])


@pytest.mark.shared_data
def test_real_titles_and_abstracts(shared_data):
    found = read_pairs(
        shared_data / "arxiv_abstracts.jsonl", PairColumns(query="title", document="abstract", id="id")
    )
    assert (len(found.documents), len(found.queries), len(found.judgements)) == (3575, 3561, 3575)
    assert kinds(found) == {"merged query": 14}
