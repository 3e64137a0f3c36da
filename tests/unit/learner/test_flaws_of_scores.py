"""Advice on scored texts that a fit does not show."""

from __future__ import annotations

import numpy as np

from semascope.learner.labelling.flaws import flaws_of

WORDS = ("tide", "rope", "anchor", "harbour", "sail", "storm", "calm", "deck", "gull", "chart")
RNG = np.random.default_rng(8)
N = 60
TEXTS = [" ".join(RNG.choice(WORDS, size=9)) for _ in range(N)]
SCORES = RNG.integers(1, 6, N).astype(float)
ROWS = [row + 100 for row in range(N)]


def only(found: list[str]) -> str:
    assert len(found) == 1, found
    return found[0]


def test_sound_scores_get_no_word():
    assert flaws_of(TEXTS, SCORES, ROWS) == []
    assert flaws_of(TEXTS[:19], [0.0, 1.0] * 9 + [1.0], ROWS[:19]) == []  # too few to say


def test_two_numbers():
    said = only(flaws_of(TEXTS, np.where(SCORES > 3, 1.0, 0.0), ROWS))
    assert said.startswith("all scores are 0 or 1: the learner treats them as numbers")


def test_a_score_in_the_text():
    texts = [f"{text} (grade {score:.0f})" for text, score in zip(TEXTS, SCORES, strict=True)]
    said = only(flaws_of(texts, SCORES, ROWS))
    assert (
        "in 100 % of them what follows “(grade” alone explains 100 % of the variance there, as in row 100"
        in said
    )


def test_wild_scores_are_named_by_row():
    scores = SCORES.copy()
    scores[[3, 9]] = 9_999
    assert "2 scores lie far from all others, which are 1 to 5 (rows 103, 109)" in only(
        flaws_of(TEXTS, scores, ROWS)
    )


def test_an_id():
    assert "look like an id or a rank (all 60 values differ" in only(flaws_of(TEXTS, np.arange(60.0), ROWS))


def test_the_length():
    texts = [text + " x" * int(3 * score) for text, score in zip(TEXTS, SCORES, strict=True)]
    lengths = np.array([len(text) for text in texts], dtype=float)
    said = only(flaws_of(texts, np.round(lengths / 10), ROWS))
    assert said.startswith("the length of the text alone predicts the scores: a one-line rule")
    assert said.endswith("on rows that it has not seen")
    below = only(flaws_of(texts, np.round(lengths / 10), ROWS, r2=0.23))
    assert below.endswith("; the model reaches 0.23, which is no better")
    above = only(flaws_of(texts, np.round(lengths / 10), ROWS, r2=1.0))
    assert above.endswith("; the model reaches 1.00, so only the difference comes from the words")


def test_numbers_have_a_true_minus_and_the_same_decimals():
    assert "all scores are −1 or 0.5" in only(flaws_of(TEXTS, np.where(SCORES > 3, 0.5, -1.0), ROWS))
    scores = SCORES.copy()
    scores[:8] = [-1.02, 5.616, *[9_999] * 2, *scores[4:8]]
    assert "which are −1.02 to 5.62 (rows 102, 103)" in only(flaws_of(TEXTS, scores, ROWS))
