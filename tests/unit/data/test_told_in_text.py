"""Texts that say their own target."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.told_in_text import LOOKED_AT, Places, followed

WORDS = [
    "tide",
    "ship",
    "wind",
    "storm",
    "port",
    "sail",
    "quay",
    "anchor",
    "deck",
    "fog",
    "keel",
    "gull",
    "calm",
    "late",
]
N = 200
RNG = np.random.default_rng(3)
TEXTS = [" ".join(RNG.choice(WORDS, size=RNG.integers(6, 16))) for _ in range(N)]
STARS = RNG.integers(1, 6, N)
SCORES = np.round(RNG.normal(3, 1, N), 2)
MOODS = [("bad", "so so", "good")[star % 3] for star in STARS]
SPAM = [("ham", "junk")[star % 2] for star in STARS]


def inside(text: str, mark: str, rng: np.random.Generator) -> str:
    words = text.split()
    at = int(rng.integers(1, len(words)))
    return " ".join([*words[:at], mark, *words[at:]])


def planted(write, values) -> list[str]:
    rng = np.random.default_rng(5)
    return [inside(text, write(value), rng) for text, value in zip(TEXTS, values, strict=True)]


@pytest.mark.parametrize(
    ("texts", "target", "place"),
    [
        (planted(lambda star: f"[stars: {star}]", STARS), STARS, "what follows “stars:”"),
        ([f"Rating: {star}/5. {text}" for text, star in zip(TEXTS, STARS, strict=True)], STARS, "what follows “Rating:”"),
        (planted(lambda star: f"{star} stars", STARS), STARS, "the number before “stars”"),
        ([f"{text} ({star})" for text, star in zip(TEXTS, STARS, strict=True)], STARS, "what follows “(”"),
        ([f"{text} {20 * star} %" for text, star in zip(TEXTS, STARS, strict=True)], STARS, "the number before “%”"),
        (planted(lambda score: f"grade={score}", SCORES), SCORES, "what follows “grade=”"),
        (planted(lambda mood: f"label: {mood}", MOODS), MOODS, "what follows “label:”"),
        (planted(lambda mood: f"#{mood}", MOODS), MOODS, "what follows “#”"),
        (planted(str, MOODS), MOODS, "the name of one class in the text"),
        (planted(lambda kind: "[x]" if kind == "junk" else "", SPAM), SPAM, "whether “x]” stands there"),
        ([f"很好{text[:4]}评分:{star}分" for text, star in zip(TEXTS, STARS, strict=True)], STARS, "what follows “:”"),
        (planted(lambda star: f"rated {star}", STARS), [str(star) for star in STARS], "what follows “rated”"),
    ],
)  # fmt: skip
def test_a_planted_answer_is_found_with_its_place(texts, target, place):
    target = target.astype(float) if isinstance(target, np.ndarray) else target
    told = Places(texts).told(target)
    assert told.place == place
    assert told.explained > 0.8
    assert told.share > (0.9 if "whether" not in place else 0.3)
    assert told.example.strip("… ")[:12] in " ".join(texts[told.row].split())


def test_an_answer_in_some_texts_only_is_found_with_its_share():
    marked = [f"{text} [stars: {star}]" if row % 8 == 0 else text for row, (text, star) in enumerate(zip(TEXTS, STARS, strict=True))]  # fmt: skip
    told = Places(marked).told(STARS.astype(float))
    assert (told.place, told.share) == ("what follows “stars:”", 0.125)
    assert told.row % 8 == 0


@pytest.mark.parametrize("target", [STARS.astype(float), SCORES, MOODS, SPAM])
def test_texts_that_say_nothing(target):
    assert Places(TEXTS).told(target) is None


def test_numbers_that_are_about_something_else():
    rng = np.random.default_rng(9)
    texts = [inside(text, f"{rng.integers(1, 6)} stars", rng) for text in TEXTS]
    assert Places(texts).told(STARS.astype(float)) is None


def test_a_mention_in_few_texts_or_a_loose_one_is_no_leak():
    few = [f"{text}, {star} stars" if row < 8 else text for row, (text, star) in enumerate(zip(TEXTS, STARS, strict=True))]  # fmt: skip
    assert Places(few).told(STARS.astype(float)) is None
    rng = np.random.default_rng(2)
    loose = [inside(text, f"{5 if rng.random() < 0.6 else star} stars", rng) for text, star in zip(TEXTS, STARS, strict=True)]  # fmt: skip
    assert Places(loose).told(STARS.astype(float)) is None


def test_missing_targets_are_left_out():
    texts = planted(lambda star: f"[stars: {star}]", STARS)
    target = STARS.astype(float)
    target[::2] = np.nan
    told = Places(texts).told(target)
    assert (told.place, told.share, told.row % 2) == ("what follows “stars:”", 1.0, 1)
    assert Places(texts).told(np.full(N, np.nan)) is None
    assert Places(texts).told([""] * N) is None


def test_too_few_texts_say_nothing():
    assert Places(["[stars: 4]", "[stars: 2]"]).told(np.array([4.0, 2.0])) is None
    assert Places([]).told(np.empty(0)) is None


def test_only_so_many_texts_and_their_ends_are_looked_at():
    long = [f"[stars: {star}] " + "sea " * 5_000 for star in np.tile(STARS, 10)]
    places = Places(long)
    assert len(places.rows) == LOOKED_AT
    assert max(map(len, places.texts)) < 1_500
    assert places.told(np.tile(STARS, 10).astype(float)).place == "what follows “stars:”"


def test_odd_texts_do_no_harm():
    odd = ["", " ", "\0", "é" * 50, "🙂", "1", "[", "stars:", "٣ نجوم", "_"] * 4
    assert Places(odd).told(np.arange(40.0)) is None


def test_a_curved_relation_is_followed_by_ranks():
    x = np.arange(1.0, 30)
    assert followed(x, np.exp(x)) == 1.0
    assert followed(x, np.ones(29)) == 0.0
    assert followed(np.array([1.0, 2, 3, 4]), np.array([1.0, -1, 1, -1])) == pytest.approx(0.2)
