"""``semascope index`` and ``semascope search`` where somebody else is at work, or what is given is odd."""

from __future__ import annotations

import json
import shlex
import threading
import time

import pytest

from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.writing import writing


@pytest.fixture
def docs(tmp_path):
    path = tmp_path / "docs.jsonl"
    rows = [{"id": "a", "text": "high tide"}, {"id": "b", "text": "low tide"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


def build(shell, docs, *more, encoder="hash:16", output="idx") -> int:
    flags = ["--text", "text", "--encoder", encoder, "--store", shell.folder / "store"]
    return shell("index", docs, *flags, "--output", output, *more)


def test_from_the_first_look_to_the_last_document_nobody_else_comes_in(shell, docs, monkeypatch):
    seen: list[int] = []

    def rival() -> None:
        with writing(shell.folder / "idx"):
            seen.append(len(Index.open(shell.folder / "idx")))

    thread = threading.Thread(target=rival)
    create, add = Index.create, Index.add

    def slow_create(*args, **kwargs):
        thread.start()
        return create(*args, **kwargs)

    def slow_add(*args, **kwargs):
        time.sleep(0.4)  # longer than a waiting one looks away
        return add(*args, **kwargs)

    monkeypatch.setattr(Index, "create", slow_create)
    monkeypatch.setattr(Index, "add", slow_add)
    assert build(shell, docs) == 0, shell.err
    thread.join()
    assert seen == [2]
    assert build(shell, docs, encoder="hash:8") == 2
    assert "idx searches by hash:16, and encoder asks for hash:8" in shell.err
    assert "take another --output" in shell.err


def test_an_emptied_index_keeps_its_recipe_unless_another_is_asked_for(shell, docs):
    assert build(shell, docs) == 0
    assert shell("index", "--output", "idx", "--delete", "a", "--delete", "b") == 0
    assert shell("index", docs, "--text", "text", "--output", "idx") == 0, shell.err
    assert Index.open("idx").recipe.label == "hash:16"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["search", "words", "cat", "--encoder", "hash:4"], "this index searches by words alone"),
        (["search", "words", "cat", "--where", "lang==en"], "write lang=en"),
        (["search", "words", "cat", "--where", 'id="a"'], "write id=a"),
        (["index", "--output", "idx", "--export-faiss", "nodir/x.faiss"], "nodir is no folder"),
        (["search", "x" * 300, "cat"], "cannot be read (File name too long)"),
    ],
)
def test_bad_input_is_one_line(shell, docs, arguments, says):
    pytest.importorskip("bm25s")
    assert build(shell, docs, encoder="bm25", output="words") == 0
    assert build(shell, docs) == 0
    assert shell(*arguments) == 2, shell.out
    assert shell.err.splitlines()[-1].startswith("error: ")
    assert says in shell.err


def test_bytes_that_are_no_text_are_no_traceback(shell, docs):
    assert build(shell, docs, "--instruction", "own=Find \udcff") == 0, shell.err
    assert shell("search", "idx", "\udcff", "--where", "id=\udcff") == 0
    assert shell.out.strip() == "nothing found"
    assert shell("index", "--output", "idx", "--delete", "\udcff") == 0
    assert "0 documents deleted; no document has" in shell.out
    odd = shell.folder / "d\udcff.jsonl"
    odd.write_bytes(docs.read_bytes())
    assert build(shell, odd, output="odd") == 0, shell.err
    assert len(Index.open("odd")) == 2


def test_a_printed_command_can_be_run(shell, docs):
    assert build(shell, docs, output="my notes (old)") == 0
    (line,) = (line for line in shell.out.splitlines() if line.startswith("semascope search"))
    assert shell(*shlex.split(line)[1:]) == 0, shell.err
    assert "tide" in shell.out


def test_a_text_that_begins_as_its_title_is_shown_whole(shell):
    row = {"id": "a", "title": "Tides", "text": "Tides are high."}
    (shell.folder / "odd.jsonl").write_text(json.dumps(row) + "\n")
    assert build(shell, "odd.jsonl", "--title", "title") == 0, shell.err
    assert shell("search", "idx", "x") == 0
    assert [line.strip() for line in shell.out.splitlines()][1] == "Tides are high."
