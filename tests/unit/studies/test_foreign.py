"""Rows that an encoder does not read: a warning alone, or what the table says where another encoder reads them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from semascope.data.language import languages_of
from semascope.encoders.hashing import HashEncoder
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.judging.bench import Bench
from semascope.studies.heads.judging.foreign import language_notes, told_of_foreign

MAE = get_measure("mae", "regression")


class English(HashEncoder):
    languages = frozenset({"en"})


class French(HashEncoder):
    languages = frozenset({"fr"})


class Both(HashEncoder):
    languages = frozenset({"en", "fr"})


@pytest.fixture
def rows(make_rows):
    """Rows 0 to 19 are held out; every other row is French."""
    spoken = ["fr" if row % 2 else "en" for row in range(40)]
    found = make_rows([*[0.0] * 38, -99.0, 99.0], test=list(range(20)))
    return replace(found, language=languages_of(found.texts, column=spoken, column_name="lang"))


def bench_of(rows, *, measure=MAE, **raw) -> Bench:
    return Bench(
        study=Study.from_mapping({"data": "x.csv", "text": "a", "target": "b"}),
        rows=rows,
        measure=measure,
        baseline="a",
        truth=rows.truth[rows.split.test],
        raw={cell: np.array(values, dtype=np.float64).reshape(20, -1) for cell, values in raw.items()},
    )


def cell(name: str, encoder: str, selection: float):
    return SimpleNamespace(id=name, label=name, encoder=encoder, selection=selection)


def test_alone_it_is_a_loud_warning(rows):
    (note,) = language_notes(rows, {"one": English(8), "two": HashEncoder(8)})
    assert (note.level, note.title) == ("warning", "hash:8 reads English only")
    assert "read the results by language, or" in note.text


def test_beside_one_that_reads_the_rows_it_is_a_fact(rows):
    (note,) = language_notes(rows, {"small": English(8), "large": Both(8)})
    assert (note.level, note.title, note.count) == ("info", "small reads English only", 20)
    assert note.text == (
        "50 % of the rows are in other languages (en 50 %, fr 50 %; from column 'lang'); large reads them."
    )


def test_two_that_each_read_half_warn_each_other_of_nothing(rows):
    notes = language_notes(rows, {"small": English(8), "other": French(8)})
    assert [note.level for note in notes] == ["warning", "warning"]


def test_where_every_encoder_reads_every_row_nothing_is_said(rows):
    assert language_notes(rows, {"large": Both(8), "unknown": HashEncoder(8)}) == []


def test_the_table_says_what_it_is_worth(rows):
    encoders = {"small": English(8), "large": Both(8)}
    off = [3.0 if row % 2 else 1.0 for row in range(20)]
    bench = bench_of(rows, a=off, b=[9.0] * 20, c=[0.5] * 20)
    cells = [cell("a", "small", 2.0), cell("b", "small", 2.5), cell("c", "large", 1.0), cell("m", "", 5.0)]
    told = told_of_foreign(bench, encoders, cells)
    assert told == {
        "small reads English only": "on the 10 held-out rows in other languages the mean absolute error is 3.00 for a and 0.500 for c"
    }
    (note,) = language_notes(rows, encoders, told=told)
    assert note.text.endswith(
        "; large reads them. On the 10 held-out rows in other languages the mean absolute error"
        " is 3.00 for a and 0.500 for c."
    )


def test_figures_are_means_over_the_same_targets_and_there_are_none_where_none_is_defined(rows, make_rows):
    """Of the second target "a" says the same of every row, which has no rank correlation."""
    encoders = {"small": English(8), "large": Both(8)}
    cells = [cell("a", "small", 0.5), cell("c", "large", 0.5)]
    spearman, up = get_measure("spearman", "regression"), np.arange(20.0)
    truth = np.column_stack([np.arange(40.0), np.arange(40.0)])
    two = replace(make_rows(truth, test=list(range(20))), language=rows.language)
    bench = bench_of(two, measure=spearman, a=np.column_stack([up, 0 * up]), c=np.column_stack([up, -up]))
    assert told_of_foreign(bench, encoders, cells) == {
        "small reads English only": "on the 10 held-out rows in other languages the Spearman correlation is 1.00 for a and 1.00 for c"
    }
    bench = bench_of(rows, measure=spearman, a=up, c=up)  # the truth is 0 in all rows
    assert told_of_foreign(bench, encoders, cells) == {}


def test_few_rows_and_an_encoder_without_a_cell_say_nothing(rows):
    encoders = {"small": English(8), "large": Both(8)}
    bench = bench_of(rows, a=[0.0] * 20, c=[1.0] * 20)
    assert told_of_foreign(bench, encoders, [cell("a", "small", 1.0)]) == {}
    spoken = ["fr" if row in (1, 2, 3, 4, 30) else "en" for row in range(40)]
    few = replace(rows, language=languages_of(rows.texts, column=spoken))
    cells = [cell("a", "small", 1.0), cell("c", "large", 1.0)]
    assert told_of_foreign(bench_of(few, a=[0.0] * 20, c=[1.0] * 20), encoders, cells) == {}


def test_the_answer_of_a_study_says_it_without_a_warning(desk, letters, monkeypatch):
    from semascope.studies.heads.asking import prepare

    load = prepare.load_encoder
    languages = {"hash:8": frozenset({"en"}), "hash:16": frozenset({"en", "fr"})}

    def loaded(name, **asked):
        encoder = load(name, **asked)
        encoder.languages = languages[name]
        return encoder

    monkeypatch.setattr(prepare, "load_encoder", loaded)
    result = desk.run(letters(80), encoder=["hash:8", "hash:16"])
    (sentence,) = [line for line in result.headline if "reads English only" in line]
    assert sentence.startswith("hash:8 reads English only; on the ")
    assert "for hash:8 · ridge and" in sentence
    (note,) = [note for note in result.notes if "reads English only" in note.title]
    assert note.level == "info"
    said = [line for line in desk.said if "reads English only" in line]
    assert len(said) == 1
    assert not said[0].startswith("WARNING")
