import csv
import io
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semascope.data.read import read_table, table_of
from semascope.data.table import DataWarning
from semascope.errors import ConfigError, DataError

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tables(alphabet):
    """Rows of 1 to 4 columns over an alphabet of characters."""
    cell = st.text(alphabet=alphabet, max_size=8)
    width = st.integers(1, 4)
    return width.flatmap(lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=6))


def save(folder, ending, rows, **how):
    header = [f"c{column}" for column in range(len(rows[0]))]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if ending == "tsv" else ",", **how)
    writer.writerows([header, *rows])
    path = folder / f"a.{ending}"
    path.write_bytes(text.getvalue().encode())
    return path


def cells(table):
    return [list(row) for row in zip(*map(table.strings, table.columns), strict=True)]


@quick
@given(rows=tables('ab ,;"\n\r'), how=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_what_a_quoting_writer_wrote_is_read_back_without_a_remark(tmp_path, ending, rows, how):
    path = save(tmp_path, ending, rows, quoting=how)
    for quoting in ("auto", "standard"):
        table = table_of(path, quoting=quoting)
        assert cells(table) == rows
        assert table.remarks == ()
        assert table.quoting == "standard"


def unquoted(folder, rows):
    """A file of a writer that knows no quotes."""
    header = [f"c{column}" for column in range(len(rows[0]))]
    path = folder / "a.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in (header, *rows)), encoding="utf8")
    return path


@quick
@given(rows=tables('ab ,;"').filter(lambda rows: len(rows[0]) > 1))
def test_without_quotes_every_line_is_a_row(tmp_path, rows):
    table = table_of(unquoted(tmp_path, rows), quoting="none")
    assert cells(table) == rows
    assert table.remarks == ()
    assert table.quoting == "none"


@quick
@given(
    rows=tables('ab ,;"').filter(lambda rows: len(rows[0]) > 1),
    place=st.tuples(st.integers(0, 5), st.integers(0, 3)),
    stray=st.sampled_from(['"', '"calm', '"High" tide', '"a" "b"']),
)
def test_a_text_that_begins_with_a_quotation_mark_swallows_nothing(tmp_path, rows, place, stray):
    row, column = place[0] % len(rows), place[1] % len(rows[0])
    rows[row][column] = stray
    table = table_of(unquoted(tmp_path, rows))
    assert cells(table) == rows
    assert table.quoting == "none"
    assert "read as letters" in table.remarks[0].text


@quick
@given(rows=tables('ab ,;"').filter(lambda rows: len(rows[0]) > 1))
def test_quotation_marks_inside_texts_are_letters_either_way(tmp_path, rows):
    rows = [["x" + cell for cell in row] for row in rows]
    table = table_of(unquoted(tmp_path, rows))
    assert cells(table) == rows
    assert table.remarks == ()


@pytest.mark.parametrize(
    ("lines", "texts", "quoting"),
    [
        (['"fog, then rain"\t1', "calm\t2"], ["fog, then rain", "calm"], "standard"),  # a spreadsheet's
        (['"fog, then rain"\t1', "calm, dry\t2"], ['"fog, then rain"', "calm, dry"], "none"),
        (['"fog"\t1', '"calm"\t2'], ["fog", "calm"], "standard"),  # all texts, no numbers
        (['"fog"\t1', "calm\t2"], ['"fog"', "calm"], "none"),  # who quotes one and not the other?
        (['"so ""calm"""\t1', "fog\t2"], ['so "calm"', "fog"], "standard"),
        (['"so ""calm"""\t1', '5" wide\t2'], ['"so ""calm"""', '5" wide'], "none"),
        (['"two\nlines"\t1', "fog\t2"], ["two\nlines", "fog"], "standard"),
        (['"fog\t1', "calm\t2", 'dry"\t3'], ['"fog', "calm", 'dry"'], "none"),
        (['"fog\t1', "calm\t2"], ['"fog', "calm"], "none"),  # never closed
        (["fog\t1", "calm\t2"], ["fog", "calm"], "standard"),
    ],
)
def test_by_which_writer_a_file_with_tabs_was_written(tmp_path, lines, texts, quoting):
    path = tmp_path / "a.tsv"
    path.write_text("\n".join(["text\tmark", *lines]) + "\n", encoding="utf8")
    table = table_of(path)
    assert table.strings("text") == texts
    assert table.quoting == quoting


def test_one_column_has_no_separator_to_tell_by(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('text\n"two\nlines"\nfog\n', encoding="utf8")
    assert table_of(path).strings("text") == ["two\nlines", "fog"]
    path.write_text('text\n"High" tide\nfog\n', encoding="utf8")
    with pytest.raises(DataError, match=r"line 2: .*with --quoting none"):
        table_of(path)
    assert table_of(path, quoting="none").strings("text") == ['"High" tide', "fog"]


def harbour(n=40, *, separator=","):
    lines = [f"text{separator}mark"] + [f"the ferry came at {row}{separator}{row % 5}.5" for row in range(n)]
    lines[6] = f'"late again{separator}1.5'
    lines[20] = f'bar 5"{separator}2.5'
    return "\n".join(lines) + "\n"


def test_rows_swallowed_in_a_file_with_commas_are_warned_of_with_their_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(harbour(), encoding="utf8")
    with pytest.warns(DataWarning, match=r"swallowed 14 rows of a\.csv: lines 7 to 21 were read as one row"):
        table = read_table(path)
    assert len(table) == 26
    assert table.remarks[0].warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_table(path, quoting="none")) == 40
        sure = read_table(path, quoting="standard")
    assert len(sure) == 26
    assert [remark.warning for remark in sure.remarks] == [False]


def test_the_same_file_with_tabs_is_read_whole(tmp_path):
    for name in ("a.tsv", "b.csv"):
        (tmp_path / name).write_text(harbour(separator="\t"), encoding="utf8")
        table = read_table(tmp_path / name)
        assert len(table) == 40
        assert table.strings("text")[5] == '"late again'
        assert "is in line 7" in table.remarks[-1].text


def test_rows_are_known_by_their_labels_and_by_many_separators_too(tmp_path):
    labels = "text,mood\n" + "".join(f"ferry {row},{'glad' if row % 2 else 'sad'}\n" for row in range(40))
    path = tmp_path / "a.csv"
    path.write_text(labels + '"late,sad\nearly,glad\nso 5",sad\n', encoding="utf8")
    assert [remark.warning for remark in table_of(path).remarks] == [True]
    path.write_text(labels + '"Dear crew,\nit was late, and wet,\nbut fine",sad\n', encoding="utf8")
    assert table_of(path).remarks == ()
    wide = "a,b,c,d\n" + '"x y,z,v,w\n' + "p q,r,s,t\n" * 3 + 'k l",m,n,o\n'
    path.write_text(wide, encoding="utf8")
    assert [remark.warning for remark in table_of(path).remarks] == [True]


@pytest.mark.parametrize(
    "letter",
    ["Dear crew,\nthanks", "Bought 2,\nwaited, 3\nnever again", "a, b\nc, d", "one\n\ntwo, three\nfour, 4"],
)
def test_letters_with_commas_and_line_breaks_are_no_rows(tmp_path, letter):
    rows = [[f"ferry {row}", f"{row % 5}.5"] for row in range(30)]
    rows[10][0] = letter
    table = table_of(save(tmp_path, "csv", rows))
    assert cells(table) == rows
    assert table.remarks == ()


def test_places_beyond_the_first_are_counted(tmp_path):
    text = "text,mark\n" + "".join(f"fog {row},{row}\n" for row in range(20)) + '"a,1\nb",2\n' * 7
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf8")
    (remark,) = table_of(path).remarks
    assert "swallowed 7 rows" in remark.text
    assert "22 to 23, 24 to 25, 26 to 27, 28 to 29, 30 to 31 and 2 more" in remark.text


def test_quoting_is_one_of_three_words_and_for_files_with_separators(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "fog"}\n', encoding="utf8")
    with pytest.raises(ConfigError, match=r"quoting is 'none', and a\.jsonl is no CSV or TSV"):
        read_table(path, quoting="none")
    with pytest.raises(ConfigError, match="quoting is 'never'; it must be auto, standard or none"):
        read_table(path, quoting="never")
    assert read_table(path).quoting == "auto"
