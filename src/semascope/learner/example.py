"""A scored text, and what may be one."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

from semascope.data.text_checks import check_text
from semascope.errors import DataError
from semascope.probes.magnitude import LARGEST

DEEPEST = 100  # levels of metadata; Python reads and copies some hundreds at most


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


def check_examples(examples: Iterable[RankingExample]) -> list[RankingExample]:
    """The examples, when all of them can be used; an error names the place of one that cannot."""
    if not isinstance(examples, Iterable):
        raise DataError(
            f"examples is {type(examples).__name__} ({examples!r:.60}); it must be a list of RankingExample; put a single one into"
            " a list"
        )
    checked = []
    for place, example in enumerate(examples):
        if not (hasattr(example, "text") and hasattr(example, "score")):
            raise DataError(
                f"example {place} is {type(example).__name__} ({example!r:.60}); it must be a RankingExample; make it with"
                " RankingExample(text, score)"
            )
        what = f"of example {place}"
        text = check_text(example.text, what=f"the text {what}")
        score = check_score(example.score, what=f"the score {what}")
        checked.append(RankingExample(text, score, check_metadata(getattr(example, "metadata", None))))
    return checked


def check_score(score: object, *, what: str = "the score") -> float:
    """The score as a float, when it is a finite number: a number written as text is not read as one."""
    number = score.item() if hasattr(score, "item") and getattr(score, "ndim", 1) == 0 else score
    if isinstance(number, Real | Decimal):
        try:
            value = float(number)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if abs(value) <= LARGEST:
            return value
    raise DataError(
        f"{what} is {score!r:.60}; it must be a finite number of magnitude {LARGEST:g} at most; convert it or leave the row"
        " out"
    )


def check_metadata(metadata: object) -> dict[str, Any] | None:
    """A copy of the metadata, when a model file can hold it: a dictionary that JSON can write, or None."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise DataError(
            f"metadata is {type(metadata).__name__}; it must be a dictionary or None; wrap it in one"
        )
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(
            f"metadata cannot be saved ({error}); it must hold strings, finite numbers, lists and dictionaries; convert the rest"
        ) from error
    if _is_deeper(metadata, DEEPEST):
        raise DataError(
            f"metadata is nested more than {DEEPEST} levels deep; that cannot be read back for certain; make it flatter"
        )
    return copy.deepcopy(metadata)  # what becomes of the caller's own must not make the model unsavable


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and dictionaries are nested more than so many levels deep."""
    there: list[object] = [value]
    for _ in range(levels + 1):
        there = [inside for each in there for inside in _inside(each)]
        if not there:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
