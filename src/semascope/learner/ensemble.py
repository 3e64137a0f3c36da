"""Several learners, or heads of ``probes/``, as one: their weighted average behind the learner's methods."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.data.text_checks import check_text, check_texts
from semascope.errors import ConfigError
from semascope.learner.advice import advice_on, advise
from semascope.learner.answers import plot_left_out
from semascope.learner.ensemble_answers import left_out, team_explanation, team_intervals, team_weights
from semascope.learner.ensemble_file import SavedEnsemble, load_ensemble, save_ensemble
from semascope.learner.ensemble_loading import revive
from semascope.learner.ensemble_saving import to_saved
from semascope.learner.ensemble_training import judge, weights_by_error
from semascope.learner.example import RankingExample, check_examples
from semascope.learner.learner import DEFAULT_CACHE, ValueLearner
from semascope.learner.log import LOGGER
from semascope.learner.members import Member, Team, check_members, source_of
from semascope.learner.ranking import ranked
from semascope.learner.ridge_training import check_choice, check_training
from semascope.plots.scores import plot_scores
from semascope.plots.weights import plot_weights
from semascope.probes.ensemble_head import average, check_weights
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from semascope.learner.ensemble_file import Weighting
    from semascope.learner.ensemble_training import Judged
    from semascope.learner.explanation import Explanation
    from semascope.learner.head_member import HeadMember
    from semascope.learner.intervals import Interval, MethodChoice
    from semascope.types import Floats, Precision, Progress


class Ensemble:
    """The average of several members that learn the same examples.

    Parameters
    ----------
    members
        One or more of: a ``ValueLearner`` (of any encoder, instruction, width, alpha), a ``HeadMember``, or the name of
        a head of ``probes/``, which then reads the vectors of the learner before it. All must hold the same examples,
        or none.
    weights
        ``equal``; ``error``, by 1 / mean squared error on examples that a member was not fitted on (folds that all
        members share, copies of a text in one fold), found in ``train`` and kept until the next one; or one number of
        0 or more for each member. They are brought to a sum of 1.

    Attributes
    ----------
    members
        The members; train and correct them through the ensemble only.
    weights_
        (k,) weights of the k members, summing to 1.
    mses_
        (k,) out-of-fold mean squared errors of the last training; NaN before it.
    training_texts, training_scores, training_metadata
        The examples, in the order in which they came; copies of the lists.

    Notes
    -----
    Members with one ``cache_dir`` find each other's vectors in the store, so a text is encoded once for each encoder and
    instruction. Give members of one encoder the encoder itself (``load_encoder``) to hold its weights in memory once.

    An alpha is chosen on all examples, so out-of-fold errors of a learner are a little too good after
    ``optimize_hyperparameters``; heads of ``probes/`` choose inside each fold.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> both = Ensemble([ValueLearner(encoder=name, cache_dir=folder) for name in ("hash:4", "hash:8")])
    >>> both.update("clear and short", 8.0)
    >>> both.update("long and vague", 2.0)
    >>> both.weights_.tolist()
    [0.5, 0.5]
    >>> both.predict("clear") == (both.members[0].predict("clear") + both.members[1].predict("clear")) / 2
    True
    """

    def __init__(
        self, members: Sequence[ValueLearner | HeadMember | str], *, weights: str | Sequence[float] = "equal"
    ) -> None:
        self._team = Team(check_members(members))
        k = len(self.members)
        self._weighting: Weighting
        self._weights: Floats | None
        if isinstance(weights, str):
            if weights not in ("equal", "error"):
                raise ConfigError(
                    f"weights is {weights!r}; it must be 'equal', 'error' or one number a member; choose one of them"
                )
            self._weighting = "equal" if weights == "equal" else "error"
            self._weights = check_weights([1.0] * k, k) if weights == "equal" else None
        else:
            self._weighting, self._weights = "given", check_weights(weights, k)
        self.mses_: Floats = np.full(k, np.nan)
        self._residuals: Floats = np.empty(0)  # out of fold, of the last training
        self._lock = threading.RLock()
        self._team.check_same_examples()

    @property
    def members(self) -> tuple[Member, ...]:
        """The members, in order."""
        return self._team.members

    @property
    def weights_(self) -> Floats:
        """(k,) weights of the members, summing to 1; under ``error`` they need examples to be measured on."""
        weights = self._weights  # without the lock: predicting does not wait for a training
        if weights is None:
            with self._lock:
                self._judge(share=0.0, cv_folds=5)
                weights = self._weights
        return weights.copy()  # type: ignore[union-attr]

    @property
    def training_texts(self) -> list[str]:
        """Texts of the examples."""
        return list(self.members[0].training_texts)

    @property
    def training_scores(self) -> list[float]:
        """Scores of the examples."""
        return list(self.members[0].training_scores)

    @property
    def training_metadata(self) -> list[dict[str, Any] | None]:
        """Metadata of the examples."""
        return list(self.members[0].training_metadata)

    # --- examples ---

    def add_training_example(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Keep a scored text for the next ``train`` of all members."""
        (example,) = check_examples([RankingExample(text, score, metadata)])
        with self._lock:
            for member in self.members:
                member.add_training_example(example.text, example.score, example.metadata)

    def add_training_examples(self, examples: Iterable[RankingExample]) -> None:
        """Keep several; none is kept when one of them cannot be used."""
        for example in check_examples(examples):
            self.add_training_example(example.text, example.score, example.metadata)

    # --- training ---

    def train(self, validation_split: float = 0.2, cv_folds: int = 5) -> dict[str, float]:
        """Fit all members on all examples, weigh them, and say how well such an ensemble does on examples it did not see.

        Parameters and figures are those of ``ValueLearner.train``. ``loo_r2`` is NaN unless all members are ridge, and
        ``ridge_alpha`` unless all have one. ``num_features`` counts the dims of all members. Weights that are measured
        come, for each figure, from errors on other rows than those that the figure is about.
        """
        check_training(validation_split, cv_folds)
        with self._lock:
            self._team.check_same_examples()
            for model in self._team.models:
                model.fit_anew()
            judged = self._judge(share=validation_split, cv_folds=cv_folds)
        metrics = judged.metrics
        about = advice_on(
            self.training_texts, self.training_scores, val_r2=metrics["val_r2"], alpha=metrics["ridge_alpha"]
        )
        advise([*judged.said, *about])
        return metrics

    def optimize_hyperparameters(
        self, alpha_range: Sequence[float] = (0.01, 0.1, 1, 10, 100), cv_folds: int = 5
    ) -> dict[str, Any]:
        """Let each learner take its best alpha, fit all members, and weigh them.

        Returns
        -------
        dict
            ``best_alpha`` and ``all_results`` with one entry a member (see ``ValueLearner.optimize_hyperparameters``; for a
            head NaN, and what it chose itself), ``best_mse`` of the ensemble, mean over the folds.
        """
        check_choice(alpha_range, cv_folds, len(self.training_texts))
        with self._lock:
            self._team.check_same_examples()
            found = [_optimized(member, alpha_range, cv_folds) for member in self.members]
            judged = self._judge(share=0.0, cv_folds=cv_folds)
        return {
            "best_alpha": [each["best_alpha"] for each in found],
            "best_mse": judged.metrics["cv_mse_mean"],
            "all_results": [each["all_results"] for each in found],
        }

    def _judge(self, *, share: float, cv_folds: int) -> Judged:
        """How well it does on examples not seen; weights and errors are kept."""
        found = judge(self._team, self._weigh, share=share, cv_folds=cv_folds)
        self._weights, self.mses_, self._residuals = found.weights, found.mses, found.residuals
        LOGGER.debug("weights %s, out-of-fold errors %s", found.weights.tolist(), found.mses.tolist())
        return found

    def _weigh(self, mses: Floats) -> Floats:
        """(k,) weights from (k,) errors, or those that are fixed."""
        if self._weights is None or self._weighting == "error":
            return weights_by_error(mses)
        return self._weights

    # --- predicting ---

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text], progress=silent)[0])

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts: the weighted mean of what the members predict."""
        texts = check_texts(texts)
        weights = self.weights_
        return average(self._team.predict(texts, progress), weights)

    def rank_texts(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The texts with their scores, highest first; equal scores keep the order of the texts, copies stay."""
        texts = check_texts(texts)
        return ranked(texts, self.predict_many(texts))

    # --- learning on, where all members are ridge ---

    def update(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Add a scored text and learn it at once in all members; alphas and weights stay until ``train``.

        Raises
        ------
        ConfigError
            When a member is no ridge; it has to be trained again.
        """
        self._team.check_ridge("update", "add the examples and call train()")
        with self._lock:
            self._team.check_same_examples()
            self.add_training_example(text, score, metadata)
            try:
                self._team.catch_up()
            except BaseException:  # one member's encoder failed: those that have learnt it give it back
                self._team.take_back()
                raise

    def forget(self, text: str) -> int:
        """Take every example with this text out of all members; how many there were. See ``ValueLearner.forget``."""
        self._team.check_ridge("forget", "make the ensemble anew without the example")
        with self._lock:
            self._team.check_same_examples()
            if self._team.is_trained():
                self._team.catch_up()  # what can fail comes first: then no member forgets alone
            counts = [member.forget(text) for member in self.members]
        return counts[0]

    # --- asking ---

    def predict_interval(self, text: str, coverage: float = 0.9, method: MethodChoice = "auto") -> Interval:
        """Where the score of a text is expected to lie, with a chance of ``coverage``; see ``predict_intervals``."""
        return self.predict_intervals([text], coverage, method, progress=silent)[0]

    def predict_intervals(
        self,
        texts: Sequence[str],
        coverage: float = 0.9,
        method: MethodChoice = "auto",
        *,
        progress: Progress | None = None,
    ) -> tuple[Interval, ...]:
        """One interval for each text, from how far each example lies from what the others predict for it.

        The residuals are those of the ensemble: leave-one-out at its weights where all members are ridge, else the
        out-of-fold ones of the last training.

        Parameters
        ----------
        coverage
            Share of new texts whose score is to lie inside, above 0 and below 1.
        method
            ``auto`` or ``loo``, which are the same here.
        """
        if method not in ("auto", "loo"):
            raise ConfigError(
                f"method is {method!r}; an ensemble's intervals are made by 'loo' only; leave method out, or ask a member"
            )
        texts = check_texts(texts)
        predictions = self.predict_many(texts, progress=progress)
        with self._lock:
            return team_intervals(self._team, predictions, self.weights_, self._residuals, coverage=coverage)

    def explain(
        self, text: str, coverage: float = 0.9, *, neighbours: int = 5, pulls: int = 5
    ) -> Explanation:
        """Why a text gets its score: exact pulls of the examples, weighted over the members, and the nearest examples.

        An example's share in the prediction is the weighted mean of its shares in the members' predictions. Similarity
        is the cosine of the vectors of all encoders beside one another: for unit vectors the mean of their cosines.

        Raises
        ------
        ConfigError
            When a member is no ridge: its prediction is no sum over the examples.
        """
        self._team.check_ridge("explain", "ask a member that is a learner")
        interval = self.predict_interval(check_text(text), coverage)
        with self._lock:
            return team_explanation(
                self._team, text, self.weights_, interval, neighbours=neighbours, pulls=pulls
            )

    def suggest(self, texts: Sequence[str], n: int = 10, *, member: int = 0) -> list[str]:
        """The ``n`` of these texts whose scores would tell most about the others, the most useful first.

        Chosen as by ``ValueLearner.suggest``, on the vectors that one member reads.

        Parameters
        ----------
        member
            Place of that member.
        """
        texts = check_texts(texts)
        return [texts[row] for row in self.suggest_rows(texts, n, member=member)]

    def suggest_rows(
        self, texts: Sequence[str], n: int = 10, *, member: int = 0, progress: Progress | None = None
    ) -> list[int]:
        """Places of the suggested texts, the most useful first; see ``suggest``. Needs no training."""
        model = self._team.model(member)
        texts = check_texts(texts)
        if not texts:
            return []
        rows = model.suggest_rows(texts, n, progress)
        self.note_suggested(texts[row] for row in rows)
        return rows

    def note_suggested(self, texts: Iterable[str]) -> None:
        """Remember that these texts were suggested: when one becomes an example, no interval is promised."""
        self._team.note_suggested(list(texts))

    # --- plots ---

    def plot_scores(self) -> Figure:
        """How the scores of the examples are spread: a matplotlib figure."""
        return plot_scores(self.training_scores, target=self._team.target)

    def plot_predictions(self, coverage: float = 0.9) -> Figure:
        """The score of each example against what the others predict for it, with intervals: a matplotlib figure.

        Raises
        ------
        ConfigError
            When a member is no ridge: what all other examples predict for each is not known then.
        """
        self._team.check_ridge("plot_predictions", "plot those of a member that is a learner")
        with self._lock:
            residuals, labels = left_out(self._team, self.weights_, self._residuals)
            scores = self._team.fits()[0].scores
        return plot_left_out(scores, residuals, labels, coverage=coverage, target=self._team.target)

    def plot_weights(self, top: int = 20) -> Figure:
        """The largest weights of the dimensions, the mean over the members, and how all are spread: a matplotlib figure.

        Raises
        ------
        ConfigError
            When a member is no ridge, or members read different vectors, whose dimensions have nothing in common.
        """
        self._team.check_ridge("plot_weights", "plot those of a member")
        with self._lock:
            return plot_weights(team_weights(self._team, self.weights_), top=top)

    # --- keeping ---

    def save_model(self, path: str | Path) -> Path:
        """Write all members, the examples and their vectors into one file.

        Where all members read the same vectors (encoder, instruction, width) the file is a scorer for ``Scorer.load``,
        ``semascope score`` and ``semascope rank``; otherwise these refuse it and say why.
        """
        with self._lock:
            saved = to_saved(
                self._team,
                weighting=self._weighting,
                weights=self.weights_,
                mses=self.mses_,
                residuals=self._residuals,
            )
        found = save_ensemble(path, saved)
        LOGGER.debug("saved %d members and %d examples to %s", len(self.members), len(saved.examples), found)
        return found

    def load_model(self, path: str | Path) -> None:
        """Take over a saved ensemble with its members, weights and examples.

        A member here takes over the saved one in its place when both are of a sort, which a learner with vectors of its
        own class needs; for the others new members are made with the ``cache_dir`` of the first one.

        Raises
        ------
        ArtifactError
            When the file is no whole ensemble, when an encoder is not found unchanged, or when vectors were made by
            another class. Nothing is changed then.
        """
        folder = source_of(self.members[0]).folder
        saved = load_ensemble(path)
        with self._lock:
            before = (len(self.members), self._weighting)
            self._become(saved, revive(saved, path, self.members, lambda: ValueLearner(cache_dir=folder)))
        if before != (after := (len(self.members), self._weighting)):
            what = "{} members, weights {!r}"
            said = f"{what.format(*after)} (instead of {what.format(*before)}) taken from the file"
            advise([f"{path} was made otherwise: {said}"])

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        cache_dir: str | Path = DEFAULT_CACHE,
        precision: Precision = "auto",
        device: str = "auto",
    ) -> Self:
        """The ensemble saved at ``path``, with members made for it; see ``load_model``."""

        def make() -> ValueLearner:
            return ValueLearner(cache_dir=cache_dir, precision=precision, device=device)

        saved = load_ensemble(path)
        found = cls.__new__(cls)
        found._lock = threading.RLock()
        found._become(saved, revive(saved, path, (), make))
        return found

    def _become(self, saved: SavedEnsemble, members: tuple[Member, ...]) -> None:
        self._team = Team(members)
        self._weighting, self._weights = saved.weighting, saved.weights
        self.mses_, self._residuals = saved.mses, saved.residuals


def _optimized(member: Member, alphas: Sequence[float], folds: int) -> dict[str, Any]:
    """A member fitted with the settings that suit the examples best, and what they are."""
    if isinstance(member, ValueLearner):
        return member.optimize_hyperparameters(alphas, folds)
    member.fit()
    return {"best_alpha": math.nan, "all_results": member.head.choices if member.head else {}}
