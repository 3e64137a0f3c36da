"""Small models on the hash encoder that tests learn into, and what they must come to."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from semascope.encoders.hashing import HashEncoder
from semascope.learner.advice import LearnerWarning
from semascope.learner.learner import ValueLearner
from semascope.learner.online.durable import DurableLearner
from semascope.learner.online.operations import Learn

ENCODER = HashEncoder(8)
FIRST = {f"text {place}": float(place % 4) for place in range(10)}
ALPHA = 0.5


def new_model(path: Path) -> Path:
    learner = ValueLearner(
        encoder=ENCODER, embedding_dim=8, ridge_alpha=ALPHA, cache_dir=path.parent / "cache"
    )
    for text, score in FIRST.items():
        learner.add_training_example(text, score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearnerWarning)
        learner.train()
    return learner.save_model(path)


def opened(path: Path, **given) -> DurableLearner:
    return DurableLearner.open(path, ENCODER, path.parent / "cache", **given)


def vector(text: str) -> np.ndarray:
    return ENCODER.encode([text])[0]


def learn(text: str, score: float = 1.0, request_id: str = "", **given) -> Learn:
    return Learn(text=text, score=score, vector=vector(text), request_id=request_id, **given)


def journal_of(model: Path) -> Path:
    return model.with_name(f".{model.name}.journal")


def full_fit(examples: list[tuple[str, float]]) -> np.ndarray:
    """Weights and intercept of a ridge of these examples, by the normal equations with a free intercept."""
    rows = np.array([vector(text) for text, _ in examples], dtype=np.float64)
    scores = np.array([score for _, score in examples])
    centred = rows - rows.mean(axis=0)
    coef = np.linalg.solve(
        centred.T @ centred + ALPHA * np.eye(rows.shape[1]), centred.T @ (scores - scores.mean())
    )
    return np.append(coef, scores.mean() - rows.mean(axis=0) @ coef)


def fitted_line(model_or_saved) -> np.ndarray:
    line = model_or_saved.ridge if hasattr(model_or_saved, "ridge") else model_or_saved.fitted().line
    return np.append(line.coef_, line.intercept_)


def examples_of(model_or_saved) -> list[tuple[str, float]]:
    examples = model_or_saved.examples
    kept = examples.all() if hasattr(examples, "all") else examples
    return [(each.text, each.score) for each in kept]
