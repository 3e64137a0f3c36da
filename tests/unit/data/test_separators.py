import pytest

from semascope.data.read import read_table, table_of
from semascope.errors import DataError

ROWS = [("low tide at six", "2"), ("the bridge is up, wait", "4"), ("fog", "3")]


def write(tmp_path, name, separator, *, rows=ROWS, first=""):
    lines = [first] if first else []
    lines += [separator.join(row) for row in (("text", "mark"), *rows)]
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


@pytest.mark.parametrize(
    ("separator", "name", "said"),
    [
        (";", "a.csv", "separated by semicolons, not by commas"),
        ("\t", "a.csv", "separated by tabs, not by commas"),
        ("|", "a.csv", "separated by vertical bars, not by commas"),
        ("|", "a.tsv", "separated by vertical bars, not by tabs"),
        (";", "a.tsv", "separated by semicolons, not by tabs"),
        ("\t", "a.tsv", ""),
    ],
)
def test_the_separator_is_found_and_said(tmp_path, separator, name, said):
    table = read_table(write(tmp_path, name, separator))
    assert table.columns == ["text", "mark"]
    assert list(zip(table.strings("text"), table.strings("mark"), strict=True)) == ROWS
    assert [remark.text for remark in table.remarks] == (
        [f"the columns of {name} are {said}"] if said else []
    )
    assert not any(remark.warning for remark in table.remarks)


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("^", "'^'")])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
@pytest.mark.parametrize("stated", ["sep={}", "SEP={}\r", '"sep={}"'])
def test_a_first_line_that_states_the_separator_is_no_header(tmp_path, separator, name, ending, stated):
    path = write(tmp_path, f"a.{ending}", separator, first=stated.format(separator))
    table = read_table(path)
    assert table.columns == ["text", "mark"]
    assert table.strings("text") == [text for text, _ in ROWS]
    assert table.remarks[0].text.startswith(f"the first line of a.{ending} states that {name} separate")


def test_lines_are_counted_from_the_line_that_states_the_separator(tmp_path):
    path = write(tmp_path, "a.csv", ";", rows=[("fog", "1"), ("calm", "2", "3")], first="sep=;")
    message = r"a\.csv, line 4: 3 fields where the header has 2, separated by semicolons"
    with pytest.raises(DataError, match=message):
        read_table(path)
    with pytest.raises(DataError, match=r"a\.csv, line 1: it states no separator after 'sep='"):
        read_table(write(tmp_path, "a.csv", ";", first="sep="))


def test_a_header_with_both_separators_goes_by_the_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('text;"mark, 1-5"\nfog;2,5\ncalm;3,5\n', encoding="utf8")
    assert read_table(path).columns == ["text", "mark, 1-5"]
    path.write_text("text;mark, 1-5\nfog;2,5\ncalm;3,5\n", encoding="utf8")
    assert read_table(path).columns == ["text", "mark, 1-5"]
    path.write_text("text,mark; 1-5\nfog; then calm,2\ncalm,3\n", encoding="utf8")
    assert read_table(path).columns == ["text", "mark; 1-5"]
    assert read_table(path).remarks == ()


def test_one_column_whose_name_holds_a_separator_stays_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("what they said; in short\nfog\ncalm\ngale\n", encoding="utf8")
    assert read_table(path).columns == ["what they said; in short"]


def test_a_ragged_row_does_not_hide_the_separator(tmp_path):
    path = write(tmp_path, "a.csv", ";", rows=[*ROWS, ("a", "1", "2"), *ROWS])
    with pytest.raises(DataError, match=r"a\.csv, line 5: 3 fields where the header has 2, separated by sem"):
        read_table(path)


def test_a_row_that_goes_on_behind_the_first_lines_does_not_hide_the_separator(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.data.read_csv.FIRST_LINES", 4)
    path = tmp_path / "a.csv"
    path.write_text('text;mark\nfog;1\ncalm;2\n"two\nlines";3\n', encoding="utf8")
    assert table_of(path).strings("text") == ["fog", "calm", "two\nlines"]
