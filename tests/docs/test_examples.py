"""The examples run as they stand, offline, and what they print is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from semascope.probes.scorer import Scorer

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, folder: Path, *arguments: str) -> str:
    """What an example prints, in a process with a home of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "SEMASCOPE_ENCODER"}
    environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", "--output", folder / "out", *arguments],
        capture_output=True, text=True, cwd=folder, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder / "out" / "model.zip").stat().st_size > 10_000
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One home for all: what an example has embedded, the next one finds."""
    return tmp_path_factory.mktemp("examples")


def number(pattern: str, printed: str) -> float:
    found = re.search(pattern, printed)
    assert found, printed
    return float(found[1])


def test_reviews_are_ranked_and_the_model_is_kept(folder):
    printed = run("review_ranking", folder)
    ranked = re.findall(r"^ *(-?\d\.\d\d)  (.+)$", printed, flags=re.MULTILINE)
    assert [float(stars) for stars, _ in ranked] == sorted(
        (float(stars) for stars, _ in ranked), reverse=True
    )
    texts = [text for _, text in ranked]
    assert {text[:10] for text in texts[:2]} == {"Lovely sof", "The blende"}
    assert [text[-8:] for text in texts[-2:]] == ["Rubbish.", "day two."]
    assert float(ranked[0][0]) > 4 > 2.5 > float(ranked[-1][0])
    assert number(r"predicted from all others: (-?[\d.]+)", printed) > 0.3
    assert "loaded again, it ranks the same" in printed
    scorer = Scorer.load(folder / "out" / "model.zip")  # what every verb of the command line reads
    assert scorer.card.targets[0].name == "stars"


@pytest.fixture(scope="module")
def answers(folder) -> str:
    return run("content_quality", folder)


def test_answers_are_published_reviewed_and_rejected(answers):
    rows = re.findall(
        r"^(\w+) +(-?[\d.]+)  \[ *(-?[\d.]+), +(-?[\d.]+)\]  (.+)$", answers, flags=re.MULTILINE
    )
    assert len(rows) == 8
    assert {word for word, *_ in rows} == {"publish", "review", "reject"}
    for word, _, low, high, _ in rows:
        expected = "publish" if float(low) >= 5.5 else "reject" if float(high) < 5.5 else "review"
        assert word == expected
    words = {text: word for word, *_, text in rows}
    assert words["lol no idea, ask someone who cares"] == "reject"
    assert words["CALL NOW best offers cheap cheap cheap!!!"] == "reject"


def test_a_lower_coverage_leaves_less_to_review(answers, folder):
    fewer = run("content_quality", folder, "--coverage", "0.5")
    assert fewer.count("\nreview ") < answers.count("\nreview ")


def test_results_that_people_click_come_first(folder):
    printed = run("search_reranking", folder)
    assert "2 with under 100 impressions left out" in printed
    ranked = re.findall(r"^ +(\d) +(\d) +(-?[\d.]+) %  (.+)$", printed, flags=re.MULTILINE)
    assert [int(rank) for rank, *_ in ranked] == [1, 2, 3, 4, 5]
    assert {int(old) for _, old, *_ in ranked[:2]} == {3, 5}  # the two guides; the sale stood first before


@pytest.fixture(scope="module")
def online(folder) -> str:
    return run("online_learning", folder)


def test_the_held_out_error_falls_with_updates(online):
    errors = {
        int(seen): float(error) for seen, error in re.findall(r"after +(\d+) updates +([\d.]+)", online)
    }
    assert list(errors) == [1, 5, 10, 20, 40, 80, 120]
    assert errors[120] < 0.8 * errors[1]
    assert errors[120] < errors[40] < errors[5]


def test_a_forgotten_slip_leaves_no_trace(online):
    before, wrong, after = re.search(
        r"a slip: ([\d.]+) before, ([\d.]+) with it, ([\d.]+) once", online
    ).groups()
    assert before == after
    assert float(wrong) < float(before) - 1
