"""``semascope report`` from the shell: what it writes where, and what it refuses."""

from __future__ import annotations

import json
import re

import pytest

from semascope.cli.main import main

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runs(table_to_keep, tmp_path_factory):
    """Three finished runs of one table: two encoders on one split, and another split."""
    folder = tmp_path_factory.mktemp("runs")
    common = (
        "--text",
        "text",
        "--target",
        "rating",
        "--head",
        "ridge",
        "--repeats",
        "1",
        "--store",
        folder / "store",
    )
    for name, *asked in (
        ("first", "--encoder", "hash:16"),
        ("second", "--encoder", "hash:24"),
        ("other", "--encoder", "hash:16", "--seed", "7"),
    ):
        assert (
            main([str(each) for each in ("study", table_to_keep, *common, *asked, "--output", folder / name)])
            == 0
        )
    return folder


def test_a_run_becomes_a_document_beside_its_page(shell, runs):
    before = (runs / "first" / "report.html").read_bytes()
    assert shell("report", runs / "first", "--format", "docx") == 0
    answer, path = shell.out.splitlines()
    assert (
        path == str(runs / "first" / "report.docx")
        and (runs / "first" / "report.docx").read_bytes()[:2] == b"PK"
    )
    assert (runs / "first" / "report.html").read_bytes() == before
    assert shell("report", runs / "first", "--json") == 0
    assert answer == json.loads(shell.out)["headline"][0]


def test_the_ending_names_the_form_and_figures_are_written_beside(shell, runs):
    assert shell("report", runs / "first", "--output", "hand/on.md", "--figures", "pictures") == 0
    text = (shell.folder / "hand" / "on.md").read_text(encoding="utf8")
    links = re.findall(r"\]\((on-figures/[\w-]+\.png)\)", text)
    assert links and all((shell.folder / "hand" / link).is_file() for link in links)
    assert {"cells.svg", "predicted-and-true.png"} <= {
        path.name for path in (shell.folder / "pictures").iterdir()
    }


def test_the_record_is_that_of_the_study(shell, runs):
    assert shell("report", runs / "first", "--json") == 0
    printed = json.loads(shell.out)
    assert shell("report", runs / "first", "--format", "json", "--output", "record.json") == 0
    written = json.loads((shell.folder / "record.json").read_text(encoding="utf8"))
    for one in (printed, written):
        assert one["made"].pop("read again")["command"].startswith("semascope report")
        assert "semascope study" in one["made"]["command"]
    assert printed == written
    assert [cell["label"] for cell in written["cells"]] == ["mean", "median", "tfidf", "ridge"]


def test_a_price_makes_money_of_seconds_and_must_be_one(shell, runs):
    assert shell("report", runs / "first", "--price", "36", "--format", "md", "--output", "priced.md") == 0
    text = (shell.folder / "priced.md").read_text(encoding="utf8").replace("\u202f", " ")
    lines = [line.split(" | ") for line in text.splitlines() if " | " in line]
    heads = next(line for line in lines if "Million texts" in line)
    tfidf = next(line for line in lines if "tfidf" in line[0] and len(line) == len(heads))
    assert shell("report", runs / "first", "--json") == 0
    costs = next(cell["costs"] for cell in json.loads(shell.out)["cells"] if cell["id"] == "tfidf")
    money = 10 * (
        costs["encode_seconds_per_1000"] + costs["predict_seconds_per_1000"]
    )  # a hundredth a second
    assert tfidf[heads.index("Million texts")] == f"{money:.2f}"
    assert shell("report", runs / "first", "--price", "0") == 2
    assert "price is 0.0; it must be a number above 0" in shell.err


def test_several_runs_are_compared(shell, runs):
    assert shell("report", runs / "first", runs / "second") == 0
    assert shell.out.splitlines()[1:] == ["comparison.html"]
    page = (shell.folder / "comparison.html").read_text(encoding="utf8")
    assert "hash:24" in page and "Compared are 5 cells of 2 runs" in page.replace("\u00a0", " ")
    assert shell("report", runs / "first", runs / "second", "--format", "md") == 0
    assert "| hash:24 · ridge |" in (shell.folder / "comparison.md").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("nowhere",), "run folder nowhere does not exist"),
        (("RUNS/first", "RUNS/other"), "cannot be compared: their held-out rows differ"),
        (("RUNS/first", "RUNS/first"), "is given twice"),
        (("RUNS/first", "--format", "pdf"), "format is 'pdf'; accepted are html, md, docx, json"),
        (("RUNS/first", "--output", "a.txt"), "--output ends in '.txt'; accepted are html, md, docx, json"),
        (("RUNS/first", "--format", "md", "--output", "a.html"), "both must say the same"),
    ],
)
def test_what_cannot_be_told_is_one_line(shell, runs, asked, says):
    assert shell("report", *[each.replace("RUNS", str(runs)) for each in asked]) == 2
    assert shell.err.startswith("error: ") and says in shell.err and len(shell.err.splitlines()) == 1
    assert not shell.out
