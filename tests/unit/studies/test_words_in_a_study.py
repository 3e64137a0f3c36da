"""The row of words: in every table, chosen like any cell, handed over, and spoken of beside the vectors."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from semascope.probes.scorer import Scorer
from semascope.reports.heads.study import render_report
from semascope.stats.measure import Measure
from semascope.stats.results import Estimate, Verdict
from semascope.studies.heads.judging.words_alone import words_sentence
from semascope.studies.heads.result import Costs, HeadResult

GOOD, BAD = ("calm", "bright", "splendid", "kind"), ("late", "broken", "cold", "loud")


def told(n: int = 80) -> list[dict]:
    """Rows whose score is how many good words they hold less how many bad ones; hashed vectors know nothing of it."""
    rng = np.random.default_rng(8)
    rows = []
    for number in range(n):
        words = [*rng.choice(GOOD, int(rng.integers(0, 4))), *rng.choice(BAD, int(rng.integers(0, 4)))]
        score = sum((word in GOOD) - (word in BAD) for word in words)
        rows.append(
            {
                "body": " ".join([*words, f"crossing no{number}"]),
                "score": float(score),
                "mood": "glad" if score > 0 else "sad",
            }
        )
    return rows


@pytest.mark.parametrize(
    ("asked", "kind"), [({"target": "score"}, "regression"), ({"target": "mood"}, "classification")]
)
def test_where_words_decide_they_are_chosen_and_handed_over(desk, asked, kind):
    head = "ridge" if kind == "regression" else "logistic"
    result = desk.run(told(), head=head, **asked)
    assert result.winner == "tfidf"
    record = desk.records()["tfidf"]
    assert record["cell"]["encoder"] == record["fingerprint"] == ""
    assert record["choices"]["ngrams"] >= 8
    assert (record["costs"]["encode_seconds_per_1000"], record["costs"]["tokens"]) == (0.0, 0)
    assert record["costs"]["predict_seconds_per_1000"] > 0

    said = " ".join(result.headline)
    assert "tfidf is a linear model on the words themselves (TF-IDF), without an encoder" in said
    assert "No vectors did better than the words themselves on the training rows" in said

    folder = desk.folder / "run" / "winner"
    card = json.loads((folder / "card.json").read_text(encoding="utf8"))["card"]
    assert (card["head"], card["encoder"], card["kind"]) == ("tfidf", "", kind)
    assert card["notes"][0] == "it reads the words of the texts themselves, without an encoder"
    scorer = Scorer.load(folder)
    ranking = scorer.rank(
        ["late and cold", "calm, bright and splendid", " "], class_name="glad" if card["classes"] else None
    )
    assert ranking.rows.tolist() == [1, 0]
    assert ranking.reasons == ("the text is empty",)

    page = render_report(result)
    assert "reads the words, no vectors" in page
    assert "reads and scores 1,000 texts in" in page

    written = (folder / "weights.safetensors").stat().st_mtime_ns
    desk.run(told(), head=head, **asked)
    assert (folder / "weights.safetensors").stat().st_mtime_ns == written  # it is known to be there


def test_an_explicit_list_of_heads_has_the_words_all_the_same(desk):
    for head in (["ridge"], ["tfidf"], ["median"]):
        result = desk.run(told(), head=head, output="-".join(head))
        assert [cell.id for cell in result.cells] == [
            "mean",
            "median",
            "tfidf",
            "hash:16 · default · 16 · ridge",
        ]


def test_words_can_be_the_baseline(desk):
    result = desk.run(told(), head="ridge", baseline="tfidf")
    assert result.family.baseline == "tfidf"
    assert result.headline[0].startswith("Use tfidf, the baseline, for “score”")


# In words

COSTS = Costs(
    encode_seconds_per_1000=1.0,
    fit_seconds=1.0,
    predict_seconds_per_1000=1.0,
    tokens=1,
    truncated_rows=0,
    tokens_lost_share=0.0,
    dim=16,
)


def verdict(word: str, *, p: float) -> Verdict:
    return Verdict(
        word=word,
        difference=0.1,
        gain=-0.1,
        low=0.0,
        high=0.2,
        low90=0.02,
        high90=0.18,
        p=p,
        p_holm=p,
        margin=0.05,
        n=50,
    )


def cell(head: str, value: float) -> HeadResult:
    return HeadResult(
        id=head,
        label=head,
        reads={"tfidf": "words", "mean": "nothing"}.get(head, "vectors"),
        encoder="" if head == "tfidf" else "m",
        instruction="default",
        sentence="",
        long="truncate",
        dim=16,
        head=head,
        selection=value,
        estimate=Estimate(value=value, low=value - 0.1, high=value + 0.1, n=50),
        measures={},
        verdict=verdict("unresolved", p=0.5),
        costs=COSTS,
    )


def said(words: HeadResult, chosen: HeadResult, found: Verdict | None) -> str:
    return words_sentence(
        [words, chosen],
        chosen,
        found,
        {each.id: each.estimate.value for each in (words, chosen)},
        write="{:.2f}".format,
        amount=lambda verdict, base: f"{100 * abs(verdict.difference) / base.estimate.value:.0f} %",
    )


@pytest.mark.parametrize(
    ("word", "p", "rest"),
    [
        ("worse", 0.0004, ", 20 % worse than mlp (p <0.001)."),
        ("equivalent", 0.4, ", equivalent to mlp: its vectors add nothing to the words."),
        ("better", 0.012, ", 20 % better than mlp (p 0.012): its vectors carry less than the words."),
        ("unresolved", 0.21, ", and mlp is not shown to beat that (p 0.21)."),
    ],
)
def test_what_the_words_alone_reach_is_said_beside_the_chosen_cell(word, p, rest):
    text = said(cell("tfidf", 0.6), cell("mlp", 0.5), verdict(word, p=p))
    assert text == f"Answering from the words alone (tfidf) gives 0.60{rest}"


def test_where_nothing_could_be_compared_the_reason_stands_in_place_of_p():
    unknown = Verdict.unknown("no held-out row has both")
    text = said(cell("tfidf", 0.6), cell("mlp", 0.5), unknown)
    assert text.endswith(", and mlp is not shown to beat that (no held-out row has both).")


def test_words_that_are_chosen_speak_against_an_encoder():
    words = cell("tfidf", 0.5)
    assert said(words, words, None).startswith("No vectors did better than the words themselves")


def test_nothing_is_said_without_the_cell_or_without_a_figure():
    mlp = cell("mlp", 0.5)
    assert words_sentence([mlp], mlp, None, {}, write=str, amount=lambda verdict, base: "") == ""
    assert said(cell("tfidf", math.nan), mlp, verdict("unresolved", p=1.0)) == ""


def test_the_words_are_tested_against_the_chosen_cell_and_not_against_the_baseline(desk, chooses):
    chooses("hash:16 · default · 4 · ridge")
    result = desk.run(told(), head="ridge", dim=[4, 16], choose="best")
    assert result.winner != result.family.baseline
    found = [line for line in result.headline if line.startswith("Answering from the words alone (tfidf)")]
    assert len(found) == 1
    assert "better than 4 · ridge (p " in found[0]
    assert found[0].endswith("its vectors carry less than the words.")


def test_words_that_are_the_baseline_are_held_against_the_chosen_cell_once(desk, monkeypatch):
    """Turned around, a share of the words' error is no share of the chosen cell's."""
    rows = [{**row, "other": 10 * row["score"]} for row in told()]
    vectors, best = "hash:16 · default · 16 · ridge", Measure.best
    monkeypatch.setattr(
        Measure, "best", lambda self, values: vectors if vectors in values else best(self, values)
    )
    result = desk.run(rows, target=["score", "other"], head="ridge", baseline="tfidf", choose="best")
    assert (result.winner, result.family.baseline) == ("hash:16 · default · 16 · ridge", "tfidf")
    assert not any("the words alone" in line for line in result.headline)
