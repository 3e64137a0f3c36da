"""Results as plain values, for ``--json``, records, YAML and HTTP: one way to turn any of ours into what a file can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Mappings, lists, strings, numbers, booleans and None, and nothing else.

    Dataclasses, settings and mappings become dictionaries with strings as keys, arrays, sequences and sets become lists, a number
    that is not finite becomes None (JSON has no other way to say that it is unknown), and whatever is left, such as a
    path, becomes its string.

    Examples
    --------
    >>> plain({"scores": np.array([0.5, np.nan]), 3: ("a", True)})
    {'scores': [0.5, None], '3': ['a', True]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "model_dump"):  # settings, as pydantic has them
        return plain(value.model_dump(mode="json"))
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Sequence | Set):
        return [plain(each) for each in value]
    return str(value)
