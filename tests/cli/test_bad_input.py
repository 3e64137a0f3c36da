"""Bad input is one line, exit 2, and nothing lost."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.long

ASK = ("--text", "text", "--target", "rating", "--repeats", "1")


def one_line(shell) -> str:
    lines = [line for line in shell.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, shell.err
    assert "Traceback" not in shell.err
    assert shell.err.rstrip().endswith(lines[0])
    return lines[0]


def rewrite(table, change):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    change(rows)
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_missing_file(shell):
    assert shell("study", "nowhere.jsonl", *ASK) == 2
    assert "nowhere.jsonl" in one_line(shell)


def test_a_missing_column_names_those_that_are_there(shell, table):
    assert shell.study(table, "--text", "txt", "--target", "rating") == 2
    line = one_line(shell)
    assert "'txt'" in line
    assert "text" in line
    assert "rating" in line


def test_a_target_that_is_not_a_number(shell, table):
    rewrite(table, lambda rows: rows[7].update(rating="many"))
    assert shell.study(table, *ASK, "--kind", "regression") == 2
    line = one_line(shell)
    assert "row 7" in line
    assert "'many'" in line


def test_all_equal_targets(shell, table):
    rewrite(table, lambda rows: [row.update(rating=3) for row in rows])
    assert shell.study(table, *ASK) == 2
    assert "target 'rating' is 3 in every row" in one_line(shell)


def test_too_few_rows(shell, table):
    rewrite(table, lambda rows: rows.__delitem__(slice(10, None)))
    assert shell.study(table, *ASK) == 2
    assert "10 rows with a text and a target" in one_line(shell)


def test_a_device_that_is_not_there(shell, table):
    assert shell("study", table, *ASK, "--encoder", "minilm", "--device", "cuda:99") == 2
    assert "device is 'cuda:99'; torch sees no such device here" in one_line(shell)


def test_an_empty_file(shell, table):
    table.write_text("")
    assert shell.study(table, *ASK) == 2
    one_line(shell)


def test_broken_json_names_the_line(shell, table):
    lines = table.read_text().splitlines()
    lines[4] = lines[4][:-5]
    table.write_text("\n".join(lines))
    assert shell.study(table, *ASK) == 2
    assert "line 5" in one_line(shell)


def test_mixed_encodings_name_the_line(shell, table):
    lines = table.read_bytes().splitlines()
    lines[2] = lines[2].replace(b"no 2", b"caf\xe9 2")
    table.write_bytes(b"\n".join(lines))
    assert shell.study(table, *ASK) == 2
    assert "line 3" in one_line(shell)


def test_an_unknown_encoder_offers_a_near_name(shell, table):
    assert shell("study", table, *ASK, "--encoder", "minilmm") == 2
    assert "did you mean 'minilm'?" in one_line(shell)


def test_an_unknown_head_names_the_known(shell, table):
    assert shell.study(table, *ASK, "--head", "ridg") == 2
    assert "did you mean 'ridge'?" in one_line(shell)


def test_a_missing_extra_prints_the_install_line(shell, table, monkeypatch):
    from semascope import extras

    real = extras.is_installed
    monkeypatch.setattr(extras, "is_installed", lambda package: package != "lightgbm" and real(package))
    assert shell.study(table, *ASK, "--head", "boosting") == 2
    assert "pip install 'semascope[probes]'" in one_line(shell)


def test_an_unknown_flag_is_one_line(shell, table):
    assert shell.study(table, *ASK, "--targt", "x") == 2
    assert "--targt" in one_line(shell)


def test_a_file_where_the_folder_should_be(shell, table):
    (shell.folder / "run").write_text("in the way")
    assert shell.study(table, *ASK) == 2
    assert "run" in one_line(shell)


def test_a_read_only_folder(shell, table):
    assert (
        shell(
            "study",
            table,
            *ASK,
            "--encoder",
            "hash:16",
            "--store",
            "store",
            "--output",
            "/proc/semascope-run",
        )
        == 2
    )
    assert "/proc/semascope-run" in one_line(shell)


def test_a_read_only_store(shell, table):
    assert (
        shell(
            "study",
            table,
            *ASK,
            "--encoder",
            "hash:16",
            "--store",
            "/proc/semascope-store",
            "--output",
            "run",
        )
        == 2
    )
    assert "/proc/semascope-store" in one_line(shell)


def test_a_full_disk_keeps_what_is_done(shell, table, monkeypatch):
    import errno

    import semascope.studies.folder as folder

    calls = []
    real = folder.pq.write_table

    def full(*arguments, **settings):
        calls.append(1)
        if len(calls) == 5:  # a cell writes two tables: of its held-out rows and of its training rows
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **settings)

    monkeypatch.setattr(folder.pq, "write_table", full)
    assert shell.study(table, *ASK, "--head", "ridge") == 2
    assert "No space left on device" in one_line(shell)
    monkeypatch.undo()
    assert len((shell.folder / "run" / "records.jsonl").read_text().splitlines()) == 2
    assert shell.study(table, *ASK, "--head", "ridge") == 0
    assert "(2 done before)" in shell.err


def test_an_interrupt_keeps_what_is_done(shell, table, monkeypatch):
    import semascope.studies.heads.computing.compute as compute

    real = compute.fit_cell
    calls = []

    def interrupted(*arguments, **settings):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **settings)

    monkeypatch.setattr(compute, "fit_cell", interrupted)
    assert shell.study(table, *ASK, "--head", "ridge") == 130
    assert "run the same command again to go on" in shell.err
    assert len((shell.folder / "run" / "records.jsonl").read_text().splitlines()) == 2


ODD = {
    "one megabyte": "sail " * 200_000,
    "emoji": "⛵🌊👩‍👩‍👧‍👦",
    "right to left": "مد وجزر البحر",
    "NUL": "a\x00b\x00c",
    "lone surrogate": "half \ud83d pair",
    "one word": "tide " * 100_000,
    "zero width": "\u200b\u200b",
    "newlines": "\n\n a \r\n b",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_processed(shell, table, name):
    rewrite(table, lambda rows: rows[5].update(text=ODD[name]))
    assert shell.study(table, *ASK, "--head", "ridge", "--json") == 0
    notes = {note["title"]: note for note in json.loads(shell.out)["notes"]}
    if name == "lone surrogate":
        assert notes["1 text with lone surrogates"]["rows"] == [5]
    if name == "zero width":
        assert notes["1 empty text"]["rows"] == [5]
