"""``semascope index`` and ``semascope search``: documents in, the right ones out, and one line for what cannot be."""

from __future__ import annotations

import io
import json

import pytest

from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Engine

ROWS = [
    {"id": 1, "title": "Tides", "text": "High tide comes at noon.", "lang": "en", "year": 2020},
    {
        "id": 2,
        "title": "Ropes",
        "text": "A rope holds the boat. Knots hold the rope.",
        "lang": "en",
        "year": 2021,
    },
    {"id": "03", "title": "", "text": "La marée monte à midi.", "lang": "fr", "year": 2021},
]
BM25 = "bm25:stopwords=none,stemmer=none,name=words"


@pytest.fixture
def docs(tmp_path):
    path = tmp_path / "docs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf8")
    return path


def build(shell, docs, *more, encoder="hash:16") -> int:
    return shell(
        *("index", docs, "--text", "text", "--id", "id", "--title", "title", "--output", "idx"),
        *("--encoder", encoder, "--store", shell.folder / "store"),
        *more,
    )


def ids(shell) -> list[list[str]]:
    return [[hit["id"] for hit in each["hits"]] for each in json.loads(shell.out)["queries"]]


def test_documents_are_kept_and_found(shell, docs):
    assert build(shell, docs) == 0, shell.err
    assert "3 documents added, 0 of them in place of others; 0 were there already" in shell.out
    assert "3 documents in idx" in shell.out
    assert "bytes a document" in shell.out
    # what an encoder reads is title, space, text; the hash encoder finds it letter by letter
    assert shell("search", "idx", "Tides High tide comes at noon.", "-k", 1) == 0
    lines = shell.out.splitlines()
    assert lines[0] == "1  1  1.000  Tides"
    assert lines[1].strip() == "High tide comes at noon."
    assert lines[2].strip() == "lang=en  year=2020"
    assert build(shell, docs) == 0
    assert "0 documents added, 0 of them in place of others; 3 were there already" in shell.out


def test_words_that_are_shared_are_marked_on_a_terminal(shell, docs, monkeypatch):
    pytest.importorskip("bm25s")
    assert build(shell, docs, encoder=BM25) == 0
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert shell("search", "idx", "the ROPE") == 0
    assert "\x1b[1;33mrope\x1b[0m" in shell.out
    assert "\x1b[1;33mKnots" not in shell.out


def test_records_and_queries_from_everywhere(shell, docs, monkeypatch):
    pytest.importorskip("bm25s")
    assert build(shell, docs, encoder="hybrid:hash:16+bm25") == 0
    assert shell("search", "idx", "rope", "--json", "-k", 99) == 0
    (found,) = json.loads(shell.out)["queries"]
    assert found["query"] == "rope"
    assert found["hits"][0] | {"score": 0} == {
        "rank": 1,
        "id": "2",
        "score": 0,
        "title": "Ropes",
        "text": "A rope holds the boat. Knots hold the rope.",
        "columns": {"lang": "en", "year": 2021},
        "snippet": {
            "text": "A rope holds the boat. Knots hold the rope.",
            "start": 0,
            "end": 43,
            "words": [[2, 6], [38, 42]],
        },
    }
    assert len(found["hits"]) == 3

    class Stdin:
        buffer = io.BytesIO(b"rope\nnoon\n")
        isatty = staticmethod(lambda: False)

    monkeypatch.setattr("sys.stdin", Stdin)
    assert shell("search", "idx", "--json", "-k", 1) == 0
    assert ids(shell) == [["2"], ["1"]]
    (shell.folder / "q.txt").write_text("noon\nrope\n")
    assert shell("search", "idx", "--queries", "q.txt", "--json", "-k", 1) == 0
    assert ids(shell) == [["1"], ["2"]]
    (shell.folder / "q.csv").write_text("no,ask\n1,noon\n2,\n")
    assert shell("search", "idx", "--queries", "q.csv", "--query", "ask", "--json", "-k", 1) == 0
    assert ids(shell)[0] == ["1"]
    assert "warning: 1 of 2 queries without a letter to read" in shell.err


