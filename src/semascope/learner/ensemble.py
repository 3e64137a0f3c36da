"""Several learners, or heads of ``probes/``, as one: their weighted average behind the learner's methods."""

from __future__ import annotations

import logging
import math
import threading
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.learner.advice import LearnerWarning, advice_on
from semascope.learner.ensemble_file import (
    SavedEnsemble,
    SavedMember,
    ensemble_card,
    load_ensemble,
    save_ensemble,
)
from semascope.learner.ensemble_loading import revive
from semascope.learner.example import (
    RankingExample,
    check_examples,
    check_metadata,
    check_score,
    check_text,
    check_texts,
)
from semascope.learner.explanation import explain_prediction
from semascope.learner.head_member import HeadMember, ranked
from semascope.learner.held_out import check_training, judge_split, metrics_of, predict_out_of_fold
from semascope.learner.intervals import intervals
from semascope.learner.learner import DEFAULT_CACHE, ValueLearner
from semascope.learner.left_out import leave_out
from semascope.learner.model_parts import to_head
from semascope.learner.training import components_of, errors
from semascope.probes.ensemble_head import average, check_weights
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from semascope.learner.ensemble_file import Weighting
    from semascope.learner.explanation import Explanation
    from semascope.learner.intervals import Interval, MethodChoice
    from semascope.types import Array, Floats, Ints, Precision, Progress

LOGGER = logging.getLogger("qwen3_embedding_value_learner")

