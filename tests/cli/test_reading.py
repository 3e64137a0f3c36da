"""What a reader has to say is said by every verb that reads a table, and kept where there is a record."""

from __future__ import annotations

import json

import pytest
import yaml

pytestmark = pytest.mark.long

ASK = ("--text", "text", "--target", "mark", "--head", "ridge", "--repeats", "1")


def rows(n=60):
    """Texts without commas, all different, and their marks."""
    return [(f"the ferry came late {row} {'sorry ' * (row % 5)}", f"{row % 5}.5") for row in range(n)]


def write(folder, name, *, separator=",", stray=False, made=rows):
    lines = [separator.join(("text", "mark")), *map(separator.join, made())]
    if stray:
        lines[6], lines[20] = '"' + lines[6], lines[20].replace(separator, f' 5"{separator}')
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


WARNED = "warning: a quotation mark may have swallowed 14 rows of a.csv: lines 7 to 21 were read as one row together"


@pytest.fixture
def model(shell):
    write(shell.folder, "learnt.csv")
    flags = ("--encoder", "hash:16", "--store", "store", "--output", "model.zip")
    assert shell("learn", "learnt.csv", "--text", "text", "--target", "mark", *flags) == 0
    return "model.zip"


@pytest.mark.parametrize("verb", ["score", "rank", "explain", "suggest", "embed", "learn"])
def test_swallowed_rows_are_warned_of_and_the_flag_reads_them(shell, model, verb):
    write(shell.folder, "a.csv", stray=True)
    call = {
        "embed": (verb, "a.csv", "--encoder", "hash:16", "--output", "v.npy"),
        "learn": (verb, "a.csv", "--target", "mark", "--encoder", "hash:16", "--output", "again.zip"),
    }.get(verb, (verb, model, "a.csv"))
    call = (*call, "--text", "text", "--store", "store")
    assert shell(*call) == 0
    assert shell.err.count(WARNED) == 1
    assert "swallowed" not in shell.out
    assert shell(*call, "--quoting", "none") == 0
    assert "swallowed" not in shell.err
    assert shell(*call, "--quoting", "standard") == 0
    assert "note: lines 7 to 21 of a.csv are one row together" in shell.err
    assert shell(*call, "--quoting", "never") == 2
    assert "error: quoting is 'never'; it must be auto, standard or none" in shell.err


def test_a_study_warns_and_keeps_the_warning(shell):
    path = write(shell.folder, "a.csv", stray=True)
    assert shell.study(path, *ASK, "--json") == 0
    assert "WARNING: A quotation mark may have swallowed 14 rows of a.csv: lines 7 to 21" in shell.err
    notes = [note for note in json.loads(shell.out)["notes"] if note["title"] == "How a.csv was read"]
    assert [note["level"] for note in notes] == ["warning"]
    written = shell.folder / "run" / "study.yaml"
    assert yaml.safe_load(written.read_text())["quoting"] == "auto"
    assert shell("study", written, "--store", "store", "--output", shell.folder / "run") == 0
    assert "WARNING: A quotation mark may have swallowed 14 rows" in shell.err
    assert "lines 7 to 21" in (shell.folder / "run" / "report.html").read_text(encoding="utf8")


def test_a_study_of_an_unquoted_file_has_all_rows_and_goes_on_the_same_way(shell):
    path = write(shell.folder, "a.tsv", separator="\t", stray=True)
    assert shell.study(path, *ASK) == 0
    assert "a.tsv: 60 rows" in shell.err
    assert "Quotation marks in a.tsv are read as letters" in shell.err
    assert yaml.safe_load((shell.folder / "run" / "study.yaml").read_text())["quoting"] == "none"
    assert shell.study(shell.folder / "run" / "study.yaml") == 0
    assert "a.tsv: 60 rows" in shell.err
    assert "(4 done before)" in shell.err
    assert shell.study(path, *ASK, "--quoting", "standard") == 2
    assert "holds another study" in shell.err


def test_a_study_file_says_how_its_table_is_quoted(shell):
    write(shell.folder, "a.csv", stray=True)
    asked = {
        "data": "a.csv",
        "text": "text",
        "target": "mark",
        "head": "ridge",
        "repeats": 1,
        "quoting": "none",
    }
    (shell.folder / "study.yaml").write_text(yaml.safe_dump(asked))
    assert shell.study(shell.folder / "study.yaml") == 0
    assert "a.csv: 60 rows" in shell.err
    assert "swallowed" not in shell.err
    (shell.folder / "study.yaml").write_text(yaml.safe_dump(asked | {"quoting": "no"}))
    assert shell.study(shell.folder / "study.yaml") == 2
    assert "error: quoting is 'no'" in shell.err


