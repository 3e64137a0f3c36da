"""A column as a task: a head learns it from the vectors of the training rows, the held-out rows judge.

Letters: n rows, m held-out rows that have the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.probes.head import make_head
from semascope.probes.threads import calm_threads
from semascope.stats.intervals import estimate
from semascope.stats.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.data.splits import Split
    from semascope.probes.head import Head
    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Estimate, Family
    from semascope.studies.switching.asking.targets import Target
    from semascope.studies.switching.evidence.forms import Form
    from semascope.types import Array, Floats, Ints, Vectors

_MOST = 20_000  # rows that a head learns from: more of them change little and take long
_HEADS = {"regression": "ridge", "classification": "logistic"}
_CLASS = "majority"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prediction:
    """A target of n texts."""

    target: Target
    measure: RowMeasure
    train: Ints  # rows that the head learns from
    test: Ints  # (m,) rows that judge
    components: Ints  # (n,) rows that say the same or belong together
    seed: int

    @classmethod
    def of(
        cls, target: Target, split: Split, components: Ints, *, measure: RowMeasure, seed: int
    ) -> Prediction:
        """The task of a target on a split."""
        train = target.known(split.train)
        if len(train) > _MOST:
            train = np.sort(np.random.default_rng(seed).choice(train, _MOST, replace=False))
        return cls(
            target=target,
            measure=measure,
            train=train,
            test=target.known(split.test),
            components=components,
            seed=seed,
        )

    @property
    def name(self) -> str:
        """Of the column."""
        return self.target.name

    @property
    def kind(self) -> Literal["regression", "classification", "queries"]:
        """Numbers or classes."""
        return self.target.kind

    @property
    def head(self) -> str:
        """What learns."""
        return _HEADS[self.target.kind]

    @property
    def trained(self) -> int:
        """Rows that it learns from."""
        return len(self.train)

    @property
    def judged(self) -> int:
        """Held-out rows that have the target."""
        return len(self.test)

    @property
    def truth(self) -> Floats:
        """(m,) of the rows that judge."""
        return self.target.truth[self.test]

    @property
    def floor_of(self) -> str:
        """What answers without a text."""
        if self.target.classes:
            return f"always answering “{self.target.spoken(float(self._without_text()[0]))}”"
        return f"always answering the {self._constant}"

    def answers(self, vectors: Form, asking: Vectors | None = None) -> Array:
        """(m,) predictions of a head that learnt from these vectors."""
        rows = vectors.rows
        with calm_threads(self.trained * vectors.dims):
            fitted = self._fitted(self.head, rows)
            return fitted.predict(rows[self.test]).reshape(self.judged).astype(np.float64)

    def floor(self, vectors: Form, asking: Vectors | None = None) -> Array:
        """(m,) the same answer for every row, learnt from the training rows."""
        return self._without_text()

    def estimate(self, answers: Array) -> Estimate:
        """The measure, with its interval."""
        return estimate(self.truth, answers, measure=self.measure, groups=self._units, seed=self.seed)

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Every set of predictions against the baseline's."""
        return judge(
            self.truth,
            answers,
            baseline=baseline,
            measure=self.measure,
            margin=margin,
            groups=self._units,
            targets=[self.name],
            seed=self.seed,
        )

    @property
    def _constant(self) -> str:
        if self.target.classes:
            return _CLASS
        return "median" if self.measure.of_absolute else "mean"

    @property
    def _units(self) -> list[int] | None:
        """What counts as one in a test: rows that belong together; None where no two do."""
        labels = self.components[self.test]
        found: list[int] = labels.tolist()
        return found if len(np.unique(labels)) < len(labels) else None

    def _fitted(self, name: str, vectors: Vectors) -> Head:
        truth = self.target.truth[self.train]
        classes = self.target.classes
        head = make_head(
            name,
            kind=self.target.kind,
            measure=self.measure.name,
            target_names=(self.name,),
            n_classes=len(classes) or None,
        )
        wanted = truth.astype(np.int64) if classes else truth[:, None]
        return head.fit(vectors[self.train], wanted, components=self.components[self.train], seed=self.seed)

    def _without_text(self) -> Array:
        nothing = np.zeros((len(self.components), 1), dtype=np.float32)
        fitted = self._fitted(self._constant, nothing)
        return fitted.predict(nothing[self.test]).reshape(self.judged).astype(np.float64)
