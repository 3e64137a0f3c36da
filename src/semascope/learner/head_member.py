"""A head of ``probes/`` behind the learner's methods, on the vectors of a learner."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.text_checks import check_texts
from semascope.errors import ConfigError
from semascope.learner.example import RankingExample, check_examples
from semascope.learner.examples import Examples
from semascope.learner.fit import Fit
from semascope.learner.fitters import HeadFitter
from semascope.learner.held_out import judge_split, metrics_of, predict_out_of_fold
from semascope.learner.model import Model, PartOf
from semascope.learner.ranking import ranked
from semascope.learner.ridge_training import check_training
from semascope.learner.training import components_of, errors
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.learner.learner import ValueLearner
    from semascope.probes.head import Head
    from semascope.types import Floats, Ints, Progress


class HeadMember:
    """A head of ``probes/`` that learns scores as a ``ValueLearner`` does. Saved as a member of an ``Ensemble``.

    Parameters
    ----------
    head
        Name of a head for a regression: ``ridge``, ``mlp``, ``boosting``, ``mean``, ``median``.
    learner
        Makes the vectors. Its examples, as they are now, become this member's; from then on each has its own.
    measure
        Measure by which the head chooses its settings, on the examples that it is given.
    seed
        Of everything random inside the head.

    Attributes
    ----------
    training_texts, training_scores, training_metadata
        The examples, in the order in which they came.
    head
        The fitted head; None before training.

    Notes
    -----
    A ridge can be updated and corrected at the alpha that it chose. Every other head has to be trained again.

    Examples
    --------
    >>> import tempfile
    >>> from semascope.learner.learner import ValueLearner
    >>> member = HeadMember("median", ValueLearner(encoder="hash:8", cache_dir=tempfile.mkdtemp()))
    >>> for text, score in (("clear", 8), ("dry", 5), ("vague", 3)):
    ...     member.add_training_example(text, score)
    >>> member.fit()
    >>> member.predict("any text")
    5.0
    """

    training_texts = PartOf[list[str]]("_held_examples", "texts")
    training_scores = PartOf[list[float]]("_held_examples", "scores")
    training_metadata = PartOf["list[dict[str, Any] | None]"]("_held_examples", "metadata")

    def __init__(self, head: str, learner: ValueLearner, *, measure: str = "mse", seed: int = 42) -> None:
        self._score_fitter = HeadFitter(head, measure=measure, seed=seed, target=learner.target)
        self.name, self.learner, self.measure, self.seed = head, learner, measure, seed
        self._core = Model(learner._core.source, self._score_fitter, target=learner.target)
        self._held_examples = self._core.examples
        self._held_examples.replace(Examples.of(learner._core.examples.all(), np.empty((0, 0))))

    @property
    def head(self) -> Head | None:
        """The fitted head; None before training."""
        fit = self._core.fit
        return self._score_fitter.head_of(fit, self._core.target) if fit else None

    # --- examples ---

    def add_training_example(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Keep a scored text for the next ``train``."""
        with self._core.lock:
            self._held_examples.add(text, score, metadata)

    def add_training_examples(self, examples: Iterable[RankingExample]) -> None:
        """Keep several; none is kept when one of them cannot be used."""
        for example in check_examples(examples):
            self.add_training_example(example.text, example.score, example.metadata)

    # --- training ---

    def fit(self) -> None:
        """Fit on all examples."""
        self._core.fit_anew()

    def train(self, validation_split: float = 0.2, cv_folds: int = 5) -> dict[str, float]:
        """Fit on all examples, and say how well such a fit does on examples that it did not see.

        Parameters and figures are those of ``ValueLearner.train``; ``loo_r2`` is NaN, and ``ridge_alpha`` is that of a
        ridge. The head chooses its settings anew on the rows of each fit.
        """
        check_training(validation_split, cv_folds)
        with self._core.lock:
            vectors, scores = self._core.taught(least=2)
            components = components_of(self.training_texts)

            def predict(fit: Ints, other: Ints) -> Floats:
                return self._score_fitter.predict_apart(vectors, scores, components, fit, other)[None, :]

            with calm_threads(vectors.size):
                folds = predict_out_of_fold(predict, 1, components, folds=cv_folds)
                self.fit()
                if validation_split:
                    train, held = judge_split(
                        predict, _first, scores, components, share=validation_split, folds=folds
                    )
                else:
                    train, held = errors(scores, self._core.fitted().predict(vectors)), None
        return metrics_of(
            train,
            held,
            cv_mse=folds.mse_over_folds(folds.predicted[0], scores),
            loo_r2=math.nan,
            n=len(scores),
            features=vectors.shape[1],
            alpha=self._alpha(),
        )

    def optimize_hyperparameters(
        self, alpha_range: Sequence[float] = (0.01, 0.1, 1, 10, 100), cv_folds: int = 5
    ) -> dict[str, Any]:
        """Fit on all examples; the head chooses its settings itself, so ``alpha_range`` changes nothing.

        Returns
        -------
        dict
            ``best_alpha`` (of a ridge, else None), ``best_mse`` (out of fold) and ``all_results``: the head's choices.
        """
        mse = self.train(validation_split=0, cv_folds=cv_folds)["cv_mse_mean"]
        alpha = self._alpha() if self.name == "ridge" else None
        return {"best_alpha": alpha, "best_mse": mse, "all_results": self.head.choices if self.head else {}}

    def _alpha(self) -> float:
        """Penalty that a ridge chose; NaN for any other head."""
        fit = self._core.fitted()
        return fit.alpha if isinstance(fit, Fit) else math.nan

    # --- predicting ---

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text])[0])

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts, embedded together; see ``ValueLearner.predict_many``."""
        self._core.fitted()
        texts = check_texts(texts)
        return self._core.predict(texts, progress) if texts else np.empty(0)

    def rank_texts(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The texts with their scores, highest first; equal scores keep the order of the texts, copies stay."""
        texts = check_texts(texts)
        return ranked(texts, self.predict_many(texts))

    # --- learning on, for a ridge ---

    def update(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Add a scored text and learn it at once, at the alpha that the ridge chose; see ``ValueLearner.update``.

        Raises
        ------
        ConfigError
            For any other head than a ridge.
        """
        self.check_ridge("update")
        with self._core.lock:
            self.add_training_example(text, score, metadata)
            self._core.learn_last()

    def forget(self, text: str) -> int:
        """Take every example with this text out; how many there were. See ``ValueLearner.forget`` and ``update``."""
        self.check_ridge("forget")
        return self._core.forget(text)

    def check_ridge(self, verb: str) -> None:
        """Refuse what only a ridge can do."""
        if self.name != "ridge":
            raise ConfigError(
                f"{verb} was asked of head {self.name!r}; only a ridge can do that exactly; add the examples and call train()"
            )


def _first(predicted: Floats, _mses: Floats) -> Floats:
    """(m,) predictions of the only member."""
    row: Floats = predicted[0]
    return row