def test_a_map_warns_and_keeps_the_warning(shell):
    write(shell.folder, "a.csv", stray=True)
    call = ("map", "a.csv", "--text", "text", "--encoder", "hash:16", "--layout", "pca", "--store", "store", "--output", "m")  # fmt: skip
    assert shell(*call) == 0
    assert "Warning: a quotation mark may have swallowed 14 rows of a.csv: lines 7 to 21" in shell.out
    assert "lines 7 to 21" in (shell.folder / "m" / "visualizations" / "map.json").read_text(encoding="utf8")
    assert shell(*call, "--quoting", "none") == 0
    assert "swallowed" not in shell.out
    assert "60 texts" in shell.out
    asked = {"data": "a.csv", "text": "text", "encoder": "hash:16", "layout": "pca", "quoting": "none"}
    (shell.folder / "map.yaml").write_text(yaml.safe_dump(asked))
    assert shell("map", "map.yaml", "--store", "store", "--output", "m2") == 0
    assert "60 texts" in shell.out


def test_a_map_in_one_call_takes_the_setting_too(tmp_path):
    from semascope.maps.build_map import build_map

    path = write(tmp_path, "a.csv", stray=True)
    drawn = {"encoder": "hash:16", "layout": "pca", "store": tmp_path / "store"}
    whole, torn = build_map(path, quoting="none", **drawn), build_map(path, **drawn)
    assert (len(whole.vector_rows), len(torn.vector_rows)) == (60, 46)
    assert any("lines 7 to 21" in note for note in torn.contents.notes)


def test_a_colour_that_is_nearly_numbers_says_why_it_is_words(shell):
    path = write(shell.folder, "a.csv", made=lambda: [*rows(), ("fog", "n/a")])
    flags = ("--encoder", "hash:16", "--layout", "pca", "--store", "store", "--output", "m")
    assert shell("map", path, "--text", "text", "--color", "mark", *flags) == 0
    said = "'mark' is coloured by its words, not as numbers: most of them are numbers and 'n/a' is not"
    assert said in shell.out


@pytest.mark.parametrize(
    ("cell", "why"),
    [("inf", "infinite"), ("1e400", "beyond the largest float"), ("1_000", "an underscore: write 1000")],
)
def test_study_learn_and_map_say_alike_why_a_cell_is_no_number(shell, cell, why):
    path = write(shell.folder, "a.csv", made=lambda: [*rows(), ("fog", cell)])
    assert (
        shell.study(path, "--text", "text", "--target", "mark", "--head", "majority", "--repeats", "1") == 0
    )
    assert f"most of them are numbers and '{cell}' is not ({why}" in shell.err
    flags = ("--encoder", "hash:16", "--store", "store", "--output", "out")
    for verb in ("learn", "map"):
        assert shell(verb, path, "--text", "text", "--target", "mark", *flags) == 2
        assert f"row 60 (counted from 0): '{cell}' is not a number ({why}" in shell.err


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: [(t, f"{n},{n % 7}5") for n, (t, _) in enumerate(rows())], "decimal comma ('0,05'): write 0.05"),
        (lambda: [(t, f"{n}.{n % 7} %") for n, (t, _) in enumerate(rows())], "a percent sign: write 0.0"),
        (lambda: [(t, f"1.{200 + n}" if n % 2 else f"{800 + n}") for n, (t, _) in enumerate(rows())], "'1.201' beside '800'"),
    ],
)  # fmt: skip
def test_a_target_of_which_nobody_can_say_the_numbers_is_refused(shell, made, said):
    path = write(shell.folder, "a.csv", separator=";", made=made)
    assert shell.study(path, "--text", "text", "--target", "mark") == 2
    assert said in shell.err


def test_several_targets_say_which_is_none_and_why(shell):
    path = shell.folder / "a.csv"
    lines = [f"text {row};{row % 5};{row % 4},5" for row in range(40)]
    path.write_text("\n".join(["text;wait;mark", *lines]), encoding="utf8")
    assert shell.study(path, "--text", "text", "--target", "wait", "--target", "mark") == 2
    assert "make all of them numbers; in 'mark', most of them look like numbers with a decimal" in shell.err


def test_standard_input_is_not_quoted(shell, model):
    assert shell("score", model, "--quoting", "none", "--store", "store") == 2
    assert "error: quoting is 'none', but standard input has one text per line" in shell.err
