"""Words shared by all rooms. Letters of dimensions: n texts, d dim, t targets, c classes, k cutoff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Strings, because they stand in annotations alone, and numpy takes a tenth of a second to import.
Vectors: TypeAlias = "NDArray[np.float32]"
"""(n, d) float32, row i belongs to text i."""

Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"
Mask: TypeAlias = "NDArray[np.bool_]"
Array: TypeAlias = "NDArray[Any]"

Kind = Literal["regression", "classification"]
Precision = Literal["auto", "float32", "bfloat16"]
Rule = Literal["cheapest", "best"]
"""Which cell of a study is advised: the cheapest of those not clearly behind the best, or the best."""
Quoting = Literal["auto", "standard", "none"]
"""What quotation marks mean in a file with separators; auto: what the file itself says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """How far a long piece of work has come. ``done`` and ``total`` are counted in ``unit``."""

    stage: str
    done: int
    total: int
    unit: str
    detail: str = ""  # what else is worth knowing: "1.2 million tokens, 3 retries, 0.02 USD"
    window: float | None = None  # s that its rate is taken from, the last ones; None: the whole stage


Progress: TypeAlias = Callable[[Step], None]
"""Called by long work after every batch; the command line draws it, the library never prints."""


def silent(step: Step) -> None:
    """Show nothing: the default progress."""
