"""What every kind of study says of texts in languages that an encoder was not trained for."""

from __future__ import annotations

import pytest

from semascope.data.language import languages_of
from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.studies.geometry.asking.plan import GeometryPlan
from semascope.studies.geometry.asking.prepare import prepare_geometry
from semascope.studies.unread import table_languages, unread_note

LANGS = ["en", "es", "en", "es", "de", "", "en", "en"]


def test_it_counts_the_texts_and_names_their_languages():
    profile = languages_of(["x"] * 8, column=LANGS, column_name="lang")
    note = unread_note(["minilm"], frozenset({"en"}), profile)
    assert note.level == "warning"
    assert note.title == "minilm reads English only"
    assert note.text == (
        "43 % of the texts (3 of 7 whose language is known) are in other languages (es and de; from column 'lang')."
    )
    assert note.count == 3


def test_a_column_of_a_usual_name_says_it_and_without_one_texts_do():
    english = "The ferry leaves the harbour at noon when the tide is high."
    named = Table.from_columns({"text": [english], "language": ["es"]}, source="posts.csv")
    assert table_languages(named, [english], seed=0).shares == {"es": 1.0}
    plain = Table.from_columns({"text": [english]}, source="posts.csv")
    assert table_languages(plain, [english], seed=0).shares == {"en": 1.0}


@pytest.mark.parametrize(
    ("reads", "warned"), [(frozenset({"en"}), 1), (frozenset({"en", "es", "de"}), 0), (None, 0)]
)
def test_a_geometry_warns_once_for_encoders_that_read_the_same(monkeypatch, reads, warned):
    monkeypatch.setattr(HashEncoder, "languages", property(lambda self: reads), raising=False)
    table = Table.from_columns(
        {"text": [f"text {row}" for row in range(8)], "lang": LANGS}, source="posts.csv"
    )
    plan = GeometryPlan.from_mapping(
        {"data": "posts.csv", "text": "text", "encoder": ["a=hash:8", "b=hash:4"]}
    )
    notes = [note for note in prepare_geometry(plan, table=table).notes if "English only" in note.title]
    assert len(notes) == warned
    if warned:
        assert (notes[0].title, notes[0].level, notes[0].count) == ("a and b read English only", "warning", 3)
