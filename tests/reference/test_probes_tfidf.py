"""The head that reads words against plain scikit-learn: the same features, choice and models."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline

from semascope.probes.inner import inner_folds
from semascope.probes.pieces import PATTERN, tidy
from semascope.probes.sparse_ridge import sparse_ridge_path
from semascope.probes.sparse_softmax import SparseSoftmax
from semascope.probes.tfidf import TfidfHead

WORDS = [*"abcdefghijklmnop", "rope", "sail", "deck", "我", "们", "走"]


def pipeline(model) -> Pipeline:
    reader = TfidfVectorizer(
        preprocessor=tidy, token_pattern=PATTERN, ngram_range=(1, 2), sublinear_tf=True, min_df=2
    )
    return make_pipeline(reader, model)


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray]:
    """80 texts of 4 to 12 words, and two scores that some of the words make."""
    rng = np.random.default_rng(5)
    chosen = [rng.choice(WORDS, size=rng.integers(4, 13)) for _ in range(80)]
    worth = rng.standard_normal((len(WORDS), 2))
    scores = np.array([np.mean([worth[WORDS.index(word)] for word in words], axis=0) for words in chosen])
    return np.array([" ".join(words) for words in chosen], dtype=object), scores + 0.1 * rng.standard_normal(
        (80, 2)
    )


def test_a_regression_is_the_pipeline_at_the_alpha_that_its_folds_choose(table) -> None:
    texts, scores = table
    alphas = (0.01, 0.1, 1.0, 10.0)
    head = TfidfHead(alphas=alphas, target_names=("one", "two")).fit(texts, scores, seed=7)
    folds = inner_folds(np.arange(80), strata=None, folds=5, seed=7, what="test").of_row
    for place, name in enumerate(("one", "two")):
        errors = []
        for alpha in alphas:
            predicted = np.empty(80)
            for fold in range(5):
                fitted = pipeline(Ridge(alpha=alpha)).fit(texts[folds != fold], scores[folds != fold, place])
                predicted[folds == fold] = fitted.predict(texts[folds == fold])
            errors.append(np.abs(predicted - scores[:, place]).mean())
        best = alphas[int(np.argmin(errors))]
        assert head.choices["alpha"][name] == best
        whole = pipeline(Ridge(alpha=best, solver="cholesky"))
        whole[0].fit(texts)
        dense = whole[0].transform(texts).toarray()
        model = Ridge(alpha=best, solver="cholesky").fit(dense, scores[:, place])
        new = ["a b rope", "我 们", "nothing known", texts[3]]
        expected = model.predict(whole[0].transform(new).toarray())
        np.testing.assert_allclose(head.predict(new)[:, place], expected, atol=1e-9)
        np.testing.assert_allclose(head.coef_[place], model.coef_, atol=1e-9)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_classification_is_the_pipeline_at_its_c(table, classes) -> None:
    texts, scores = table
    truth = np.digitize(scores[:, 0], np.quantile(scores[:, 0], np.arange(1, classes) / classes))
    head = TfidfHead(kind="classification", measure="accuracy").fit(texts, truth)
    model = LogisticRegression(C=head.choices["C"], tol=1e-10, max_iter=20_000)
    expected = pipeline(model).fit(texts, truth).predict_proba(texts)
    np.testing.assert_allclose(head.predict_proba(texts), expected, atol=2e-3)


@pytest.mark.parametrize("targets", [1, 3])
def test_the_path_of_penalties_is_scikit_learns_ridge(targets) -> None:
    rng = np.random.default_rng(2)
    rows = csr_array(random_array((60, 200), density=0.05, rng=rng))
    rows = csr_array(np.vstack([rows.toarray(), rows[[0, 0, 7]].toarray()]))  # copies: the space ends early
    y = rng.standard_normal((63, targets)) + 5
    alphas = np.array([1e-3, 0.1, 10.0])
    lines = sparse_ridge_path(rows, y, alphas, tolerance=1e-13)
    for place, alpha in enumerate(alphas):
        model = Ridge(alpha=alpha, solver="cholesky").fit(rows.toarray(), y)
        columns = slice(place * targets, (place + 1) * targets)
        slopes = np.atleast_2d(model.coef_)
        np.testing.assert_allclose(lines.slopes[:, columns].T, slopes, atol=1e-8 * np.abs(slopes).max())
        np.testing.assert_allclose(lines.intercepts[columns], model.intercept_, rtol=1e-9)


def test_a_constant_target_leaves_slopes_of_zero() -> None:
    rows = csr_array(random_array((10, 6), density=0.5, rng=np.random.default_rng(0)))
    lines = sparse_ridge_path(rows, np.full((10, 1), 7.0), np.array([1.0]), tolerance=1e-12)
    assert (np.abs(lines.slopes) < 1e-12).all()
    assert lines.intercepts.tolist() == [7.0]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("strength", [0.1, 3.0, 100.0])
def test_classes_in_weights_of_the_rows_are_scikit_learns(classes, strength) -> None:
    rng = np.random.default_rng(4)
    rows = csr_array(random_array((50, 120), density=0.1, rng=rng))
    truth = np.arange(50) % classes
    fitted = SparseSoftmax(rows=rows, classes=truth, count=classes).fit(strength, tolerance=1e-8).model
    model = LogisticRegression(C=strength, tol=1e-10, max_iter=50_000).fit(rows, truth)
    found = np.exp(fitted.log_probabilities(rows))
    np.testing.assert_allclose(found, model.predict_proba(rows), atol=1e-5)
    assert fitted.converged


def test_the_path_of_strengths_ends_where_a_fit_of_its_own_does() -> None:
    rng = np.random.default_rng(6)
    rows = csr_array(random_array((40, 80), density=0.1, rng=rng))
    truth = np.arange(40) % 3
    going = SparseSoftmax(rows=rows, classes=truth, count=3)
    for strength in (0.1, 1.0, 10.0):
        going.fit(strength, tolerance=1e-8)
    alone = SparseSoftmax(rows=rows, classes=truth, count=3).fit(10.0, tolerance=1e-8)
    np.testing.assert_allclose(going.model.slopes, alone.model.slopes, atol=1e-5)
