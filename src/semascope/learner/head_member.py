"""A head of ``probes/`` behind the learner's methods, on the vectors of a learner."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.example import (
    RankingExample,
    check_examples,
    check_metadata,
    check_score,
    check_text,
    check_texts,
)
from semascope.learner.held_out import check_training, judge_split, metrics_of, predict_out_of_fold
from semascope.learner.line import RidgeLine
from semascope.learner.model_parts import to_head, to_line
from semascope.learner.online import OnlineRidge
from semascope.learner.training import components_of, errors
from semascope.probes.head import make_head
from semascope.probes.threads import calm_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.learner.learner import ValueLearner
    from semascope.probes.head import Head
    from semascope.types import Array, Floats, Ints, Progress

LOGGER = logging.getLogger("qwen3_embedding_value_learner")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedHead:
    """A fitted head and what it was fitted on; replaced as a whole."""

    head: Head
    texts: tuple[str, ...]
    scores: Floats  # (n,)
    vectors: Array  # (n, d)


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

    def __init__(self, head: str, learner: ValueLearner, *, measure: str = "mse", seed: int = 42) -> None:
        if head == "ensemble":
            raise ConfigError(
                "head is 'ensemble'; a member must be a single head; name the heads one by one as members"
            )
        make_head(head, kind="regression", measure=measure)  # refuses a name or a measure that is none
        self.name, self.learner, self.measure, self.seed = head, learner, measure, seed
        self.training_texts: list[str] = list(learner.training_texts)
        self.training_scores: list[float] = list(learner.training_scores)
        self.training_metadata: list[dict[str, Any] | None] = list(learner.training_metadata)
        self._fit: FittedHead | None = None
        self._online: OnlineRidge | None = None  # of a ridge in self._fit; built when first needed
        self._example_vectors: dict[str, Array] = {}
        self._lock = threading.RLock()

    @property
    def head(self) -> Head | None:
        """The fitted head; None before training."""
        return self._fit.head if self._fit else None

    # --- examples ---

    def add_training_example(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Keep a scored text for the next ``train``."""
        text, score, metadata = check_text(text), check_score(score), check_metadata(metadata)
        with self._lock:
            self.training_texts.append(text)
            self.training_scores.append(score)
            self.training_metadata.append(metadata)

    def add_training_examples(self, examples: Iterable[RankingExample]) -> None:
        """Keep several; none is kept when one of them cannot be used."""
        for example in check_examples(examples):
            self.add_training_example(example.text, example.score, example.metadata)

    # --- training ---

    def fit(self) -> None:
        """Fit on all examples."""
        with self._lock:
            vectors, scores = self._examples(least=2)
            with calm_threads(vectors.size):
                head = self.fitted_on(vectors, scores, components_of(self.training_texts))
            self._keep(head, vectors)
            self._online = None

    def train(self, validation_split: float = 0.2, cv_folds: int = 5) -> dict[str, float]:
        """Fit on all examples, and say how well such a fit does on examples that it did not see.

        Parameters and figures are those of ``ValueLearner.train``; ``loo_r2`` is NaN, and ``ridge_alpha`` is that of a
        ridge. The head chooses its settings anew on the rows of each fit.
        """
        check_training(validation_split, cv_folds)
        with self._lock:
            vectors, scores = self._examples(least=2)
            components = components_of(self.training_texts)

            def predict(fit: Ints, other: Ints) -> Floats:
                return self.predict_apart(vectors, scores, components, fit, other)[None, :]

            with calm_threads(vectors.size):
                folds = predict_out_of_fold(predict, 1, components, folds=cv_folds)
                self.fit()
                split = (
                    judge_split(
                        predict,
                        lambda rows, _: rows[0],
                        scores,
                        components,
                        share=validation_split,
                        folds=folds,
                    )
                    if validation_split
                    else None
                )
            found = self._fitted()
            whole = errors(scores, self._predicted(found.head, vectors))
            alpha = to_line(found.head).alpha if self.name == "ridge" else float("nan")  # type: ignore[arg-type]
        return metrics_of(
            split[0] if split else whole,
            split[1] if split else None,
            by_fold=folds.errors_by_fold(folds.predicted[0], scores),
            loo_r2=float("nan"),
            n=len(scores),
            features=vectors.shape[1],
            alpha=alpha,
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
        head = self._fitted().head
        alpha = to_line(head).alpha if self.name == "ridge" else None  # type: ignore[arg-type]
        return {"best_alpha": alpha, "best_mse": mse, "all_results": head.choices}

    def fitted_on(self, vectors: Array, scores: Floats, components: Ints) -> Head:
        """A fresh head fitted on the rows given."""
        head = make_head(
            self.name, kind="regression", measure=self.measure, target_names=(self.learner.target,)
        )
        return head.fit(vectors, scores[:, None], components=components, seed=self.seed)

    def predict_apart(
        self, vectors: Array, scores: Floats, components: Ints, fit: Ints, other: Ints
    ) -> Floats:
        """(m,) predictions of the rows ``other`` by a fresh head fitted on the rows ``fit``."""
        head = self.fitted_on(vectors[fit], scores[fit], components[fit])
        return self._predicted(head, vectors[other])

    # --- predicting ---

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text])[0])

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts, embedded together; see ``ValueLearner.predict_many``."""
        fit = self._fitted()
        texts = check_texts(texts)
        if not texts:
            return np.empty(0)
        return self._predicted(fit.head, self.learner._vectors(texts, progress))

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
        with self._lock:
            self.add_training_example(text, score, metadata)
            try:
                self._catch_up()
            except BaseException:
                self._take_back()
                raise

    def forget(self, text: str) -> int:
        """Take every example with this text out; how many there were. See ``ValueLearner.forget`` and ``update``."""
        self.check_ridge("forget")
        check_text(text)
        with self._lock:
            rows = [row for row, known in enumerate(self.training_texts) if known == text]
            if not rows:
                raise DataError(
                    f"no example has the text {text!r:.60}; forget takes the exact text of an example"
                )
            if self._fit is not None and len(rows) == len(self.training_texts):
                raise DataError(
                    "this is the only text that is left; a model needs one example; add another one first"
                )
            if self._fit is not None:
                self._catch_up()
                state = self._state()
                for row in reversed(rows):
                    state.remove(row)
            for row in reversed(rows):
                del self.training_texts[row], self.training_scores[row], self.training_metadata[row]
            self._example_vectors.pop(text, None)
            if self._fit is not None:
                self._keep_ridge(state)
        return len(rows)

    def check_ridge(self, verb: str) -> None:
        """Refuse what only a ridge can do."""
        if self.name != "ridge":
            raise ConfigError(
                f"{verb} was asked of head {self.name!r}; only a ridge can do that exactly; add the examples and call train()"
            )

    def _catch_up(self) -> None:
        """Learn the examples that the ridge has not seen; without a fit, everything as ``train`` does."""
        fit = self._fit
        known = 0 if fit is None else len(fit.texts)
        vectors, scores = self._examples(least=1)
        if fit is None or (tuple(self.training_texts[:known]), self.training_scores[:known]) != (
            fit.texts,
            fit.scores.tolist(),
        ):
            self.fit()
            return
        state = self._state()
        for vector, score in zip(vectors[known:], scores[known:], strict=True):
            state.add(vector, float(score))
        self._keep_ridge(state)

    def _take_back(self) -> None:
        """Be without the example that was added last, whether it was learnt or not."""
        del self.training_texts[-1], self.training_scores[-1], self.training_metadata[-1]
        if self._fit is not None and len(self._fit.texts) > len(self.training_texts):
            if self.training_texts:
                state = self._state()
                state.remove(len(self.training_texts))
                self._keep_ridge(state)
            else:
                self._fit = self._online = None

    def _state(self) -> OnlineRidge:
        """What the ridge is updated and explained from."""
        with self._lock:
            self.check_ridge("an exact sum over the examples")
            fit = self._fitted()
            if self._online is None:
                alpha = to_line(fit.head).alpha  # type: ignore[arg-type]
                self._online = OnlineRidge(fit.vectors.astype(np.float64), fit.scores, alpha=alpha)
            return self._online

    def _keep_ridge(self, state: OnlineRidge) -> None:
        line = RidgeLine(state.alpha, state.coef.copy(), state.intercept)
        vectors = np.stack([self._example_vectors[text] for text in self.training_texts])
        self._keep(to_head(line, self.learner.target), vectors)
        self._online = state

    # --- the fit ---

    def _keep(self, head: Head, vectors: Array) -> None:
        self._fit = FittedHead(
            head=head,
            texts=tuple(self.training_texts),
            scores=np.array(self.training_scores),
            vectors=vectors,
        )

    def _examples(self, *, least: int) -> tuple[Array, Floats]:
        """(n, d) vectors and (n,) scores of all examples."""
        texts = list(self.training_texts)
        if len(texts) < least:
            raise DataError(
                f"there {'is' if len(texts) == 1 else 'are'} {len(texts)}; training needs at least {least} training examples;"
                " add more with add_training_example"
            )
        missing = [text for text in dict.fromkeys(texts) if text not in self._example_vectors]
        if missing:
            self._example_vectors.update(zip(missing, self.learner._vectors(missing), strict=True))
        return np.stack([self._example_vectors[text] for text in texts]), np.array(self.training_scores)

    def _fitted(self) -> FittedHead:
        if self._fit is None:
            raise ConfigError(
                f"head {self.name!r} is not trained; {len(self.training_texts)} examples are there; call train()"
            )
        return self._fit

    def _take_over(self, fit: FittedHead, examples: Sequence[RankingExample]) -> None:
        """Become a saved member whose learner makes its vectors."""
        with self._lock:
            self.training_texts = [example.text for example in examples]
            self.training_scores = [example.score for example in examples]
            self.training_metadata = [example.metadata for example in examples]
            self._example_vectors = dict(zip(fit.texts, fit.vectors, strict=True))
            self._fit, self._online = fit, None

    @staticmethod
    def _predicted(head: Head, vectors: Array) -> Floats:
        predicted: Floats = head.predict(vectors)[:, 0]
        return predicted


def ranked(texts: Sequence[str], scores: Floats) -> list[tuple[str, float]]:
    """Texts with their scores, highest first; equal scores keep the order of the texts."""
    order = np.argsort(-scores, kind="stable")
    return [(texts[place], float(scores[place])) for place in order]
