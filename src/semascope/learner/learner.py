"""The value learner: scores learnt from scored texts, by ridge regression on their vectors."""

from __future__ import annotations

import functools
import logging
import sys
import threading
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding import check_dim, embed, stored_vectors
from semascope.encoders.catalogue import load_encoder
from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.learner.advice import LearnerWarning, advice_on
from semascope.learner.encoder_choice import CHAT_MODEL, encoder_name
from semascope.learner.example import (
    RankingExample,
    check_examples,
    check_metadata,
    check_score,
    check_text,
    check_texts,
)
from semascope.learner.explanation import Explanation, explain_prediction
from semascope.learner.fit import Fit
from semascope.learner.intervals import Interval, MethodChoice, interval_method, intervals
from semascope.learner.line import RidgeLine
from semascope.learner.model_file import SavedLearner, load_learner, save_learner
from semascope.learner.suggestion import suggest_rows
from semascope.learner.training import components_of, cross_validate, errors, validate
from semascope.pages.learner_plots import plot_predictions, plot_scores, plot_weights
from semascope.pages.progress import ProgressDisplay
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.space_check import check_space
from semascope.probes.threads import calm_threads
from semascope.store.vectors import VectorStore
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.figure import Figure

    from semascope.encoders.protocol import Encoder
    from semascope.learner.online import OnlineRidge
    from semascope.types import Array, Floats, Precision, Progress

LOGGER = logging.getLogger("qwen3_embedding_value_learner")
DEFAULT_DIM = 768
DEFAULT_ALPHA = 1.0
DEFAULT_CACHE = ".qwen3_embeddings"
_SHOWN = 100  # texts to encode from which progress is shown


