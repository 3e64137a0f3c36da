"""A scored text, and what may be one."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

from semascope.errors import DataError


@dataclass
class RankingExample:
    """A text with its score.

    Examples
    --------
    >>> RankingExample("clear, with figures", 8.5, {"by": "an editor"}).score
    8.5
    """

    text: str
    score: float
    metadata: dict[str, Any] | None = None


def check_text(text: object, *, what: str = "the text") -> str:
    """The text itself, when it is one."""
    if isinstance(text, str):
        return text
    raise DataError(
        f"{what} is {type(text).__name__} ({text!r:.60}); a text must be a string; decode or convert it first"
    )


def check_score(score: object, *, what: str = "the score") -> float:
    """The score as a float, when it is a finite number: a number written as text is not read as one."""
    if isinstance(score, Real | Decimal) or (hasattr(score, "item") and getattr(score, "ndim", 1) == 0):
        try:
            value = float(score)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if math.isfinite(value):
            return value
    raise DataError(
        f"{what} is {score!r:.60}; a score must be a finite number; convert it or leave the row out"
    )


def check_metadata(metadata: object) -> dict[str, Any] | None:
    """The metadata, when a model file can hold it: a dictionary that JSON can write, or None."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise DataError(
            f"metadata is {type(metadata).__name__}; it must be a dictionary or None; wrap it in one"
        )
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"metadata cannot be saved ({error}); it must hold strings, finite numbers, lists and dictionaries; convert the rest"
        ) from error
    return metadata