Member: TypeAlias = ValueLearner | HeadMember


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
        self.members: tuple[Member, ...] = _check_members(members)
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
        self._check_examples()

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
        text, score, metadata = check_text(text), check_score(score), check_metadata(metadata)
        with self._lock:
            for member in self.members:
                member.add_training_example(text, score, metadata)

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
            self._check_examples()
            for member in self.members:
                if isinstance(member, HeadMember):
                    member.fit()
                else:
                    with member._lock:
                        member._fit_all(*member._examples(least=2))
            metrics, said = self._judge(share=validation_split, cv_folds=cv_folds)
            said += advice_on(
                self.training_texts,
                self.training_scores,
                val_r2=metrics["val_r2"],
                alpha=metrics["ridge_alpha"],
            )
        for sentence in said:
            if sentence:
                warnings.warn(sentence, LearnerWarning, stacklevel=2)
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
        check_training(0, cv_folds)
        n = len(self.members[0].training_texts)
        if n < cv_folds:
            raise DataError(
                f"Need at least {cv_folds} examples for {cv_folds}-fold CV; {n} are given; add examples or take fewer folds"
            )
        with self._lock:
            self._check_examples()
            found = [_optimized(member, alpha_range, cv_folds) for member in self.members]
            metrics, _ = self._judge(share=0.0, cv_folds=cv_folds)
        return {
            "best_alpha": [each["best_alpha"] for each in found],
            "best_mse": metrics["cv_mse_mean"],
            "all_results": [each["all_results"] for each in found],
        }

    def _judge(self, *, share: float, cv_folds: int) -> tuple[dict[str, float], list[str]]:
        """Predict the examples out of fold, take the weights from that, and say how well it all does."""
        data = [member._examples(least=2) for member in self.members]
        scores, components = data[0][1], components_of(self.members[0].training_texts)

        def predict(fit: Ints, other: Ints) -> Floats:
            return np.stack(
                [
                    _predict_apart(member, vectors, scores, components, fit, other)
                    for member, (vectors, _) in zip(self.members, data, strict=True)
                ]
            )

        def combine(predicted: Floats, mses: Floats) -> Floats:
            return average(list(predicted), self._weigh(mses))

        with calm_threads(sum(vectors.size for vectors, _ in data)):
            folds = predict_out_of_fold(predict, len(self.members), components, folds=cv_folds)
            if not folds.count and self._weighting == "error":
                raise DataError(
                    "weights are 'error' and all examples are copies of one text; errors can be measured on two distinct"
                    " texts or more; add others, or take weights='equal'"
                )
            split = (
                judge_split(predict, combine, scores, components, share=share, folds=folds) if share else None
            )
        self.mses_ = folds.mses(scores)
        self._weights = self._weigh(self.mses_)
        combined = folds.combined(scores, combine)
        self._residuals = scores - combined
        LOGGER.debug("weights %s, out-of-fold errors %s", self._weights.tolist(), self.mses_.tolist())
        said = [folds.note]
        whole = math.nan
        if all(member_is_trained(member) for member in self.members):
            predicted = [member.predict_many(self.training_texts, progress=silent) for member in self.members]
            train = errors(scores, average(predicted, self._weights))
            if self._not_ridge() is None:
                residuals, _ = self._left_out()
                whole = errors(scores, scores - residuals).r2
        else:
            train = errors(scores, np.full(len(scores), np.nan))
        if split:
            train, held = split
            said += [held.reason and f"val_r2 is NaN: {held.reason}"]
        alphas = {alpha_of(member) for member in self.members}
        metrics = metrics_of(
            train,
            split[1] if split else None,
            by_fold=folds.errors_by_fold(combined, scores),
            loo_r2=whole,
            n=len(scores),
            features=sum(vectors.shape[1] for vectors, _ in data),
            alpha=alphas.pop() if len(alphas) == 1 else math.nan,
        )
        return metrics, said

    def _weigh(self, mses: Floats) -> Floats:
        """(k,) weights from (k,) errors, or those that are fixed."""
        if self._weighting != "error":
            return self._weights  # type: ignore[return-value]
        return weights_by_error(mses)

    # --- predicting ---

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text], progress=silent)[0])

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts: the weighted mean of what the members predict."""
        texts = check_texts(texts)
        weights = self.weights_
        return average([member.predict_many(texts, progress=progress) for member in self.members], weights)

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
        self._check_ridge("update")
        with self._lock:
            self.add_training_example(text, score, metadata)
            try:
                self._catch_up()
            except BaseException:  # one member's encoder failed: those that have learnt it give it back
                for member in self.members:
                    with member._lock:
                        member._take_back()
                raise

    def forget(self, text: str) -> int:
        """Take every example with this text out of all members; how many there were. See ``ValueLearner.forget``."""
        self._check_ridge("forget")
        with self._lock:
            if all(member_is_trained(member) for member in self.members):
                self._catch_up()  # what can fail comes first: then no member forgets alone
            counts = [member.forget(text) for member in self.members]
        return counts[0]

    def _catch_up(self) -> None:
        for member in self.members:
            with member._lock:
                member._catch_up()

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
            residuals, labels = self._left_out()
            known = set(self.members[0]._fitted().texts)
            chosen = any(
                not known.isdisjoint(member._suggested)
                for member in self.members
                if isinstance(member, ValueLearner)
            )
        found = intervals(
            predictions,
            residuals,
            coverage=coverage,
            method="loo",
            labels=labels,
            chosen_by_suggestion=chosen,
        )
        if self._not_ridge() is None:
            return found
        said = "from out-of-fold errors, by members fitted on fewer examples"
        return tuple(replace(each, note="; ".join(filter(None, (each.note, said)))) for each in found)

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
        self._check_ridge("explain")
        interval = self.predict_interval(check_text(text), coverage)
        with self._lock:
            fits = self._fits()
            rows = [_reader(member)._vectors([text], silent) for member in self.members]
            shares = [
                member._state().hat_rows(row.astype(np.float64))[0]
                for member, row in zip(self.members, rows, strict=True)
            ]
            first = [place for _, place in sorted({space: place for place, space in self._spaces()}.items())]
            return explain_prediction(
                text,
                np.concatenate([rows[place][0] for place in first]),
                prediction=interval.score,
                hat_row=average(shares, self.weights_),
                texts=fits[0].texts,
                vectors=np.hstack([fits[place].vectors for place in first]),
                scores=fits[0].scores,
                interval=interval,
                neighbours=neighbours,
                pulls=pulls,
            )

    def _left_out(self) -> tuple[Floats, tuple[int, ...] | None]:
        """(n,) held-out residuals of the ensemble, and labels equal for copies of one text; None without copies."""
        texts = self._fits()[0].texts
        if self._not_ridge() is None:
            parts = [
                member._fitted().left_out
                if isinstance(member, ValueLearner)
                else leave_out(member._state(), texts)
                for member in self.members
            ]
            return average([part.residuals for part in parts], self.weights_), parts[0].labels
        if len(self._residuals) != len(texts):
            raise ConfigError(
                "the ensemble's errors are not known; its members were trained apart; call train()"
            )
        components = components_of(texts)
        copies = len(np.unique(components)) < len(components)
        return self._residuals, tuple(components.tolist()) if copies else None

    # --- keeping ---

    def save_model(self, path: str | Path) -> Path:
        """Write all members, the examples and their vectors into one file.

        Where all members read the same vectors (encoder, instruction, width) the file is a scorer for ``Scorer.load``,
        ``semascope score`` and ``semascope rank``; otherwise these refuse it and say why.
        """
        with self._lock:
            saved = self._saved()
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
        folder = _reader(self.members[0]).cache_dir
        saved = load_ensemble(path)
        with self._lock:
            before = (len(self.members), self._weighting)
            self._become(saved, revive(saved, path, self.members, lambda: ValueLearner(cache_dir=folder)))
        if before != (after := (len(self.members), self._weighting)):
            what = "{} members, weights {!r}"
            warnings.warn(
                f"{path} was made otherwise: {what.format(*after)} (instead of {what.format(*before)}) taken from the file",
                LearnerWarning,
                stacklevel=2,
            )

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
        self.members, self._weighting, self._weights = members, saved.weighting, saved.weights
        self.mses_, self._residuals = saved.mses, saved.residuals

    def _saved(self) -> SavedEnsemble:
        fits, spaces, weights = self._fits(), dict(self._spaces()), self.weights_
        members = tuple(self._saved_member(place, spaces[place]) for place in range(len(self.members)))
        arrays = tuple(
            fits[next(place for place in spaces if spaces[place] == space)].vectors
            for space in range(max(spaces.values()) + 1)
        )
        n = len(fits[0].texts)
        triples = zip(self.training_texts, self.training_scores, self.training_metadata, strict=True)
        examples = tuple(RankingExample(*triple) for triple in triples)
        if [example.text for example in examples[:n]] != list(fits[0].texts):
            raise DataError("training_texts were changed since training; call train() before saving")
        shown = ", ".join(f"{weight:.4g}" for weight in weights)
        return SavedEnsemble(
            card=ensemble_card(members, arrays, note=f"weights of the members: {shown}"),
            members=members,
            spaces=arrays,
            weighting=self._weighting,
            weights=weights,
            mses=self.mses_,
            residuals=self._residuals if len(self._residuals) == n else np.full(n, np.nan),
            examples=examples,
            fitted=n,
        )

    def _saved_member(self, place: int, space: int) -> SavedMember:
        member, reader = self.members[place], _reader(self.members[place])
        fit = member._fitted()
        card = reader._card(dim=fit.vectors.shape[1], rows=len(fit.texts))
        if isinstance(member, HeadMember):
            return SavedMember(
                sort="head",
                card=card.model_copy(update={"head": member.name}),
                head=member._fitted().head,
                space=space,
                embedding_dim=reader.embedding_dim,
                measure=member.measure,
                seed=member.seed,
            )
        return SavedMember(
            sort="learner",
            card=card,
            head=to_head(member.ridge, member.target),
            space=space,
            embedding_dim=reader.embedding_dim,
            suggested=tuple(sorted(member._suggested)),
        )

    # --- the members ---

    def _spaces(self) -> list[tuple[int, int]]:
        """Place of each member and the number of its space: of the encoder, instruction and width that it reads."""
        known: dict[tuple[object, ...], int] = {}
        found = []
        for place, member in enumerate(self.members):
            reader, fit = _reader(member), member._fitted()
            card = reader._card(dim=fit.vectors.shape[1], rows=len(fit.texts))
            key = (id(reader),) if card.custom else (card.fingerprint, card.sentence, card.role, card.dim)
            found.append((place, known.setdefault(key, len(known))))
        return found

    def _fits(self) -> list[Any]:
        """What each member was fitted on; all on the same examples."""
        fits = [member._fitted() for member in self.members]
        for place, fit in enumerate(fits):
            if list(fit.texts) != list(fits[0].texts) or fit.scores.tolist() != fits[0].scores.tolist():
                raise ConfigError(
                    f"members 0 and {place} were trained on different examples; all must know the same; call train()"
                )
        return fits

    def _check_examples(self) -> None:
        """Refuse members that hold different examples."""
        first = self.members[0]
        for place, member in enumerate(self.members):
            if (member.training_texts, member.training_scores) != (
                first.training_texts,
                first.training_scores,
            ):
                raise ConfigError(
                    f"members 0 and {place} hold different examples ({len(first.training_texts)} and"
                    f" {len(member.training_texts)}); all must hold the same, or none; add them through the ensemble"
                )

    def _not_ridge(self) -> int | None:
        """Place of the first member that is no ridge."""
        for place, member in enumerate(self.members):
            if isinstance(member, HeadMember) and member.name != "ridge":
                return place
        return None

    def _check_ridge(self, verb: str) -> None:
        place = self._not_ridge()
        if place is not None:
            name = self.members[place].name  # type: ignore[union-attr]
            raise ConfigError(
                f"{verb} was asked of an ensemble whose member {place} is head {name!r}; it is exact for ridge only; add the"
                " examples and call train(), or leave that member out"
            )


def weights_by_error(mses: Floats) -> Floats:
    """(k,) weights proportional to 1 / mean squared error, summing to 1; members without any error share all of it.

    Examples
    --------
    >>> weights_by_error(np.array([1.0, 3.0])).tolist()
    [0.75, 0.25]
    """
    least = mses.min()
    inverse = (mses == 0).astype(np.float64) if least == 0 else least / mses
    return check_weights(inverse.tolist(), len(mses))


def member_is_trained(member: Member) -> bool:
    """Whether it can predict."""
    return member._fit is not None


def alpha_of(member: Member) -> float:
    """Penalty of a value learner; NaN for a head, which chooses its own."""
    return member.ridge_alpha if isinstance(member, ValueLearner) else math.nan


def _optimized(member: Member, alphas: Sequence[float], folds: int) -> dict[str, Any]:
    """A member fitted with the settings that suit the examples best, and what they are."""
    if isinstance(member, ValueLearner):
        return member.optimize_hyperparameters(alphas, folds)
    member.fit()
    return {"best_alpha": math.nan, "all_results": member._fitted().head.choices}


def _reader(member: Member) -> ValueLearner:
    """The learner that makes a member's vectors."""
    return member.learner if isinstance(member, HeadMember) else member


