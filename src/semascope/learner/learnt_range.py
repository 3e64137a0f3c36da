"""Which scores a saved model was fitted on, and how many of those that it gives lie outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ArtifactError
from semascope.learner.model_file import EXAMPLES, from_lines
from semascope.probes.artifact import load_attachments
from semascope.probes.learnt_since import SETTINGS
from semascope.words.numbers import count, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from semascope.probes.card import TargetCard
    from semascope.types import Floats

_BARELY = 1e-6  # of the range: what rounding can do


def learnt_range(path: str | Path) -> tuple[float, float] | None:
    """Lowest and highest score that the learner saved at ``path`` was fitted on.

    None for a scorer without examples.

    Raises
    ------
    ArtifactError
        When the examples cannot be read.
    """
    attached = load_attachments(path, only=(EXAMPLES, SETTINGS))
    if len(attached) < 2:
        return None
    try:
        fitted = int(json.loads(attached[SETTINGS])["fitted"])
        scores = [example.score for example in from_lines(attached[EXAMPLES])[:fitted]]
        return min(scores), max(scores)
    except (KeyError, ValueError, TypeError) as error:
        raise ArtifactError(
            f"the examples of {path} cannot be read ({type(error).__name__}: {error}); use the original"
        ) from error


def outside_learnt(
    artifact: Path, targets: Sequence[TargetCard], scores: Floats, *, written: Floats | None = None
) -> list[str]:
    """How many scores lie outside the labels that were learnt from, and whether they were cut to them: sentences.

    Parameters
    ----------
    scores
        (n, t) of the targets before any cut, NaN where there is none.
    written
        (n, t) what is written of them; None for themselves, as in a ranking, where a cut would make ties.
    """
    return said_outside(targets, scores, written=written, learnt=lambda: learnt_range(artifact))


def said_outside(
    targets: Sequence[TargetCard],
    scores: Floats,
    *,
    written: Floats | None,
    learnt: Callable[[], tuple[float, float] | None],
) -> list[str]:
    """As ``outside_learnt``, where ``learnt`` gives the range of a target whose card has none."""
    said = []
    for column, target in enumerate(targets):
        cut = target.low is not None and target.high is not None
        found = (target.low, target.high) if cut else learnt()
        if found is None or found[0] is None or found[1] is None:
            continue
        low, high = found[0], found[1]
        more = _BARELY * (high - low)
        known = ~np.isnan(scores[:, column])
        values = scores[known, column]
        beyond = (values < low - more) | (values > high + more)
        if cut and written is not None:  # a map to medians may have brought a score inside before the cut
            beyond &= np.isin(written[known, column], (low, high))
        if outside := int(beyond.sum()):
            became = "they were cut to it" if cut and written is not None else "they were not cut to it"
            said.append(
                f"{outside:,} of {count(len(values), 'score')} of {target.name!r} {'lies' if outside == 1 else 'lie'}"
                f" outside {significant(low, 6)} to {significant(high, 6)}, the range that was learnt from; {became}"
            )
    return said
