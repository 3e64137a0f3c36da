from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from semascope.learner import encoder_choice
from semascope.learner.advice import LearnerWarning
from semascope.learner.learner import ValueLearner

NAME = "semascope_test_scored_texts"  # tests are no package: this is how they share a module
if NAME not in sys.modules:
    _spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("scored_texts.py"))
    sys.modules[NAME] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[NAME])


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No encoder named by the environment, nothing said before."""
    monkeypatch.delenv("SEMASCOPE_ENCODER", raising=False)
    monkeypatch.setattr(encoder_choice, "_said", set())


@pytest.fixture
def make(tmp_path):
    """Learners on the hash encoder: vectors without meaning, made at once."""

    def make_learner(cls=ValueLearner, **given):
        return cls(**{"encoder": "hash:8", "cache_dir": tmp_path / "cache", **given})

    return make_learner


@pytest.fixture
def trained(make):
    """A learner trained on 60 texts whose scores are linear in their vectors, with a little noise."""

    def make_trained(cls=ValueLearner, n=60, **given):
        learner = make(cls, **given)
        texts = [f"text {place}" for place in range(n)]
        rng = np.random.default_rng(1)
        vectors = learner._vector_source.vectors(texts)
        scores = 5 + vectors @ rng.normal(size=vectors.shape[1]) + 0.1 * rng.normal(size=n)
        for text, score in zip(texts, scores, strict=True):
            learner.add_training_example(text, float(score), {"text": text})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LearnerWarning)
            learner.train()
        return learner

    return make_trained
