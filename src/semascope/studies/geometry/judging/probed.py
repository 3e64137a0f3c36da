"""How well a logistic probe tells labels in each space, as plain values: what ``probe.py`` hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.stats.results import Family


@dataclass(frozen=True, kw_only=True, slots=True)
class Probed:
    """A logistic probe of every space on the same held-out rows."""

    label: str
    trained_on: int  # rows that fitted the probes
    held_out: int
    labels: int  # that are told apart
    accuracies: dict[str, Measured]  # by space, each beside what its predictions hit among shuffled labels
    family: Family | None  # every space against the first; None where ``reason`` says why
    notes: tuple[str, ...] = ()
    reason: str = ""  # why nothing was probed; "" when it was
