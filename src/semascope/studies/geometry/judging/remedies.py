"""Remedies judged by tasks: each is fitted on training rows, and held-out rows say what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.remedied.remedy import Remedy
    from semascope.studies.geometry.judging.remedied import Remedied
    from semascope.studies.geometry.judging.tasks import LabelTask, SearchTask
    from semascope.types import Progress, Vectors


def judge_remedies(
    *,
    labels: LabelTask | None = None,
    search: SearchTask | None = None,
    remedies: Sequence[str] = ("centre", "standardise", "all-but-the-top", "whiten"),
    test_size: float = 0.3,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Remedied:
    """No remedy against each, in every space: probe and neighbours where there are labels, nDCG@10 where there are answers."""
    raise NotImplementedError


def best_remedy(remedied: Remedied, space: str) -> str | None:
    """The remedy that is better at something and worse at nothing, with the largest gain; None where there is none."""
    raise NotImplementedError


def refit(name: str, rows: Vectors) -> Remedy:
    """The remedy that is kept: fitted on all rows, those that judged it included."""
    raise NotImplementedError
