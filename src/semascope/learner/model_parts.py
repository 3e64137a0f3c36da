"""Parts of a model file: a fitted line as a head, examples as lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.text_checks import check_text
from semascope.learner.example import RankingExample, check_metadata, check_score
from semascope.learner.line import RidgeLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.probes.ridge import RidgeHead


def to_head(ridge: RidgeLine, target: str) -> RidgeHead:
    """The head of ``probes/`` that predicts what the line predicts."""
    from semascope.probes.ridge import RidgeHead  # brings scikit-learn: late

    head = RidgeHead(measure="mae", alphas=(ridge.alpha,), target_names=(target,), median_map=False)
    head.coef_, head.intercept_ = ridge.coef_[None, :], np.array([ridge.intercept_])
    head.maps_ = [None]
    head.choices, head.notes = {"alpha": {target: ridge.alpha}, "edge": {}}, []
    return head


def to_line(head: RidgeHead) -> RidgeLine:
    """The line of a head with one target; a head without its alpha is a ``StopIteration`` or a ``KeyError``."""
    alpha = float(next(iter(head.choices["alpha"].values())))
    return RidgeLine(alpha, head.coef_[0], float(head.intercept_[0]))


def to_lines(examples: Iterable[RankingExample]) -> bytes:
    """JSON lines, one an example."""
    lines = [
        json.dumps(
            {"text": example.text, "score": example.score, "metadata": example.metadata}, allow_nan=False
        )
        for example in examples
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def from_lines(data: bytes) -> tuple[RankingExample, ...]:
    """The examples of such lines, checked; a line that is none is a ``KeyError``, ``TypeError`` or ``ValueError``."""
    return tuple(_example(json.loads(line)) for line in data.splitlines())


def _example(fields: dict[str, Any]) -> RankingExample:
    return RankingExample(
        check_text(fields["text"]), check_score(fields["score"]), check_metadata(fields["metadata"])
    )
