"""The value learner of Semascope under the import path that its users know."""

from __future__ import annotations

from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner as Qwen3EmbeddingValueLearner

__all__ = ["Qwen3EmbeddingValueLearner", "RankingExample"]
