"""The value learner: scores learnt from scored texts, by ridge regression on their vectors.

This file is the learner as its users see it; each method hands plain values to the file that does the work:

- ``vector_source.py`` (``encoder_choice.py``, ``vectors.py``): what makes vectors
- ``examples.py`` (``example.py``): what holds examples
- ``model.py``: both together, with what is fitted on them and how it changes
- ``ridge/``: the fit and how it follows each change, its figures, the choice of its penalty; ``advice.py``: what to say of it
- ``answers/``: intervals and explanations
- ``online/``: what a service learns, on the disk before it is acknowledged
- ``labelling/``: what to score next, scores from a file, scores that are asked for
- ``learner_saving.py``, ``model_file.py``: the file
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.text_checks import check_text, check_texts
from semascope.encoders.api.keys import as_key
from semascope.learner.advice import advise
from semascope.learner.answers.at_vectors import explain_at, intervals_at, suggest_at
from semascope.learner.answers.fitted import plot_left_out
from semascope.learner.encoder_choice import CHAT_MODEL, EncoderChoice
from semascope.learner.example import RankingExample, check_examples
from semascope.learner.learner_saving import take_saved, to_saved
from semascope.learner.log import LOGGER
from semascope.learner.model import DEFAULT_ALPHA, Model, PartOf
from semascope.learner.model_file import load_learner, save_learner
from semascope.learner.ranking import Ranks
from semascope.learner.ridge.fit import Fit
from semascope.learner.ridge.line import RidgeLine
from semascope.learner.ridge.training import (
    advice_on_choice,
    check_choice,
    check_training,
    choose_alpha,
    measure,
)
from semascope.learner.vector_source import DEFAULT_DIM, Own, VectorSource, check_width, make_folder
from semascope.plots.scores import plot_scores
from semascope.plots.weights import plot_weights
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure
    from pydantic import SecretStr

    from semascope.encoders.protocol import Encoder
    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval, MethodChoice
    from semascope.types import Array, Floats, Precision, Progress

DEFAULT_CACHE = ".qwen3_embeddings"


class ValueLearner(Ranks):
    """Learns scores from scored texts, ranks texts by them, and goes on learning.

    Nothing is loaded or fetched before the first text is embedded.

    Parameters
    ----------
    model_name
        Encoder that makes the vectors: ``minilm``, a hub id, a local folder. The default is a chat model and stands for
        Qwen3-Embedding-0.6B; ``api:PROVIDER/MODEL`` is one behind an API. The variable ``SEMASCOPE_ENCODER`` wins over it.
    embedding_dim
        Dimensions kept of each vector, brought back to unit length; more than the encoder has is capped, with a warning.
    ridge_alpha
        Penalty of the squared weights, above 0.
    cache_dir
        Folder of the vector store; made when missing.
    api_key, base_url
        Of an OpenAI-compatible embedding API, which then makes the vectors. A key alone goes to OpenRouter with the default
        ``model_name``, else to the one provider of the table that has the model; an address alone takes the key that the
        environment has for it. A key is kept in memory only: no file, message or representation holds it.
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

    model_name = PartOf[str]("_encoder_choice", "model_name")
    instruction = PartOf[str]("_vector_source", "instruction")
    embedding_dim = PartOf[int]("_vector_source", "dim")
    embedding_cache = PartOf["dict[str, Array]"]("_vector_source", "memory")
    cache_dir = PartOf[Path]("_vector_source", "folder")
    ridge_alpha = PartOf[float]("_core", "alpha")
    target = PartOf[str]("_core", "target")
    held_out = PartOf[list[RankingExample]]("_core", "held_out")
    training_texts = PartOf[list[str]]("_held_examples", "texts")
    training_scores = PartOf[list[float]]("_held_examples", "scores")
    training_metadata = PartOf["list[dict[str, Any] | None]"]("_held_examples", "metadata")

    def __init__(
        self,
        model_name: str = CHAT_MODEL,
        embedding_dim: int = DEFAULT_DIM,
        ridge_alpha: float = DEFAULT_ALPHA,
        cache_dir: str | Path = DEFAULT_CACHE,
        api_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        encoder: Encoder | str | None = None,
        instruction: str = "",
        target: str = "score",
        precision: Precision = "auto",
        device: str = "auto",
    ) -> None:
        dim = check_width(embedding_dim)
        self._encoder_choice = EncoderChoice(
            given=encoder,
            model_name=model_name,
            api_key=as_key(api_key),
            base_url=base_url,
            precision=precision,
            device=device,
        )
        folder = make_folder(Path(cache_dir))
        self._vector_source = VectorSource(
            self._encoder_choice, folder, instruction=instruction, dim=dim, own=self._own_code
        )
        self._core = Model(self._vector_source, ridge_alpha, target=target)
        self._held_examples = self._core.examples

    # --- examples ---

    def add_training_example(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Keep a scored text for the next ``train``."""
        with self._core.lock:
            self._held_examples.add(text, score, metadata)
        LOGGER.debug("example %d: score %g, %.50r", len(self.training_texts), score, text)

    def add_training_examples(self, examples: Iterable[RankingExample]) -> None:
        """Keep several; none is kept when one of them cannot be used."""
        for example in check_examples(examples):
            self.add_training_example(example.text, example.score, example.metadata)

    # --- training ---

    @property
    def ridge(self) -> RidgeLine:
        """The fitted line; before training one without ``coef_``."""
        self._core.heed_settings()
        fit = self._core.fit
        return RidgeLine(self.ridge_alpha) if fit is None else fit.line

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
        check_training(validation_split, cv_folds)
        with self._core.lock:
            fit = self._core.fit_now(least=2)
            metrics, said = measure(fit, share=validation_split, folds=cv_folds)
            self._core.fit = fit
        LOGGER.debug("trained: %s", metrics)
        advise(said)
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
        alphas = check_choice(alpha_range, cv_folds, len(self.training_texts))
        with self._core.lock:
            vectors, scores = self._core.taught(least=2)
            chosen = choose_alpha(self.training_texts, vectors, scores, alphas=alphas, folds=cv_folds)
            self._core.fit = Fit(self.training_texts, scores, vectors, alpha=chosen.alpha)
            self.ridge_alpha = chosen.alpha
        LOGGER.debug("alpha %g of %s: mean squared error %g", chosen.alpha, alphas, chosen.mse)
        advise(advice_on_choice(self.training_texts, self.training_scores, chosen))
        return {"best_alpha": chosen.alpha, "best_mse": chosen.mse, "all_results": chosen.results}

    # --- predicting ---

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts, embedded together.

        Parameters
        ----------
        progress
            Called while texts are embedded; None shows a bar when there are many.
        """
        self._core.fitted()
        texts = check_texts(texts)
        return self._core.predict(texts, progress) if texts else np.empty(0)

    # --- learning on ---

    def update(self, text: str, score: float, metadata: dict[str, Any] | None = None) -> None:
        """Add a scored text and learn it at once: the model is that of a full fit at the same alpha.

        The cost does not grow with the number of examples. Examples that were added and not trained on yet are learnt
        too; alpha stays until ``train`` or ``optimize_hyperparameters``. Where it fails, the example is not kept.
        """
        with self._core.lock:
            self.add_training_example(text, score, metadata)
            self._core.learn_last()

    def forget(self, text: str) -> int:
        """Take every example with this text out of the model and of the examples; how many there were.

        Raises
        ------
        DataError
            When no example has this text, or none would be left to predict from.
        """
        return self._core.forget(text)

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
        self._core.fitted()
        texts = check_texts(texts)
        if not texts:
            return ()
        vectors = self._vector_source.vectors(texts, progress)
        return intervals_at(self._core, vectors, coverage, method)

    def explain(
        self, text: str, coverage: float = 0.9, *, neighbours: int = 5, pulls: int = 5
    ) -> Explanation:
        """Why a text gets its score: the nearest examples, how much each example pulled, and what the interval means.

        Parameters
        ----------
        neighbours, pulls
            How many of each are named, the nearest and the strongest.
        """
        vectors = self._vector_source.vectors([check_text(text)], silent)
        return explain_at(self._core, text, vectors[0], coverage, neighbours=neighbours, pulls=pulls)

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
        rows = suggest_at(self._core, self._vector_source.vectors(texts, progress), n)
        self.note_suggested(texts[row] for row in rows)
        LOGGER.debug("suggested %d of %d texts", len(rows), len(texts))
        return rows

    def note_suggested(self, texts: Iterable[str]) -> None:
        """Remember that these texts were suggested: when one becomes an example, no interval is promised."""
        self._core.note_suggested(texts)

    # --- plots ---

    def plot_scores(self) -> Figure:
        """How the scores of the examples are spread: a matplotlib figure."""
        return plot_scores(self.training_scores, target=self.target)

    def plot_predictions(self, coverage: float = 0.9) -> Figure:
        """The score of each example against what the others predict for it, with intervals: a matplotlib figure."""
        fit = self._core.fitted()
        with self._core.lock:
            left_out, scores = fit.left_out, fit.scores
        return plot_left_out(
            scores, left_out.residuals, left_out.labels, coverage=coverage, target=self.target
        )

    def plot_weights(self, top: int = 20) -> Figure:
        """The largest weights of the dimensions, and how all of them are spread: a matplotlib figure."""
        return plot_weights(self._core.fitted().line.coef_, top=top)

    # --- keeping ---

    def save_model(self, path: str | Path) -> Path:
        """Write model, examples and vectors into one file; an earlier model there is replaced as a whole."""
        with self._core.lock:
            saved = to_saved(self._core)
            found = save_learner(path, saved)
        LOGGER.debug("saved %d examples to %s", len(saved.examples), found)
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
        take_saved(saved, self._core, self._vector_source.proved(saved.card, path), path)

    # --- vectors ---

    def _get_embedding_vector(self, text: str) -> Array:
        """(d,) float32 of unit length; the same on a second call.

        Override it to make vectors otherwise, or to add features to what ``super()`` returns: the vector may be longer.
        An overridden one is called for each text.
        """
        row: Array = self._vector_source.encoded([check_text(text)], silent)[0]
        return row

    def _own_code(self) -> Own | None:
        """What makes vectors by code of its own: an overriding class, or a function put in place of this learner's."""
        function = vars(self).get("_get_embedding_vector")
        if function is not None:
            return Own(str(getattr(function, "__qualname__", type(function).__qualname__)), function)
        if type(self)._get_embedding_vector is not ValueLearner._get_embedding_vector:
            return Own(type(self).__qualname__, self._get_embedding_vector)
        return None
