"""Examples for the tests of the learner: a few by hand, and forty whose scores are linear in their vectors."""

from __future__ import annotations

import warnings

import numpy as np

from semascope.encoders.hashing import HashEncoder
from semascope.learner.advice import LearnerWarning
from semascope.learner.example import RankingExample

FEW = ["Excellent quality", "Good value", "Average", "Poor, disappointed", "Terrible waste", "Outstanding!"]
FEW_SCORES = [9.0, 7.5, 5.0, 2.5, 1.0, 9.5]
NEW = ["something new", "another one", "", "and a third"]
TEXTS = [f"text {place}" for place in range(40)]
SCORES = (
    5
    + HashEncoder(8).encode(TEXTS) @ np.random.default_rng(1).normal(size=8)
    + 0.1 * np.random.default_rng(2).normal(size=40)
).tolist()


def examples(n=40):
    return [RankingExample(text, score) for text, score in zip(TEXTS[:n], SCORES[:n], strict=True)]


def fill(learner, texts=FEW, scores=FEW_SCORES):
    learner.add_training_examples([RankingExample(*pair) for pair in zip(texts, scores, strict=True)])
    return learner


def quietly(function, *given, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearnerWarning)
        return function(*given, **named)


def said_by(function, *given, **named):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*given, **named)
    return [str(each.message) for each in caught if issubclass(each.category, LearnerWarning)]
