"""A general set of texts with a column to predict: a head on the vectors, every row by one that did not learn from it.

Letters: m rows that have the target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.probes.evaluate import out_of_fold
from semascope.probes.head import make_head
from semascope.probes.inputs import as_columns
from semascope.probes.threads import calm_threads
from semascope.stats.measures import default_measure
from semascope.stats.verdict import judge
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.fit import comparable
from semascope.studies.switching.asking.targets import target_in
from semascope.studies.tuned.judging.general_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.probes.head import Head
    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Family
    from semascope.store.vectors import VectorStore
    from semascope.studies.switching.asking.targets import Target
    from semascope.studies.tuned.judging.general import GeneralSet
    from semascope.studies.tuned.judging.general_rows import SetRows
    from semascope.types import Array, Floats, Progress, Vectors

FOLDS = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeadAnswers:
    """A column that a ridge or a logistic regression learns from vectors."""

    name: str
    rows: SetRows
    target: Target | None  # of these rows; None where there are too few
    why_not: str
    seed: int

    unit = "row"
    by_cosines = False

    @property
    def what(self) -> str:
        """The head."""
        return "logistic" if self.target is not None and self.target.classes else "ridge"

    @property
    def measure(self) -> RowMeasure:
        """MAE, or accuracy."""
        return default_measure("regression" if self.target is None else self.target.kind)

    @property
    def judged(self) -> int:
        """Rows that have the target: each is predicted once."""
        return len(self.rows)

    @property
    def left_out(self) -> int:
        """Rows that were tuned on."""
        return self.rows.left_out

    @property
    def floor_of(self) -> str:
        """What answers without a text."""
        if self.target is not None and self.target.classes:
            return f"always answering “{self.target.spoken(self._constant)}”"
        return "always answering the median"

    def vectors(
        self, encoder: Encoder, *, store: VectorStore | None, progress: Progress
    ) -> tuple[Vectors, ...]:
        """(m, d) of the texts."""
        found = embed(
            self.rows.texts[0],
            encoder=encoder,
            store=store,
            numbers=self.rows.table.rows,
            progress=progress,
        )
        return (found.vectors,)

    def answers(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) predictions by heads that learnt from the other folds; the folds are the same for every encoder."""
        (rows,) = vectors
        classes = self._asked.classes
        truth = self._truth.astype(np.int64) if classes else self._truth[:, None]
        with calm_threads(rows.size):
            predictions, unmapped, _ = out_of_fold(
                self._head,
                rows,
                truth,
                components=self.rows.units,
                strata=self._truth.astype(np.int64) if classes else None,
                folds=FOLDS,
                seed=self.seed,
            )
        seen = comparable(as_columns(predictions), as_columns(unmapped), self._truth[:, None], self.measure)
        return seen[:, 0].astype(np.float64)

    def floor(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) the median, or the commonest class."""
        return np.full(self.judged, self._constant)

    def value(self, answers: Array) -> float:
        """MAE or accuracy over all rows."""
        return self.measure.of(self._truth, answers)

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Row by row, near copies as one.

        Notes
        -----
        About these fitted heads: with other rows to learn from they would differ a little, which the interval does not know.
        """
        return judge(
            self._truth,
            answers,
            baseline=baseline,
            measure=self.measure,
            margin=margin,
            groups=self.rows.groups,
            targets=[self._asked.name],
            seed=self.seed,
        )

    @property
    def _asked(self) -> Target:
        assert self.target is not None
        return self.target

    @property
    def _truth(self) -> Floats:
        return self._asked.truth

    @property
    def _constant(self) -> float:
        if self._asked.classes:
            return float(np.bincount(self._truth.astype(np.int64)).argmax())
        return float(np.median(self._truth))

    def _head(self) -> Head:
        return make_head(
            self.what,
            kind=self._asked.kind,
            measure=self.measure.name,
            target_names=(self._asked.name,),
            n_classes=len(self._asked.classes) or None,
        )


def read_heads(
    asked: GeneralSet, encoders: Iterable[Encoder], *, read: Sequence[str] = (), seed: int
) -> HeadAnswers:
    """The rows of a table that have the target; numbers are a regression, strings classes, as in a study.

    Parameters
    ----------
    read
        What a training has just read: near copies of it are left out too.

    Raises
    ------
    ConfigError, DataError
        For a file, a column or a target that cannot be used.
    """
    rows = read_rows(asked, [asked.text], [asked.target], encoders, read=read, seed=seed)
    why_not = rows.why_not
    target = None
    if not why_not:
        target = target_in(rows.table, Study(data=asked.path, text=asked.text, target=[asked.target]))
        known = np.isfinite(target.truth)
        rows = rows.take(known)
        why_not = rows.why_not
        target = None if why_not else replace(target, truth=target.truth[known])
    if not why_not and len(np.unique(rows.units)) < FOLDS:
        why_not = f"the texts are near copies of fewer than {FOLDS}; as many folds are needed"
    return HeadAnswers(name=asked.label, rows=rows, target=target, why_not=why_not, seed=seed)
