"""What is fitted on examples: a ridge at one penalty, or a head of ``probes/``.

Letters: n examples, d dims, m other rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from semascope.errors import ConfigError
from semascope.learner.fit import Fit
from semascope.learner.model_parts import to_head, to_line
from semascope.learner.ridge_training import check_alpha
from semascope.learner.training import components_of
from semascope.probes.head import TEXT_HEADS, make_head
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.line import RidgeLine
    from semascope.probes.head import Head
    from semascope.types import Array, Floats, Ints

DEFAULT_ALPHA = 1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedHead:
    """A fitted head and what it was fitted on; replaced as a whole."""

    head: Head
    texts: list[str]
    scores: Floats  # (n,)
    vectors: Array  # (n, d)

    def predict(self, vectors: Array) -> Floats:
        """(m,) predictions of (m, d) vectors."""
        predicted: Floats = self.head.predict(vectors)[:, 0]
        return predicted


Fitted: TypeAlias = Fit | FittedHead


class Fitter(Protocol):
    """What fits examples."""

    alpha: float  # NaN where it is chosen inside each fit
    called: str  # in errors
    remedy: str  # before training

    def fit(self, texts: Sequence[str], vectors: Array, scores: Floats) -> Fitted:
        """The fit of n examples."""

    def predict_apart(
        self, vectors: Array, scores: Floats, components: Ints, fit: Ints, other: Ints
    ) -> Floats:
        """(m,) predictions of the rows ``other`` by a fit of the rows ``fit``."""

    def head_of(self, fitted: Fitted, target: str) -> Head:
        """The head of ``probes/`` that predicts what ``fitted`` predicts."""


class RidgeFitter:
    """Ridge at a penalty that is given."""

    called, remedy = "the model", "call train(), or load_model(path)"

    def __init__(self, alpha: float) -> None:
        self.alpha = check_alpha(alpha)

    def fit(self, texts: Sequence[str], vectors: Array, scores: Floats) -> Fit:
        """See ``Fitter.fit``."""
        return Fit(texts, scores, vectors, alpha=check_alpha(self.alpha))  # it may have been changed by hand

    def predict_apart(
        self, vectors: Array, scores: Floats, components: Ints, fit: Ints, other: Ints
    ) -> Floats:
        """See ``Fitter.predict_apart``."""
        x = vectors.astype(np.float64)
        line = ridge_at(x[fit], scores[fit, None], np.array([self.alpha]))
        predicted: Floats = line.predict(x[other])[:, 0]
        return predicted

    def head_of(self, fitted: Fitted, target: str) -> Head:
        """See ``Fitter.head_of``."""
        assert isinstance(fitted, Fit)
        return to_head(fitted.line, target)


class HeadFitter:
    """A head of ``probes/``, which chooses its settings on the rows that it is given. A ridge becomes a ``Fit``."""

    alpha, remedy = math.nan, "call train()"

    def __init__(self, name: str, *, measure: str, seed: int, target: str) -> None:
        if name == "ensemble":
            raise ConfigError(
                "head is 'ensemble'; a member must be a single head; name the heads one by one as members"
            )
        if name in TEXT_HEADS:
            raise ConfigError(
                f"head is {name!r}, which reads texts; a member of a learner reads vectors; name ridge, mlp or boosting"
            )
        make_head(name, kind="regression", measure=measure)  # refuses a name or a measure that is none
        self.name, self.measure, self.seed, self.target = name, measure, seed, target
        self.called = f"head {name!r}"
        self._ridge: tuple[RidgeLine, Head] | None = None  # what came of the last fit

    def fit(self, texts: Sequence[str], vectors: Array, scores: Floats) -> Fitted:
        """See ``Fitter.fit``."""
        with calm_threads(vectors.size):
            head = self._head(vectors, scores, components_of(texts))
        return self.known(head, texts, vectors, scores)

    def known(self, head: Head, texts: Sequence[str], vectors: Array, scores: Floats) -> Fitted:
        """A head that was fitted on these n examples."""
        if self.name != "ridge":
            return FittedHead(head=head, texts=list(texts), scores=scores, vectors=vectors)
        line = to_line(head)  # type: ignore[arg-type]
        self._ridge = line, head
        return Fit(texts, scores, vectors, alpha=line.alpha, line=line)

    def predict_apart(
        self, vectors: Array, scores: Floats, components: Ints, fit: Ints, other: Ints
    ) -> Floats:
        """See ``Fitter.predict_apart``."""
        head = self._head(vectors[fit], scores[fit], components[fit])
        predicted: Floats = head.predict(vectors[other])[:, 0]
        return predicted

    def head_of(self, fitted: Fitted, target: str) -> Head:
        """See ``Fitter.head_of``; of a ridge that has learnt on since, one without a record of the choice."""
        if isinstance(fitted, FittedHead):
            return fitted.head
        if self._ridge is not None and self._ridge[0] is fitted.line:
            return self._ridge[1]
        return to_head(fitted.line, target)

    def _head(self, vectors: Array, scores: Floats, components: Ints) -> Head:
        """A fresh head fitted on the rows given."""
        head = make_head(self.name, kind="regression", measure=self.measure, target_names=(self.target,))
        if hasattr(head, "median_map"):  # a line is what can be updated exactly, and scores here also rank
            head.median_map = False
        return head.fit(vectors, scores[:, None], components=components, seed=self.seed)
