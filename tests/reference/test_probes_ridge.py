"""Our ridge against scikit-learn's, both in float64."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from semascope.probes.inner import inner_folds
from semascope.probes.ridge import RidgeHead


def rows(n: int, d: int, targets: int):
    rng = np.random.default_rng(n + d)
    x = rng.standard_normal((n, d)).astype(np.float32)
    x = x / np.linalg.norm(x, axis=1, keepdims=True) + np.float32(0.3)  # unit rows off the origin
    return x, 4 + x @ rng.standard_normal((d, targets)) * 3 + rng.standard_normal((n, targets))


@pytest.mark.parametrize(("n", "d"), [(400, 50), (90, 200)])
@pytest.mark.parametrize(
    ("measure", "scoring"), [("mae", "neg_mean_absolute_error"), ("mse", "neg_mean_squared_error")]
)
def test_alpha_and_coefficients_equal_grid_search(n, d, measure, scoring) -> None:
    x, y = rows(n, d, targets=3)
    head = RidgeHead(measure=measure, target_names=("a", "b", "c")).fit(x, y, seed=7)
    # folds of equal size, so the mean over folds is the mean over rows
    folds = inner_folds(np.arange(n), strata=None, folds=5, seed=7, what="test").of_row
    assert set(np.bincount(folds)) == {n // 5}
    wide = x.astype(np.float64)
    for j, target in enumerate("abc"):
        search = GridSearchCV(
            Ridge(), {"alpha": list(head.alphas)}, scoring=scoring, cv=PredefinedSplit(folds)
        )
        search.fit(wide, y[:, j])
        assert head.choices["alpha"][target] == search.best_params_["alpha"]
        scale = np.abs(search.best_estimator_.coef_).max()
        np.testing.assert_allclose(head.coef_[j], search.best_estimator_.coef_, rtol=0, atol=1e-6 * scale)
        np.testing.assert_allclose(head.predict(x)[:, j], search.predict(wide), rtol=1e-6)


def test_it_clones_like_any_estimator() -> None:
    head = RidgeHead(measure="mse", folds=3, target_names=("a",))
    assert clone(head).get_params() == head.get_params()