def test_conditions(shell, docs):
    assert build(shell, docs) == 0
    assert shell("search", "idx", "x", "--json", "--where", "lang=en", "--where", "year>=2021") == 0
    assert ids(shell) == [["2"]]
    assert shell("search", "idx", "x", "--where", "lang=de") == 0
    assert shell.out.strip() == "nothing found"
    assert shell("search", "idx", "x", "--where", "lng=en") == 2
    assert "error: index idx has no column 'lng'; its columns are 'id', 'title', 'lang', 'year'" in shell.err


def test_a_collection_and_a_folder_of_texts(shell, planted_collection):
    pytest.importorskip("bm25s")
    given = ["--encoder", BM25, "--output", "idx"]
    assert shell("index", planted_collection, *given) == 0
    assert shell("search", "idx", "zebra7quux", "--json") == 0
    assert ids(shell) == [["dw7"]]
    (shell.folder / "notes" / "sea").mkdir(parents=True)
    (shell.folder / "notes" / "sea" / "one.txt").write_text("gulls over the pier")
    assert shell("index", shell.folder / "notes", *given[:2], "--output", "own") == 0, shell.err
    assert shell("search", "own", "gulls", "--json") == 0
    assert ids(shell) == [["sea/one.txt"]]


def test_replacing_deleting_and_handing_over(shell, docs):
    assert build(shell, docs) == 0
    docs.write_text(json.dumps(ROWS[0] | {"text": "Low tide."}) + "\n")
    assert build(shell, docs) == 2
    assert "error: document '1' is in the index with another text; an id names one document" in shell.err
    assert build(shell, docs, "--replace") == 0
    assert "1 document added, 1 of them in place of others" in shell.out
    assert shell("index", "--output", "idx", "--delete", "03", "--delete", "zebra") == 0
    assert "1 document deleted; no document has 'zebra'" in shell.out
    assert len(Index.open("idx")) == 2
    pytest.importorskip("faiss")
    assert shell("index", "--output", "idx", "--export-faiss", "rows.faiss", "--json") == 0
    record = json.loads(shell.out)
    assert (record["documents"], record["exported"]) == (2, "rows.faiss")
    assert len((shell.folder / "rows.faiss.ids.jsonl").read_text().splitlines()) == 2


def test_without_flags_the_engine_is_the_one_that_python_has(shell, docs):
    """What ``--help`` shows as defaults is what the card holds."""
    assert build(shell, docs) == 0
    assert Index.open("idx").recipe.engine == Engine()
    assert build(shell, docs, "--engine", "auto", "--stored", "float16", "--recall", "0.99") == 0, shell.err
    assert Engine().stored == "float16"


def test_a_k_beyond_the_depth_of_a_hybrid_is_warned_of(shell, docs):
    """Of three documents each part gives its best one; a k of 3 or 99 finds no more than these two."""
    pytest.importorskip("bm25s")
    assert build(shell, docs, encoder="hybrid:hash:16+bm25,depth=1") == 0, shell.err
    assert shell("search", "idx", "rope", "-k", 99, "--json") == 0
    assert len(ids(shell)[0]) <= 2
    assert "warning: k is 99, and this hybrid puts together the best 1 documents of each part" in shell.err
    assert shell("search", "idx", "rope", "-k", 1) == 0
    assert "warning" not in shell.err
    assert build(shell, docs, "--output", "deep", encoder="hybrid:hash:16+bm25,depth=3") == 0
    assert shell("search", "deep", "rope", "-k", 99, "--json") == 0
    assert (len(ids(shell)[0]), "warning" in shell.err) == (3, False)


