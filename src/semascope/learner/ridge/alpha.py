"""The penalty of a line, checked."""

from __future__ import annotations

import math

from semascope.errors import ConfigError, DataError
from semascope.learner.example import check_score


def check_alpha(alpha: float) -> float:
    """The penalty as a float, when it is a number above 0."""
    try:
        value = check_score(alpha)
    except DataError:
        value = math.nan
    if not value > 0:
        raise ConfigError(
            f"alpha is {alpha!r:.60}; it must be a number above 0; from 0.01 to 100 suits unit vectors"
        )
    return value