class ValueLearner:
    """Learns scores from scored texts, ranks texts by them, and goes on learning.

    Nothing is loaded or fetched before the first text is embedded.

    Parameters
    ----------
    model_name
        Encoder that makes the vectors: ``minilm``, a hub id, a local folder. The default is a chat model and stands for
        Qwen3-Embedding-0.6B. The variable ``SEMASCOPE_ENCODER`` wins over it.
    embedding_dim
        Dimensions kept of each vector, brought back to unit length; more than the encoder has is capped, with a warning.
    ridge_alpha
        Penalty of the squared weights, above 0.
    cache_dir
        Folder of the vector store; made when missing.
    api_key, base_url
        For vectors from an address, which is not built yet: using them raises a ``ConfigError``.
    encoder
        An encoder, or its name: wins over everything above.
    instruction
        Sentence of the task, written into each prompt by the encoder's own template; "" for none.
    target
        What the scores are called in a saved model.
    precision, device
        How the encoder computes; ``auto`` takes bfloat16 only where the processor has it.

    Attributes
    ----------
    training_texts, training_scores, training_metadata
        The examples, in the order in which they came.
    held_out
        Scored texts that only measure the error: kept with the model, never trained on.
    embedding_cache
        Vectors of texts seen, by text; ``clear()`` frees the memory, the store on disk stays.
    ridge
        ``coef_`` (one weight a dimension) and ``intercept_``; ``ridge.coef_ @ vector + ridge.intercept_`` is the prediction.

    Examples
    --------
    >>> import tempfile
    >>> learner = ValueLearner(encoder="hash:8", cache_dir=tempfile.mkdtemp())
    >>> learner.add_training_example("clear and short", 8.0)
    >>> learner.add_training_example("long and vague", 2.0)
    >>> learner.update("clear", 7.0)
    >>> [text for text, score in learner.rank_texts(["long and vague", "clear and short"])]
    ['clear and short', 'long and vague']
    """

    def __init__(
        self,
        model_name: str = CHAT_MODEL,
        embedding_dim: int = DEFAULT_DIM,
        ridge_alpha: float = DEFAULT_ALPHA,
        cache_dir: str | Path = DEFAULT_CACHE,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        encoder: Encoder | str | None = None,
        instruction: str = "",
        target: str = "score",
        precision: Precision = "auto",
        device: str = "auto",
    ) -> None:
        if (
            isinstance(embedding_dim, bool)
            or not isinstance(embedding_dim, int | np.integer)
            or embedding_dim < 1
        ):
            raise ConfigError(f"embedding_dim is {embedding_dim!r}; it must be a whole number, 1 or more")
        self.model_name, self.embedding_dim = model_name, int(embedding_dim)
        self.ridge_alpha = _check_alpha(ridge_alpha)
        self.cache_dir = _make_folder(Path(cache_dir))
        self.instruction, self.target = instruction, target
        self._api_key, self._base_url, self._given_encoder = api_key, base_url, encoder
        self._precision, self._device = precision, device
        self.training_texts: list[str] = []
        self.training_scores: list[float] = []
        self.training_metadata: list[dict[str, Any] | None] = []
        self.held_out: list[RankingExample] = []
        self.embedding_cache: dict[str, Array] = {}
        self._example_vectors: dict[str, Array] = {}
        self._unfitted = RidgeLine(self.ridge_alpha)
        self._fit: Fit | None = None
        self._made_with, self._since = self._settings(), ""
        self._suggested: set[str] = set()
        self._loaded: Encoder | None = None
        self._lock = threading.RLock()  # of everything that changes; predicting only reads

    # --- examples ---

    def add_training_example(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Keep a scored text for the next ``train``."""
        text, score, metadata = check_text(text), check_score(score), check_metadata(metadata)
        with self._lock:
            self.training_texts.append(text)
            self.training_scores.append(score)
            self.training_metadata.append(metadata)
        LOGGER.debug("example %d: score %g, %.50r", len(self.training_texts), score, text)

    def add_training_examples(self, examples: Iterable[RankingExample]) -> None:
        """Keep several; none is kept when one of them cannot be used."""
        for example in check_examples(examples):
            self.add_training_example(example.text, example.score, example.metadata)

    # --- training ---

    @property
    def ridge(self) -> RidgeLine:
        """The fitted line; before training one without ``coef_``."""
        self._heed_settings()
        return self._fit.line if self._fit else self._unfitted

    def train(self, validation_split: float = 0.2, cv_folds: int = 5) -> dict[str, float]:
        """Fit on all examples, and say how well such a fit does on examples that it did not see.

        Parameters
        ----------
        validation_split
            Share of the examples held out for ``val_mse`` and ``val_r2``, from 0 (none) to below 1. The model is then
            fitted on all of them.
        cv_folds
            Folds of the cross-validation, 2 or more; fewer where there are fewer distinct texts, with a warning.

        Returns
        -------
        dict
            ``train_mse``, ``train_r2``, ``val_mse``, ``val_r2``, ``cv_mse_mean``, ``cv_mse_std`` (over the folds),
            ``loo_r2`` (each example predicted from all others), ``n``, ``num_features``, ``ridge_alpha``. Undefined
            ones are NaN, and a warning says why.

        Raises
        ------
        DataError
            With fewer than 2 examples.
        """
        if isinstance(validation_split, bool) or not 0 <= validation_split < 1:
            raise ConfigError(
                f"validation_split is {validation_split!r}; it must be from 0 to below 1; 0.2 holds out a fifth"
            )
        _check_folds(cv_folds)
        with self._lock:
            vectors, scores = self._examples(least=2)
            components = components_of(self.training_texts)
            x, alpha = vectors.astype(np.float64), _check_alpha(self.ridge_alpha)
            with calm_threads(x.size):
                folds = cross_validate(x, scores, components, alphas=[alpha], folds=cv_folds)
                self._fit_all(vectors, scores)
                left_out = self._fitted().left_out.residuals
            loo = errors(scores, scores - left_out)
            said = [folds.note, loo.reason and f"loo_r2 is NaN: {loo.reason}"]
            if validation_split:
                checked = validate(x, scores, components, alpha=alpha, share=validation_split)
                train, held = checked.train, checked.held_out
                said += [
                    held.reason and f"val_r2 is NaN: {held.reason}",
                    train.reason and f"train_r2 is NaN: {train.reason}",
                ]
            else:
                train = errors(scores, self.ridge.predict(vectors))
                held = None
                said.append("val_mse and val_r2 are NaN: validation_split is 0")
            val_r2 = held.r2 if held else float("nan")
            said += advice_on(self.training_texts, self.training_scores, val_r2=val_r2, alpha=alpha)
            metrics = {
                "train_mse": train.mse,
                "train_r2": train.r2,
                "val_mse": held.mse if held else float("nan"),
                "val_r2": val_r2,
                "cv_mse_mean": float(folds.mean[0]),
                "cv_mse_std": float(folds.std[0]),
                "loo_r2": loo.r2,
                "n": float(len(scores)),
                "num_features": float(vectors.shape[1]),
                "ridge_alpha": float(alpha),
            }
        LOGGER.debug("trained: %s", metrics)
        _advise(said)
        return metrics

    def optimize_hyperparameters(
        self, alpha_range: Sequence[float] = (0.01, 0.1, 1, 10, 100), cv_folds: int = 5
    ) -> dict[str, Any]:
        """Take the alpha with the smallest cross-validated mean squared error, and fit on all examples with it.

        Returns
        -------
        dict
            ``best_alpha``, ``best_mse`` and ``all_results``: for each alpha ``mean_mse`` and ``std_mse`` over the folds.

        Raises
        ------
        DataError
            With fewer examples than folds.
        """
        alphas = [_check_alpha(alpha) for alpha in alpha_range]
        if not alphas:
            raise ConfigError("alpha_range is empty; it must hold one penalty or more, each above 0")
        _check_folds(cv_folds)
        n = len(self.training_texts)
        if n < cv_folds:
            raise DataError(
                f"Need at least {cv_folds} examples for {cv_folds}-fold CV; {n} are given; add examples or take fewer folds"
            )
        with self._lock:
            vectors, scores = self._examples(least=2)
            components = components_of(self.training_texts)
            with calm_threads(vectors.size):
                found = cross_validate(
                    vectors.astype(np.float64), scores, components, alphas=alphas, folds=cv_folds
                )
                if not found.count:
                    raise DataError(
                        f"all {n} examples are copies of one text; choosing alpha needs two distinct texts; add others"
                    )
                # Ties go to the larger penalty: the simpler model.
                best = max(range(len(alphas)), key=lambda place: (-found.mean[place], alphas[place]))
                before, self.ridge_alpha = self.ridge_alpha, alphas[best]
                try:
                    self._fit_all(vectors, scores)
                except ConfigError:  # too small for these vectors
                    self.ridge_alpha = before
                    raise
        LOGGER.debug("alpha %g of %s: mean squared error %g", alphas[best], alphas, found.mean[best])
        said = advice_on(
            self.training_texts, self.training_scores, val_r2=float("nan"), alpha=alphas[best], alphas=alphas
        )
        _advise([found.note, *said])
        return {
            "best_alpha": alphas[best],
            "best_mse": float(found.mean[best]),
            "all_results": {
                alpha: {"mean_mse": float(mean), "std_mse": float(std)}
                for alpha, mean, std in zip(alphas, found.mean, found.std, strict=True)
            },
        }

    # --- predicting ---

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text], progress=silent)[0])

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts, embedded together.

        Parameters
        ----------
        progress
            Called while texts are embedded; None shows a bar when there are many.
        """
        fit = self._fitted()
        texts = check_texts(texts)
        if not texts:
            return np.empty(0)
        return fit.line.predict(self._vectors(texts, progress))

    def rank_texts(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The texts with their scores, highest first; equal scores keep the order of the texts, copies stay."""
        texts = check_texts(texts)
        scores = self.predict_many(texts)
        order = np.argsort(-scores, kind="stable")
        return [(texts[place], float(scores[place])) for place in order]

    # --- learning on ---

    def update(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Add a scored text and learn it at once: the model is that of a full fit at the same alpha.

        The cost does not grow with the number of examples. Examples that were added and not trained on yet are learnt
        too; alpha stays until ``train`` or ``optimize_hyperparameters``. Where it fails, the example is not kept.
        """
        with self._lock:
            self.add_training_example(text, score, metadata)
            try:
                self._catch_up()
            except (
                BaseException
            ):  # the encoder failed, or the user lost patience: a second call must not add it twice
                self._take_back()
                raise

    def forget(self, text: str) -> int:
        """Take every example with this text out of the model and of the examples; how many there were.

        Raises
        ------
        DataError
            When no example has this text, or none would be left to predict from.
        """
        check_text(text)
        with self._lock:
            self._heed_settings()
            self._check_lists()
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
                self._fit.remove(rows)
            for row in reversed(rows):
                del self.training_texts[row], self.training_scores[row], self.training_metadata[row]
            self._example_vectors.pop(text, None)
        return len(rows)

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

        Parameters
        ----------
        coverage
            Share of new texts whose score is to lie inside, above 0 and below 1.
        method
            ``loo``; ``strict``, the jackknife+; ``scaled``, wider for harder texts, from 200 examples on; ``auto`` takes
            ``scaled`` from there on and ``loo`` below (``docs/intervals.md``).

        Notes
        -----
        Infinite where the examples are too few for the coverage. Nothing is promised when examples were chosen by
        ``suggest``: the intervals say so.
        """
        fit = self._fitted()
        texts = check_texts(texts)
        if not texts:
            return ()
        vectors = self._vectors(texts, progress)
        with self._lock:
            held_out = fit.left_out
            rows = int(np.isfinite(held_out.residuals).sum())
            chosen = interval_method(method, rows=rows)
            return intervals(
                fit.line.predict(vectors),
                held_out.residuals,
                coverage=coverage,
                method=chosen,
                hat_rows=fit.ridge.hat_rows(vectors) if chosen == "strict" else None,
                scale=held_out.scale if chosen == "scaled" else None,
                vectors=vectors,
                labels=held_out.labels,
                chosen_by_suggestion=not self._suggested.isdisjoint(fit.texts),
            )

    def explain(
        self, text: str, coverage: float = 0.9, *, neighbours: int = 5, pulls: int = 5
    ) -> Explanation:
        """Why a text gets its score: the nearest examples, how much each example pulled, and what the interval means.

        Parameters
        ----------
        neighbours, pulls
            How many of each are named, the nearest and the strongest.
        """
        vector = self._vectors([check_text(text)], silent)
        with self._lock:  # interval and weights of one and the same model
            fit = self._fitted()
            interval = self.predict_interval(text, coverage)
            return explain_prediction(
                text,
                vector[0],
                prediction=interval.score,
                hat_row=fit.ridge.hat_rows(vector)[0],
                texts=fit.texts,
                vectors=fit.vectors,
                scores=fit.scores,
                interval=interval,
                neighbours=neighbours,
                pulls=pulls,
            )

    def suggest(self, texts: Sequence[str], n: int = 10) -> list[str]:
        """The ``n`` of these texts whose scores would tell most about the others, the most useful first.

        Chosen by how much of what has no score they stand for (``docs/labelling.md``); what is an example comes last.
        """
        texts = check_texts(texts)
        return [texts[row] for row in self.suggest_rows(texts, n)]

    def suggest_rows(
        self, texts: Sequence[str], n: int = 10, *, progress: Progress | None = None
    ) -> list[int]:
        """Places of the suggested texts, the most useful first; see ``suggest``. Needs no training."""
        texts = check_texts(texts)
        if not texts:
            return []
        vectors = self._vectors(texts, progress)
        with self._lock:
            known = self._examples(least=0)[0] if self.training_texts else vectors[:0]
            rows: list[int] = suggest_rows(vectors, known, n).rows.tolist()
            self.note_suggested(texts[row] for row in rows)
        LOGGER.debug("suggested %d of %d texts", len(rows), len(texts))
        return rows

    def note_suggested(self, texts: Iterable[str]) -> None:
        """Remember that these texts were suggested: when one becomes an example, no interval is promised."""
        with self._lock:
            self._suggested.update(texts)

    # --- plots ---

    def plot_scores(self) -> Figure:
        """How the scores of the examples are spread: a matplotlib figure."""
        return plot_scores(self.training_scores, target=self.target)

    def plot_predictions(self, coverage: float = 0.9) -> Figure:
        """The score of each example against what the others predict for it, with intervals: a matplotlib figure."""
        fit = self._fitted()
        with self._lock:
            held_out, scores = fit.left_out, fit.scores
        known = np.isfinite(held_out.residuals)
        predicted = scores[known] - held_out.residuals[known]
        found = intervals(
            predicted, held_out.residuals, coverage=coverage, method="loo", labels=held_out.labels
        )
        low, high = [each.low for each in found], [each.high for each in found]
        return plot_predictions(scores[known], predicted, low, high, target=self.target)

    def plot_weights(self, top: int = 20) -> Figure:
        """The largest weights of the dimensions, and how all of them are spread: a matplotlib figure."""
        return plot_weights(self._fitted().line.coef_, top=top)

    # --- keeping ---

    def save_model(self, path: str | Path) -> Path:
        """Write model, examples and vectors into one file; an earlier model there is replaced as a whole."""
        fit = self._fitted()
        with self._lock:
            suggested, examples = tuple(sorted(self._suggested)), tuple(self._kept_examples(fit))
            card = self._card(dim=len(fit.line.coef_), rows=len(fit.texts))
            found = save_learner(
                path,
                SavedLearner(
                    card=card,
                    ridge=fit.line,
                    examples=examples,
                    fitted=len(fit.texts),
                    vectors=fit.vectors,
                    embedding_dim=self.embedding_dim,
                    suggested=suggested,
                    held_out=tuple(self.held_out),
                ),
            )
        LOGGER.debug("saved %d examples to %s", len(examples), found)
        return found

    def load_model(self, path: str | Path) -> None:
        """Take over a saved model with its examples; encoder, width and alpha come from the file.

        Raises
        ------
        ArtifactError
            When the file is no whole model of a learner, when its encoder is not found unchanged, or when its vectors
            were made by another class.
        """
        saved = load_learner(path)
        self._take_over(saved, self._proved(saved.card, path), path)

    def _proved(self, card: Card, path: str | Path) -> Encoder | None:
        """The encoder of a saved model, when this learner makes the same vectors; see ``load_model``."""
        own = self._own_class()
        if card.custom != own:
            made, here = (f"class {name!r}" if name else "the encoder alone" for name in (card.custom, own))
            raise ArtifactError(
                f"the vectors of {path} were made by {made}; this learner's are made by {here}; load it with the same class"
            )
        return self._encoder_of(card)

    def _take_over(self, saved: SavedLearner, encoder: Encoder | None, path: str | Path) -> None:
        """Become a saved model whose encoder is proved."""
        with self._lock:
            if differing := self._differing(saved):
                _advise([f"{path} was made otherwise: {', '.join(differing)} taken from the file"])
            self.ridge_alpha = saved.ridge.alpha
            self._unfitted = RidgeLine(self.ridge_alpha)
            self.training_texts = [example.text for example in saved.examples]
            self.training_scores = [example.score for example in saved.examples]
            self.training_metadata = [example.metadata for example in saved.examples]
            texts = tuple(self.training_texts[: saved.fitted])
            vectors = dict(zip(texts, saved.vectors, strict=True))
            self._take_space(saved.card, encoder, embedding_dim=saved.embedding_dim, vectors=vectors)
            scores = np.array(self.training_scores[: saved.fitted])
            self._fit = Fit(texts, scores, saved.vectors, alpha=saved.ridge.alpha, line=saved.ridge)
            self._suggested, self.held_out = set(saved.suggested), list(saved.held_out)
        LOGGER.debug("loaded %d examples from %s", len(saved.examples), path)

    def _take_space(
        self, card: Card, encoder: Encoder | None, *, embedding_dim: int, vectors: dict[str, Array]
    ) -> None:
        """Make vectors as a card says from now on, and know those of some texts."""
        with self._lock:
            self._loaded, self.target, self.instruction = encoder, card.targets[0].name, card.sentence
            self.embedding_dim, self._example_vectors = embedding_dim, vectors
            # Another one, not the same one emptied: a thread that is embedding puts old vectors into the old one.
            self.embedding_cache = {} if card.custom else dict(vectors)
            self._made_with = self._settings()

    # --- vectors ---

    def _get_embedding_vector(self, text: str) -> Array:
        """(d,) float32 of unit length; the same on a second call.

        Override it to make vectors otherwise, or to add features to what ``super()`` returns: the vector may be longer.
        An overridden one is called for each text.
        """
        row: Array = self._encoded([check_text(text)], silent)[0]
        return row

    def _vectors(self, texts: list[str], progress: Progress | None = None) -> Array:
        """(n, d) vectors of n texts: float32 from the encoder, float64 from an overriding class."""
        if not self._own_class():
            return self._encoded(texts, progress)
        rows = [_check_vector(self._get_embedding_vector(texts[0]), texts[0])]
        if (
            texts[0] in self.embedding_cache
        ):  # it builds on the encoder's vectors: those of the rest come together
            self._encoded(texts, progress)
        rows += [_check_vector(self._get_embedding_vector(text), text) for text in texts[1:]]
        if len({len(row) for row in rows}) > 1:
            raise DataError(
                f"_get_embedding_vector of {self._own_class()} returned vectors of several lengths,"
                f" {min(map(len, rows))} to {max(map(len, rows))}; they must be equally long"
            )
        return np.stack(rows)

    def _settings(self) -> tuple[str, int]:
        """What may be changed by hand and changes every vector."""
        return self.instruction, self.embedding_dim

    def _heed_settings(self) -> None:
        """Forget vectors, and the fit on them, that were made under other settings."""
        if self._made_with == self._settings():
            return
        with self._lock:
            if self._made_with == (now := self._settings()):  # a model was being loaded
                return
            self._since = " since instruction or embedding_dim was changed"
            LOGGER.debug("instruction or embedding_dim was changed: vectors and fit are dropped")
            self._fit, self._example_vectors, self.embedding_cache, self._made_with = None, {}, {}, now

    def _encoded(self, texts: list[str], progress: Progress | None) -> Array:
        """(n, d) float32 rows of the encoder, from memory where they are."""
        self._heed_settings()
        cache = self.embedding_cache
        # Taken out once: another thread may clear the cache meanwhile.
        found = {text: vector for text in texts if (vector := cache.get(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            fresh = self._from_store(missing)
            if unknown := [text for text in missing if text not in fresh]:
                fresh.update(self._encode(unknown, progress))
            cache.update(fresh)
            found.update(fresh)
        return np.stack([found[text] for text in texts])

    def _from_store(self, texts: list[str]) -> dict[str, Array]:
        """Vectors of those texts that the store has: no tokenizer and no weights are loaded for them."""
        encoder = self._encoder()
        vectors, known = stored_vectors(
            texts, encoder=encoder, store=self._store, instruction=self.instruction, dim=self.embedding_dim
        )
        LOGGER.debug("%d of %d texts are in the store", known.sum(), len(texts))
        return {texts[place]: vectors[place] for place in np.flatnonzero(known)}

    def _encode(self, texts: list[str], progress: Progress | None) -> dict[str, Array]:
        with _shown(len(texts), progress) as show:
            embedded = embed(
                texts,
                encoder=self._encoder(),
                instruction=self.instruction,
                dim=self.embedding_dim,
                store=self._store,
                progress=show,
            )
        account = embedded.account
        LOGGER.debug(
            "embedded %d texts: %d truncated, %.2f s", account.rows, account.truncated_rows, account.seconds
        )
        return dict(zip(texts, embedded.vectors, strict=True))

    @functools.cached_property
    def _store(self) -> VectorStore:
        return VectorStore(self.cache_dir)

    def _encoder(self) -> Encoder:
        with self._lock:
            if self._loaded is None:
                if self._given_encoder is None:
                    name = encoder_name(self.model_name, api_key=self._api_key, base_url=self._base_url)
                    self._loaded = load_encoder(name, precision=self._precision, device=self._device)
                elif isinstance(self._given_encoder, str):
                    self._loaded = load_encoder(
                        self._given_encoder, precision=self._precision, device=self._device
                    )
                else:
                    self._loaded = self._given_encoder
                LOGGER.debug("encoder %s, %d dims", self._loaded.name, self._loaded.dim)
                if self.embedding_dim > self._loaded.dim:
                    if self.embedding_dim != DEFAULT_DIM or self._given_encoder is None:
                        _advise(
                            [
                                f"embedding_dim is {self.embedding_dim}; encoder {self._loaded.name!r} has {self._loaded.dim} dims:"
                                f" {self._loaded.dim} are used"
                            ]
                        )
                    self.embedding_dim = self._loaded.dim
                    self._made_with = self._settings()
                check_dim(self.embedding_dim, self._loaded)
            return self._loaded

    def _encoder_of(self, card: Card) -> Encoder | None:
        """The encoder of a saved model, proved to be of the same space; None when its class made vectors without one."""
        if not card.encoder:
            return self._loaded
        given = self._given_encoder
        if given is None or isinstance(given, str):
            given = load_encoder(
                given or card.encoder,
                precision="float32"
                if (self._precision, card.precision) == ("auto", "float32")
                else self._precision,
                device=self._device,
                template=str(card.space.get("template", "plain")),
                long=card.long,
            )
        if warning := check_space(card, given):
            _advise([warning])
        return given

    def _differing(self, saved: SavedLearner) -> list[str]:
        """What was asked for at construction and is otherwise in the file; defaults ask for nothing."""
        card = saved.card
        named = self._given_encoder if isinstance(self._given_encoder, str) else self.model_name
        return [
            f"{name} {found!r} (instead of {asked!r})"
            for name, asked, found, default in (
                ("encoder", named, card.encoder, CHAT_MODEL),
                ("embedding_dim", self.embedding_dim, saved.embedding_dim, DEFAULT_DIM),
                ("ridge_alpha", self.ridge_alpha, saved.ridge.alpha, DEFAULT_ALPHA),
                ("instruction", self.instruction, card.sentence, ""),
                ("target", self.target, card.targets[0].name, "score"),
            )
            if found not in ("", asked) and asked != default
        ]

    def _own_class(self) -> str:
        """Name of what makes vectors by code of its own, a class or a function; "" for the encoder alone."""
        function = vars(self).get("_get_embedding_vector")  # one put in place of this learner's only
        if function is not None:
            return str(getattr(function, "__qualname__", type(function).__qualname__))
        own = type(self)._get_embedding_vector is not ValueLearner._get_embedding_vector
        return type(self).__qualname__ if own else ""

    # --- the fit ---

    def _examples(self, *, least: int) -> tuple[Array, Floats]:
        """(n, d) vectors and (n,) scores of all examples."""
        self._heed_settings()
        self._check_lists()
        texts, scores = list(self.training_texts), list(self.training_scores)
        if len(texts) < least:
            raise DataError(
                f"there {'is' if len(texts) == 1 else 'are'} {len(texts)}; training needs at least {least} training examples;"
                " add more with add_training_example"
            )
        checked = [check_score(score, what=f"score {place}") for place, score in enumerate(scores)]
        missing = [text for text in dict.fromkeys(texts) if text not in self._example_vectors]
        if missing:
            self._example_vectors.update(zip(missing, self._vectors(missing), strict=True))
        return np.stack([self._example_vectors[text] for text in texts]), np.array(checked)

    def _fit_all(self, vectors: Array, scores: Floats) -> None:
        self._fit = Fit(self.training_texts, scores, vectors, alpha=self.ridge_alpha)

    def _catch_up(self) -> None:
        """Learn the examples that the model has not seen."""
        self._heed_settings()
        fit = self._fit
        if fit is None or not fit.is_of(self.training_texts, self.training_scores):
            self._fit_all(
                *self._examples(least=1)
            )  # there is no model yet, or the lists were changed by hand
            return
        for place in range(len(fit.texts), len(self.training_texts)):
            text, score = self.training_texts[place], check_score(self.training_scores[place])
            if text not in self._example_vectors:
                self._example_vectors[text] = self._vectors([text], silent)[0]
            fit.add(text, score, self._example_vectors[text])

    def _take_back(self) -> None:
        """Be without the example that was added last, whether it was learnt or not."""
        del self.training_texts[-1], self.training_scores[-1], self.training_metadata[-1]
        if self._fit is not None and len(self._fit.texts) > len(self.training_texts):
            if self.training_texts:
                self._fit.remove([len(self.training_texts)])
            else:
                self._fit = None

    def _state(self) -> OnlineRidge:
        return self._fitted().ridge

    def _fitted(self) -> Fit:
        self._heed_settings()
        if self._fit is None:
            raise ConfigError(
                f"the model is not trained{self._since}; {len(self.training_texts)} examples are there; call train(), or load_model(path)"
            )
        return self._fit

    def _kept_examples(self, fit: Fit) -> list[RankingExample]:
        """All examples, those of the fit first."""
        self._check_lists()
        if not fit.is_of(self.training_texts, self.training_scores):
            raise DataError(
                "training_texts or training_scores were changed since training; call train() before saving"
            )
        triples = zip(self.training_texts, self.training_scores, self.training_metadata, strict=True)
        return [RankingExample(*triple) for triple in triples]

    def _check_lists(self) -> None:
        """Refuse lists that were changed by hand and no longer belong together; what was appended has no metadata."""
        texts, scores, metadata = self.training_texts, self.training_scores, self.training_metadata
        metadata += [None] * (len(texts) - len(metadata))
        if not len(texts) == len(scores) == len(metadata):
            raise DataError(
                f"there are {len(texts)} training_texts, {len(scores)} training_scores and {len(metadata)} training_metadata;"
                " each example has one of each; change them together, or use update and forget"
            )

    def _card(self, *, dim: int, rows: int) -> Card:
        """What a file says about a ridge of ``rows`` examples on this learner's vectors, ``dim`` wide."""
        encoder = self._loaded
        fields: dict[str, Any] = {"encoder": "", "space": {}, "precision": "", "fingerprint": ""}
        if encoder is not None:
            fields = encoder_fields(encoder)
        return Card(
            **fields,
            instruction="default" if not self.instruction else "own",
            sentence=self.instruction,
            long="truncate" if encoder is None else encoder.space.long,
            dim=dim,
            kind="regression",
            head="ridge",
            targets=(TargetCard(name=self.target),),
            measured="",
            rows=rows,
            versions={"semascope": version("semascope"), "numpy": np.__version__},
            custom=self._own_class(),
        )


@contextmanager
def _shown(count: int, progress: Progress | None) -> Iterator[Progress]:
    """Progress as asked for; where nothing was asked, a bar when there is much to do."""
    if progress is not None or count < _SHOWN:
        yield progress or silent
        return
    with ProgressDisplay(sys.stderr) as display:
        yield display.show


def _advise(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        if sentence:
            LOGGER.debug("advice: %s", sentence)
            warnings.warn(sentence, LearnerWarning, stacklevel=3)


def _check_alpha(alpha: float) -> float:
    value = check_score(alpha, what="alpha")
    if value <= 0:
        raise ConfigError(f"alpha is {alpha!r}; it must be above 0; from 0.01 to 100 suits unit vectors")
    return value


def _check_folds(folds: int) -> None:
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer) or folds < 2:
        raise ConfigError(f"cv_folds is {folds!r}; it must be a whole number, 2 or more")


def _check_vector(vector: object, text: str) -> Floats:
    found = np.asarray(vector, dtype=np.float64)
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise DataError(
            f"_get_embedding_vector returned {found.shape} for {text!r:.60}; it must be one row of finite numbers; mend it"
        )
    return found


def _make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cache_dir {folder} cannot be made ({error.strerror or error}); it must be a folder that can be written; name another"
        ) from error
    return folder
