"""Results as plain values: what any of them becomes, and that JSON can always write it."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semascope.plain import plain


@dataclass(frozen=True, slots=True)
class Inner:
    scores: np.ndarray
    where: Path


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    names: tuple[str, ...]
    low: float | None = None


def test_each_kind_of_value():
    held = {
        "a": np.float64(1.5),
        3: (np.int64(2), {"x"}),
        "p": Path("f"),
        "n": None,
        "v": np.arange(2),
        "t": True,
    }
    assert plain(held) == {"a": 1.5, "3": [2, ["x"]], "p": "f", "n": None, "v": [0, 1], "t": True}


def test_dataclasses_inside_dataclasses():
    found = plain(Outer(inner=Inner(scores=np.array([1.0, math.nan]), where=Path("a/b")), names=("x", "y")))
    assert found == {"inner": {"scores": [1.0, None], "where": "a/b"}, "names": ["x", "y"], "low": None}


def test_a_class_is_named_not_opened():
    assert plain(Outer) == str(Outer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.builds(Path, st.just("a")),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.integers() | st.text(), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_json_can_write_it_and_it_is_plain_already(value):
    found = plain(value)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert plain(found) == found
