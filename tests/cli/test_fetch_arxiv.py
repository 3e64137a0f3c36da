"""``semascope fetch arxiv``: a table, its account, and a second run without a request."""

from __future__ import annotations

import json

import pytest

from semascope.data.arxiv import fetching
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs


@pytest.fixture
def server(atom_server, monkeypatch):
    entry = atom_server.Entry
    papers = [
        entry(
            id="2401.00001v1",
            title="Tides of compact\n binaries",
            summary="We find tides of compact binaries.",
        ),
        entry(id="2401.00002v1", title="Fog", summary="On fog.", primary="hep-th"),
        entry(id="2401.00003v2", summary="This paper has been withdrawn."),
        entry(id="2401.00004v1", primary="astro-ph.HE", categories=("astro-ph.HE", "gr-qc")),
    ]
    with atom_server.AtomServer({"gr-qc": papers}) as running:
        monkeypatch.setattr(fetching, "ADDRESS", running.address)
        yield running


def test_a_table_with_roles_and_what_was_left_out(shell, server, tmp_path):
    assert shell("fetch", "arxiv", "--category", "gr-qc", "--output", "papers.jsonl") == 0
    rows = [json.loads(line) for line in (tmp_path / "papers.jsonl").read_text().splitlines()]
    assert [(row["id"], row["role"]) for row in rows] == [("2401.00001", "main"), ("2401.00002", "soft")]
    assert rows[0]["title"] == "Tides of compact binaries"
    assert rows[0]["categories"] == ["gr-qc"]
    for line in (
        "2 papers: 1 main, 1 soft; 1 page asked for, 0 pages read from the record",
        "left out: 1 paper withdrawn",
        "left out: 1 paper whose primary category has no role (astro-ph.HE 1); --role other=astro-ph.HE would keep some",
        "1 of 2 titles (50 %) stands word by word in its text (row 0): common words alone find it",
    ):
        assert line in shell.err.splitlines()
    assert shell.out == "semascope retrieve papers.jsonl --query title --document abstract\n"


def test_a_second_run_asks_for_nothing(shell, server, tmp_path):
    given = ["fetch", "arxiv", "--category", "gr-qc", "--output", "papers.jsonl"]
    assert shell(*given) == 0
    first = (tmp_path / "papers.jsonl").read_bytes()
    assert shell(*given, "--role", "other=astro-ph.HE") == 0
    assert "0 pages asked for, 1 page read from the record" in shell.err
    assert len(server.asked) == 1
    assert (tmp_path / "papers.jsonl").read_bytes() != first  # roles are no part of what is asked
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["papers.jsonl.pages"]


def test_lengths_are_those_of_an_encoder(shell, server):
    given = ["fetch", "arxiv", "--category", "gr-qc", "--output", "papers.jsonl"]
    assert shell(*given, "--lengths", "hash:8") == 0
    for line in (  # "Tides of compact binaries" and "Fog" as words, and so the abstracts
        "title: median 2.5 tokens, 95 % up to 4, longest 4; 0 % above 128, 0 % above 256, 0 % above 512; 5 in all",
        "abstract: median 4 tokens, 95 % up to 6, longest 6; 0 % above 128, 0 % above 256, 0 % above 512; 8 in all",
    ):
        assert line in shell.err.splitlines()
    server.asked.clear()
    assert shell(*given[:-1], "others.jsonl", "--lengths", "nobody") == 2
    assert server.asked == []


def test_the_table_is_one_of_pairs(shell, server):
    assert shell("fetch", "arxiv", "--category", "gr-qc", "--output", "papers.parquet") == 0
    collection = read_pairs("papers.parquet", PairColumns(query="title", document="abstract", id="id"))
    assert list(collection.documents.ids) == ["2401.00001", "2401.00002"]
    assert list(collection.queries.texts) == ["Tides of compact binaries", "Fog"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--category", "cs.CV"], "cs.CV has no role; each category needs one; give --role other=cs.CV"),
        (["--category", "gr-qc", "--from", "soon"], "--from is 'soon'; it must be a day"),
        (["--category", "gr-qc", "--role", "near=hep-th"], "role is 'near=hep-th'"),
        (["--category", "gr-qc", "--output", "papers.docx"], "papers.docx"),
    ],
)
def test_bad_input_is_one_line_and_asks_for_nothing(shell, server, given, message):
    assert shell("fetch", "arxiv", *given) == 2
    assert message in shell.err
    assert shell.err.splitlines()[-1].startswith("error: ")
    assert server.asked == []


def test_without_the_extra_the_install_line_is_given(shell, server, monkeypatch):
    from semascope import extras

    monkeypatch.setattr(extras, "is_installed", lambda package: package != "arxiv")
    assert shell("fetch", "arxiv", "--category", "gr-qc") == 2
    assert (
        "fetching from arXiv needs the extra 'arxiv'; install it with: pip install 'semascope[arxiv]'"
        in shell.err
    )
