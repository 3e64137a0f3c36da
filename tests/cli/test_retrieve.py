"""``semascope retrieve``: a collection in, verdicts on ways of searching and a report out."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"
HYBRID = "hybrid:hash:16+bm25"


def test_a_run_answers_on_the_screen_and_in_its_folder(shell, planted_collection):
    given = ["retrieve", planted_collection, "--encoder", "hash:16", "--encoder", BM25, "--encoder", HYBRID]
    places = ["--store", shell.folder / "store", "--output", shell.folder / "run"]
    assert shell(*given, *places) == 0
    assert f"Search with {HYBRID}: nDCG@10 1.00, " in " ".join(shell.out.split())
    assert "3 ways of searching, 3 to compute" in shell.err
    assert {path.name for path in (shell.folder / "run").iterdir()} >= {
        "records.jsonl",
        "runs.parquet",
        "report.html",
        "study.yaml",
        "cells",
    }
    page = (shell.folder / "run" / "report.html").read_text(encoding="utf8")
    for part in ('id="cells"', 'id="measures"', 'id="notes"', 'id="making"', "Holes", "Search with"):
        assert part in page
    assert shell(*given, *places, "--json") == 0
    again = json.loads(shell.out)
    assert again["winner"] == HYBRID
    assert again["made"]["cells computed now"] == 0
    # the study file of the folder asks the same
    assert shell("retrieve", shell.folder / "run" / "study.yaml", *places, "--json") == 0
    assert json.loads(shell.out)["made"]["cells computed now"] == 0


def test_a_table_of_pairs(shell):
    rows = [{"title": f"word{n}", "abstract": f"word{n} and more of item{n}"} for n in range(30)]
    (shell.folder / "pairs.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf8"
    )
    code = shell(
        *("retrieve", "pairs.jsonl", "--query", "title", "--document", "abstract", "--encoder", BM25),
        *("--store", shell.folder / "store", "--output", "run", "--json", "--measure", "success@1"),
    )
    assert code == 0
    record = json.loads(shell.out)
    assert record["measure"] == "Success@1"
    assert record["cells"][0]["estimate"]["value"] == 1.0
    assert record["documents"] == 30


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none", "--encoder", "hash:16"], "error: none is not there; a folder with corpus.jsonl"),
        (
            ["none", "--encoder", "hybrid:minilm · 64+bm25"],
            "error: hybrid:minilm · 64+bm25: part 'minilm · 64' is no cell of this study",
        ),
        (["none", "--measure", "hits"], "error: measure 'hits' is not known"),
    ],
)
def test_what_is_wrong_is_one_line(shell, arguments, says):
    assert shell("retrieve", *arguments, "--store", shell.folder / "store") == 2
    assert says in " ".join(shell.err.split())
    assert shell.err.count("error:") == 1


@pytest.fixture
def finished(shell, planted_collection):
    """A run folder of two cells."""
    asked = ["retrieve", planted_collection, "--encoder", "hash:16", "--encoder", BM25]
    assert shell(*asked, "--output", "run", "--store", "store") == 0
    return shell.folder / "run"


def test_a_folder_of_retrieval_is_reported_in_every_form(shell, finished):
    assert shell("report", finished, "--json") == 0
    record = json.loads(shell.out)
    before = (finished / "report.html").read_bytes()
    for form in ("md", "docx", "json"):
        assert shell("report", finished, "--format", form) == 0
        answer, path = shell.out.splitlines()
        assert (answer, path) == (record["headline"][0], str(finished / f"report.{form}"))
    text = (finished / "report.md").read_text(encoding="utf8")
    for title in ("Why queries fail", "Two cells, query by query", "What nobody judged", "How it was made"):
        assert f"## {title}" in text
    assert json.loads((finished / "report.json").read_text(encoding="utf8"))["cells"] == record["cells"]
    assert (finished / "report.html").read_bytes() == before
    assert shell("report", finished, "--output", "page.html", "--figures", "figures") == 0
    assert {"cutoffs-ndcg.svg", "query-by-query.png"} <= {
        path.name for path in (shell.folder / "figures").iterdir()
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--price", "3"], "error: price is 3 and"),
        (["run"], "is given twice; each one is compared once"),
        (["other"], "holds a study of another kind (semascope retrieve)"),
    ],
)
def test_what_a_report_of_retrieval_cannot_be_is_one_line(shell, finished, arguments, says):
    if arguments == ["other"]:
        shutil.copytree(finished, shell.folder / "other")
    assert shell("report", "run", *arguments) == 2
    assert says in " ".join(shell.err.split())
    assert shell.err.count("error:") == 1
