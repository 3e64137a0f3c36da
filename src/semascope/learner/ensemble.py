"""Several learners, or heads of ``probes/``, as one: their weighted average behind the learner's methods."""

from __future__ import annotations

import logging
import math
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.advice import LearnerWarning, advice_on
from semascope.learner.ensemble_file import (
    SavedEnsemble,
    SavedMember,
    columns_of,
    load_ensemble,
    save_ensemble,
)
from semascope.learner.example import RankingExample, check_metadata, check_score, check_text
from semascope.learner.head_member import FittedHead, HeadMember, checked_examples, ranked
from semascope.learner.held_out import check_training, judge_split, metrics_of, predict_out_of_fold
from semascope.learner.learner import DEFAULT_CACHE, ValueLearner
from semascope.learner.model_file import SavedLearner
from semascope.learner.model_parts import to_head, to_line
from semascope.learner.training import components_of, errors
from semascope.probes.ensemble_head import average, check_weights
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.learner.ensemble_file import Weighting
    from semascope.learner.online import OnlineRidge
    from semascope.probes.card import Card
    from semascope.types import Array, Floats, Ints, Precision, Progress

LOGGER = logging.getLogger("qwen3_embedding_value_learner")

type_Member = ValueLearner | HeadMember
