"""The picture of both encoders is that of scikit-learn's principal components."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from semascope.studies.tuned.judging import picturing


def test_each_panel_is_along_its_own_components():
    rng = np.random.default_rng(0)
    spaces = [(rng.standard_normal((80, 6)) * np.arange(6, 0, -1)).astype(np.float32) for _ in range(2)]
    found = picturing.picture(*spaces, ["a", "b"] * 40, label="subject", names=("base", "ours"))
    assert [panel.name for panel in found.panels] == ["base", "ours"] and found.texts == 80
    for panel, space in zip(found.panels, spaces, strict=True):
        reference = PCA(2, svd_solver="full").fit(space)
        coordinates = reference.transform(space)
        assert np.abs(panel.points) == pytest.approx(np.abs(coordinates), abs=1e-3)
        assert panel.shares == pytest.approx(tuple(reference.explained_variance_ratio_), abs=1e-5)


def test_of_many_texts_the_same_sample_is_drawn_in_both(monkeypatch):
    monkeypatch.setattr(picturing, "MOST", 10)
    vectors = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    labels = [str(row) for row in range(50)]
    found = picturing.picture(vectors, vectors, labels, label="l")
    assert len(found.labels) == 10 and found.texts == 50
    assert found.panels[0].points == found.panels[1].points
    whole = picturing.picture(vectors[:10], vectors[:10], labels[:10], label="l")
    assert whole.labels == labels[:10]
