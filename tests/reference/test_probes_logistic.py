"""Our multinomial logistic regression against scikit-learn's at the same C."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from semascope.probes.logistic import LogisticHead


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("strength", [0.1, 30.0])
def test_coefficients_and_probabilities_equal_scikit_learn(classes, strength) -> None:
    rng = np.random.default_rng(classes)
    x = rng.standard_normal((300, 20))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True) + 0.2).astype(np.float32)
    y = (x @ rng.standard_normal((20, classes)) * 4 + rng.gumbel(size=(300, classes))).argmax(axis=1)
    ours = LogisticHead(strengths=(strength,)).fit(x, y)
    theirs = LogisticRegression(C=strength, tol=1e-9, max_iter=5000).fit(x.astype(np.float64), y)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x.astype(np.float64)), atol=1e-5)
    slopes = ours.coef_[1:] - ours.coef_[:1] if classes == 2 else ours.coef_  # w/2 and -w/2 stand for w
    # Where the solver stops hangs on the processor's rounding: a C off by a hundredth moves slopes by four times as much.
    np.testing.assert_allclose(slopes, theirs.coef_, atol=6e-4 * np.abs(theirs.coef_).max())


def test_it_clones_like_any_estimator() -> None:
    head = LogisticHead(measure="macro_f1", folds=3, n_classes=4)
    assert clone(head).get_params() == head.get_params()
