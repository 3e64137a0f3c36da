"""The head that reads the words themselves: what a table's texts say without any encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.data.text_checks import check_texts
from semascope.errors import ConfigError, DataError
from semascope.probes.alpha_choice import ChoosesAlpha
from semascope.probes.inner import inner_folds
from semascope.probes.inputs import (
    blocks,
    check_classes,
    check_components,
    check_folds,
    check_grid,
    check_targets,
    names_of,
    present_rows,
)
from semascope.probes.logistic_path import ChoosesStrength
from semascope.probes.median_map import apply_maps, maps_from_arrays, maps_to_arrays
from semascope.probes.ngrams import Choice, Counts, Vocabulary
from semascope.probes.softmax_core import Softmax, seen_only, spread_over
from semascope.probes.sparse_ridge import sparse_ridge_path
from semascope.probes.sparse_softmax import SparseFold, SparseSoftmax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.probes.inner import InnerFolds
    from semascope.probes.median_map import MedianMap
    from semascope.types import Array, Floats, Ints, Kind

ALPHAS: tuple[float, ...] = tuple(np.logspace(-2, 3, 16).tolist())
"""Three a decade. On unit rows of TF-IDF the best ones lie within 0.03-5 (docs/heads.md)."""
STRENGTHS: tuple[float, ...] = tuple(np.logspace(-1, 3, 9).tolist())
"""C, two a decade."""
VOCABULARY = "vocabulary.txt"
FEW_ROWS = 2_000  # up to it five inner folds, above three
_CHOOSING, _FINAL = 1e-6, 1e-12  # what a ridge may leave of its equation
_FINAL_GRADIENT = 1e-6
_WORTH_SAYING = 0.01  # share of pieces that are single characters


class TfidfHead(ChoosesAlpha, ChoosesStrength, BaseEstimator):  # type: ignore[misc]
    """A linear model on TF-IDF of n-grams of one and two words: ridge for numbers, logistic regression for classes.

    Parameters
    ----------
    kind
        What it predicts.
    measure
        Measure by which the penalty is chosen, for each target of a regression on its own. Under ``mae`` the predictions
        of a target also pass through a map to medians where that lowers the out-of-fold error, as those of ``RidgeHead``.
    alphas
        Penalties of the ridge tried, ascending, each > 0. Ties go to the larger one.
    strengths
        C of the logistic regression tried, ascending, each > 0. Ties go to the lower log loss, then to the smaller C.
    folds
        Inner folds, 2 or more; None takes 5 up to 2,000 rows and 3 above, of which classes are predicted in one.
    target_names
        Names of the t targets of a regression, for notes; empty numbers them.
    n_classes
        c of a classification; None takes the largest class index seen in ``fit``.
    positive
        Class index that the measure ``f1`` speaks about.

    Attributes
    ----------
    vocabulary_
        The v n-grams with their weights, of the rows given to ``fit``.
    coef_
        (t, v) or (c, v) float64.
    intercept_
        (t,) or (c,) float64; -inf for a class that no training row has.
    maps_
        t maps, None for a target whose predictions are used as they are; none for classes.
    choices
        ``alpha`` and ``median_map`` by target or ``C``, ``tried``, ``edge`` where the best lies on the edge of the grid, ``ngrams`` (v) and
        ``characters``: the share of pieces that are characters of scripts without spaces.

    Notes
    -----
    It takes (n,) texts where other heads take (n, d) vectors. A piece is a word, a single character in scripts that write
    no spaces (Han, kana, Thai, Lao, Khmer, Myanmar), or one punctuation mark or emoji; small letters, NFKC. The features
    are those of scikit-learn's ``TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)`` on such pieces, at
    most 50,000. Words and weights are those of the rows that a fit is given, in each inner fold anew.
    """

    name = "tfidf"

    def __init__(
        self,
        *,
        kind: Kind = "regression",
        measure: str = "mae",
        alphas: tuple[float, ...] = ALPHAS,
        strengths: tuple[float, ...] = STRENGTHS,
        folds: int | None = None,
        target_names: tuple[str, ...] = (),
        n_classes: int | None = None,
        positive: int | None = None,
    ) -> None:
        self.kind = kind
        self.measure = measure
        self.alphas = alphas
        self.strengths = strengths
        self.folds = folds
        self.target_names = target_names
        self.n_classes = n_classes
        self.positive = positive

    def fit(
        self, texts: Sequence[str] | Array, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted on n texts; everything else as in ``Head.fit``."""
        check_grid("alphas", self.alphas)
        check_grid("strengths", self.strengths)
        check_folds(self.folds)
        read = _texts(texts)
        labels = check_components(components, len(read))
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []
        self.maps_: list[MedianMap | None] = []
        if self.kind == "regression":
            values = check_targets(targets, len(read))
            self._fit_numbers(*self._read(read), values, labels, seed)
        else:
            classes, count = check_classes(targets, len(read), self.n_classes)
            self._fit_classes(*self._read(read), classes, count, labels, seed)
        return self

    def predict(self, texts: Sequence[str] | Array) -> Array:
        """(n, t) predictions, not clipped to any range; or (n,) the most probable class, of equals the lower index."""
        if self.kind == "classification":
            best: Ints = self.predict_proba(texts).argmax(axis=1)
            return best
        return apply_maps(self.maps_, self.predict_unmapped(texts))

    def predict_unmapped(self, texts: Sequence[str] | Array) -> Array:
        """(n, t) what the lines give: what ranks, because a map makes ties; classes as from ``predict``."""
        if self.kind == "classification":
            return self.predict(texts)
        return self._in_blocks(texts, lambda rows: rows @ self.coef_.T + self.intercept_)

    def predict_proba(self, texts: Sequence[str] | Array) -> Floats:
        """(n, c) probabilities, rows sum to 1; classification only."""
        if self.kind == "regression":
            raise ConfigError("probabilities were asked of a regression; use predict")
        model = Softmax(slopes=self.coef_.T, intercepts=self.intercept_, converged=True)
        return self._in_blocks(texts, lambda rows: np.exp(model.log_probabilities(rows)))

    def unknown_places(self, texts: Sequence[str] | Array) -> list[int]:
        """Places of the texts of which the vocabulary holds nothing: their answers are all the same."""
        return [place for place, text in enumerate(_texts(texts)) if not self.vocabulary_.holds_any(text)]

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Slopes, intercepts and weights, with the n-grams in a file, one a line; see ``Head.state``."""
        arrays = {"coef": self.coef_, "intercept": self.intercept_, "idf": self.vocabulary_.idf}
        arrays |= maps_to_arrays(self.maps_)
        lines = "".join(f"{term}\n" for term in self.vocabulary_.terms)
        settings = {"params": self.get_params(), "choices": self.choices, "notes": self.notes}
        return arrays, settings | {"files": {VOCABULARY: lines}}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        params = dict(settings["params"])
        params |= {name: tuple(params[name]) for name in ("alphas", "strengths", "target_names")}
        head = cls(**params)
        *terms, rest = settings["files"][VOCABULARY].split("\n")
        head.vocabulary_ = Vocabulary(terms, np.asarray(arrays["idf"]))
        head.coef_, head.intercept_ = np.asarray(arrays["coef"]), np.asarray(arrays["intercept"])
        if rest or head.coef_.shape != (len(head.intercept_), len(terms)):
            raise ValueError(f"{len(terms)} n-grams for slopes of shape {head.coef_.shape}")
        head.maps_ = maps_from_arrays(arrays, len(head.coef_)) if head.kind == "regression" else []
        head.choices, head.notes = dict(settings["choices"]), list(settings["notes"])
        return head

    def _read(self, texts: Sequence[str]) -> tuple[Counts, Choice]:
        """The counts of the texts and the n-grams of all of them, in the order of the vocabulary."""
        counts = Counts.read(texts)
        whole, self.vocabulary_ = Choice.on(counts, np.arange(len(texts))).by_name(counts)
        share = counts.unspaced_share
        self.choices |= {"ngrams": len(self.vocabulary_.terms), "characters": round(share, 4)}
        if share >= _WORTH_SAYING:
            self.notes.append(
                f"{100 * share:.0f} % of what was read is in scripts that write no spaces: there it reads characters, one"
                " and two at a time, instead of words"
            )
        if not self.vocabulary_.terms:
            self.notes.append("no word stands in two training texts, so every text is answered alike")
        return counts, whole

    def _folds(self, labels: Ints, strata: Ints | None, seed: int, what: str) -> InnerFolds:
        wanted = self.folds or (5 if len(labels) <= FEW_ROWS else 3)
        folds = inner_folds(labels, strata=strata, folds=wanted, seed=seed, what=what)
        if folds.note:
            self.notes.append(folds.note)
        return folds

    def _fit_numbers(self, counts: Counts, whole: Choice, values: Floats, labels: Ints, seed: int) -> None:
        names = names_of(values.shape[1], self.target_names)
        self.coef_ = np.empty((values.shape[1], len(self.vocabulary_.terms)))
        self.intercept_ = np.empty(values.shape[1])
        self.maps_ = [None] * values.shape[1]
        self.choices |= {"alpha": {}, "edge": {}, "median_map": {}}
        for rows, group in present_rows(values, names, self.name):
            y = values[np.ix_(rows, group)]
            self._fit_pattern(counts, whole, rows, y, labels[rows], group, names, seed)

    def _fit_pattern(
        self,
        counts: Counts,
        whole: Choice,
        rows: Ints,
        y: Floats,
        labels: Ints,
        group: Ints,
        names: tuple[str, ...],
        seed: int,
    ) -> None:
        """Choose and fit the targets ``group``, which the rows given all have."""
        called = " and ".join(repr(names[number]) for number in group)
        folds = self._folds(labels, None, seed, f"{self.name} of {called}")
        alphas = np.asarray(self.alphas, dtype=np.float64)
        predicted = np.empty((len(alphas), *y.shape))
        for fold in np.unique(folds.of_row):
            fit, held = rows[folds.of_row != fold], rows[folds.of_row == fold]
            choice = Choice.on(counts, fit)
            lines = sparse_ridge_path(
                choice.weigh(counts, fit), y[folds.of_row != fold], alphas, tolerance=_CHOOSING
            )
            flat = lines.predict(choice.weigh(counts, held))
            predicted[:, folds.of_row == fold] = flat.reshape(len(held), len(alphas), -1).transpose(1, 0, 2)
        best = []
        for j, number in enumerate(group):
            found = y[:, j], predicted[:, :, j], folds.of_row, labels
            best.append(self.choose_alpha(*found, int(number), names[number]))
        tried = np.unique(alphas[best])
        lines = sparse_ridge_path(whole.weigh(counts, rows), y, tried, tolerance=_FINAL)
        for j, number in enumerate(group):
            model = int(np.searchsorted(tried, alphas[best[j]])) * len(group) + j
            self.coef_[number], self.intercept_[number] = lines.slopes[:, model], lines.intercepts[model]

    def _fit_classes(
        self, counts: Counts, whole: Choice, classes: Ints, count: int, labels: Ints, seed: int
    ) -> None:
        seen, positions = seen_only(classes)
        if len(seen) == 1:
            self.notes.append("every training row has the same class; it is always predicted")
            fitted = Softmax.flat(len(self.vocabulary_.terms), 1)
        else:
            strength = self._choose_strength(counts, classes, count, labels, seed)
            rows = whole.weigh(counts, np.arange(len(classes)))
            fitting = SparseSoftmax(rows=rows, classes=positions, count=len(seen))
            fitted = fitting.fit(strength, tolerance=_FINAL_GRADIENT).model
            if not fitted.converged:
                self.notes.append("the final logistic fit stopped before it converged")
        self.coef_ = np.ascontiguousarray(spread_over(fitted.slopes, seen, count, empty=0.0).T)
        self.intercept_ = spread_over(fitted.intercepts, seen, count, empty=-np.inf)

    def _choose_strength(self, counts: Counts, classes: Ints, count: int, labels: Ints, seed: int) -> float:
        """The best C by the out-of-fold predictions of all rows."""
        folds = self._folds(labels, classes, seed, self.name)
        numbers = np.unique(folds.of_row)
        if self.folds is None and len(classes) > FEW_ROWS:
            numbers = numbers[:1]  # a third of many rows tells as much, for a third of the time
        watched = np.flatnonzero(np.isin(folds.of_row, numbers))
        parts = []
        for fold in numbers:
            fit, held = np.flatnonzero(folds.of_row != fold), np.flatnonzero(folds.of_row == fold)
            choice = Choice.on(counts, fit)
            rows, held_rows = (choice.weigh(counts, side).astype(np.float32) for side in (fit, held))
            places = np.searchsorted(watched, held)
            parts.append(SparseFold.of(rows, held_rows, classes[fit], held=places))
        return self.choose_strength(parts, classes[watched], count)

    def _in_blocks(self, texts: Sequence[str] | Array, answer: Callable[[Any], Array]) -> Floats:
        """(n, t) or (n, c): ``answer`` of the texts' (m, v) rows, block by block."""
        read = _texts(texts)
        result = np.empty((len(read), len(self.intercept_)))
        for block in blocks(len(read)):
            result[block] = answer(self.vocabulary_.weigh(read[block]))
        return result


def _texts(texts: Sequence[str] | Array) -> list[str]:
    """The texts as a list; vectors are refused."""
    if isinstance(texts, np.ndarray) and texts.dtype.kind in "fiub":
        raise DataError(
            f"tfidf was given numbers of shape {texts.shape}; it reads the texts themselves; give those"
        )
    return check_texts(texts)
