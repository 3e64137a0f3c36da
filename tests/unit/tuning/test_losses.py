"""Losses beside torch's own and scikit-learn's weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from semascope.stats.measures import all_measures, get_measure
from semascope.tuning.losses import class_weights, loss_for, loss_of, loss_units

NAN = float("nan")


def test_the_loss_is_that_of_the_measure():
    found = {one.name: loss_for(one) for one in all_measures("regression", positive=None)}
    assert found["mae"] == "absolute"
    assert {found[name] for name in found if name != "mae"} == {"squared"}
    assert loss_for(get_measure("macro_f1", "classification")) == "classes"


@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_a_missing_target_counts_nothing(loss):
    outputs = torch.tensor([[1.0, 5.0], [2.0, -1.0]], requires_grad=True)
    targets = np.array([[0.0, NAN], [4.0, 1.0]], dtype=np.float32)
    found = loss_of(outputs, torch.from_numpy(targets), loss=loss, weights=None)
    away = np.array([1.0, -2.0, -2.0])
    assert float(found.detach()) == pytest.approx(
        np.abs(away).sum() if loss == "absolute" else np.square(away).sum() / 2
    )
    assert loss_units(targets, loss=loss, weights=None) == 3
    found.backward()
    assert outputs.grad[0, 1] == 0


def test_balanced_classes_weigh_as_in_scikit_learn():
    classes = np.array([0, 0, 0, 1, 2, 2])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=classes)
    assert class_weights(classes, 3, balance=True) == pytest.approx(expected)
    assert class_weights(classes, 3, balance=False).tolist() == [1, 1, 1]
    assert class_weights(np.array([0, 0, 2, 2]), 3, balance=True).tolist() == [
        1,
        1,
        1,
    ]  # a class without a row


def test_cross_entropy_is_torchs_weighted_mean():
    outputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    targets, weights = np.array([0, 2, 2, 1, 0]), np.array([0.5, 2.0, 1.0])
    expected = torch.nn.functional.cross_entropy(
        outputs, torch.from_numpy(targets), weight=torch.tensor(weights, dtype=torch.float32)
    )
    found = loss_of(
        outputs, torch.from_numpy(targets), loss="classes", weights=torch.tensor(weights, dtype=torch.float32)
    )
    assert float(found) / loss_units(targets, loss="classes", weights=weights) == pytest.approx(
        float(expected)
    )