def _predict_apart(
    member: Member, vectors: Array, scores: Floats, components: Ints, fit: Ints, other: Ints
) -> Floats:
    """(m,) predictions of the rows ``other`` by such a member fitted on the rows ``fit``."""
    if isinstance(member, HeadMember):
        return member.predict_apart(vectors, scores, components, fit, other)
    x = vectors.astype(np.float64)
    line = ridge_at(x[fit], scores[fit, None], np.array([member.ridge_alpha]))
    predicted: Floats = line.predict(x[other])[:, 0]
    return predicted


def _check_members(members: Sequence[ValueLearner | HeadMember | str]) -> tuple[Member, ...]:
    """The members, names made into heads on the learner before them."""
    if isinstance(members, str) or not members:
        raise ConfigError(
            f"members is {members!r}; it must hold one learner or more; give a list of learners"
        )
    found: list[Member] = []
    learner: ValueLearner | None = None
    for place, member in enumerate(members):
        if isinstance(member, str):
            if learner is None:
                raise ConfigError(
                    f"member {place} is head {member!r} without a learner before it whose vectors it could read; put one"
                    " before it, or use HeadMember(head, learner)"
                )
            member = HeadMember(member, learner)
        elif isinstance(member, ValueLearner):
            learner = member
        elif not isinstance(member, HeadMember):
            raise ConfigError(
                f"member {place} is {type(member).__name__}; it must be a ValueLearner, a HeadMember or the name of a head;"
                " for others average their predictions yourself"
            )
        if any(member is other for other in found):
            raise ConfigError(
                f"member {place} is there already; examples would reach it twice; make another learner, or give weights"
            )
        found.append(member)
    return tuple(found)