def test_an_engine_says_how_much_it_finds(shell, monkeypatch):
    pytest.importorskip("faiss")
    monkeypatch.setattr("semascope.retrieval.indexes.engines.choosing.FEWEST", 50)
    rows = "".join(json.dumps({"id": number, "text": f"tide {number}"}) + "\n" for number in range(120))
    (shell.folder / "many.jsonl").write_text(rows)
    given = [
        "--text",
        "text",
        "--encoder",
        "hash:8",
        "--engine",
        "faiss",
        "--stored",
        "int8",
        "--output",
        "idx",
    ]
    assert shell("index", "many.jsonl", *given, "--store", "store") == 0
    said = " ".join(shell.out.split())
    assert "120 by a graph of faiss (int8, width 64), made in" in said
    assert "of exact search, for 200 queries made of its rows" in said
    assert shell("search", "idx", "tide 7", "-k", 1, "--json") == 0
    assert ids(shell) == [["7"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["index", "docs.jsonl", "--output", "i"], "is a table, and no column of its text is named; it has 'id', 'title'"),
        (["index", "docs.jsonl", "--text", "txt", "--output", "i"], "has no column 'txt'"),
        (["index", "none.jsonl", "--text", "text", "--output", "i"], "none.jsonl is not there"),
        (["index", "--output", "i"], "no DATA is given, and i is no index"),
        (["index", "docs.jsonl", "--text", "text", "--output", "."], "exists and is not empty; an index needs a folder"),
        (["index", "docs.jsonl", "--text", "text", "--output", "i", "--engine", "annoy"], "engine is 'annoy'"),
        (["index", "docs.jsonl", "--text", "text", "--output", "i", "--encoder", "hybrid:hash:8+bm25,way=sum"], "no weight"),
        (["index", "docs.jsonl", "--text", "text", "--output", "idx", "--encoder", "hash:8"], "idx searches by hash:16, and encoder asks"),
        (["index", "docs.jsonl", "--text", "text", "--output", "idx", "--encoder", "hash:16", "--dim", "4"], "encoder, dim ask for hash:16, dim 4"),
        (["search", "none", "x"], "none is not there; a folder that semascope index wrote is needed"),
        (["search", ".", "x"], "has no card.json"),
        (["search", "idx", "x", "-k", "0"], "k is 0; it must be 1 or more"),
        (["search", "idx", "x", "--where", "lang"], "where is 'lang'; it must be COLUMN=VALUE"),
        (["search", "idx", "x", "--queries", "q.csv"], "queries come from one place"),
        (["search", "idx", "x", "--query", "q"], "there is no --queries"),
        (["search", "idx", "x", "--encoder", "hash:8"], "of another space: weights is 'hash:8' instead of 'hash:16'"),
        (["search", "idx", "--queries", "none.txt"], "none.txt cannot be read"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(shell, docs, arguments, says):
    assert build(shell, docs) == 0
    assert shell(*arguments) == 2, shell.out
    assert shell.err.splitlines()[-1].startswith("error: ")
    assert says in shell.err
    assert shell("search", "idx", "x", "--json") == 0
    assert len(ids(shell)[0]) == 3


def test_a_damaged_index_names_its_file(shell, docs):
    assert build(shell, docs) == 0
    (file,) = (shell.folder / "idx").rglob("rows-0.npy")
    held = bytearray(file.read_bytes())
    held[-1] ^= 1
    file.write_bytes(held)
    assert shell("search", "idx", "x") == 2
    assert "rows-0.npy of the index is not as it was written" in shell.err


def test_control_characters_never_reach_the_terminal(shell):
    row = {"id": "a\x1b[31m", "title": "t\x07", "text": "tide \x1b[2J\u202e flood", "mark": "\x1b[0m"}
    (shell.folder / "odd.jsonl").write_text(json.dumps(row) + "\n")
    given = ["--text", "text", "--id", "id", "--title", "title", "--encoder", "hash:8", "--output", "idx"]
    assert shell("index", "odd.jsonl", *given, "--store", "store") == 0
    assert shell("search", "idx", "tide") == 0
    assert not set(shell.out) & set("\x1b\x07\u202e")
    assert "tide \\x1b[2J\\u202e flood" in shell.out
