"""The logger of the learner, under the name that its users know. It tells at DEBUG; nothing here configures logging."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("qwen3_embedding_value_learner")
