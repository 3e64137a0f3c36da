"""The loss over labels: against its formula written out in float64, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.tuning.contrastive.hardness import label_hardness
from semascope.tuning.contrastive.supervised import label_loss


def written_out(rows, labels, temperature):
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    losses = []
    for i in range(len(rows)):
        others = [a for a in range(len(rows)) if a != i]
        alike = [p for p in others if labels[p] == labels[i]]
        if not alike:
            continue
        below = sum(math.exp(rows[i] @ rows[a] / temperature) for a in others)
        each = [math.log(math.exp(rows[i] @ rows[p] / temperature) / below) for p in alike]
        losses.append(-sum(each) / len(each))
    return sum(losses) / len(losses) if losses else 0.0


@given(
    labels=st.lists(st.integers(0, 3), min_size=2, max_size=9),
    seed=st.integers(0, 1000),
    temperature=st.floats(0.05, 2.0),
)
def test_it_is_the_formula_at_every_width(labels, seed, temperature):
    rows = np.random.default_rng(seed).standard_normal((len(labels), 5)) * 3
    marks = np.array(labels)
    found = label_loss(torch.tensor(rows), marks, temperature=temperature)
    assert found.item() == pytest.approx(written_out(rows, labels, temperature), rel=1e-9, abs=1e-12)
    both = label_loss(torch.tensor(rows), marks, temperature=temperature, widths={2: 1.0, 5: 3.0})
    expected = (
        written_out(rows[:, :2], labels, temperature) + 3 * written_out(rows, labels, temperature)
    ) / 4
    assert both.item() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    order = np.random.default_rng(seed).permutation(len(labels))
    again = label_loss(torch.tensor(rows[order]), marks[order], temperature=temperature)
    assert again.item() == pytest.approx(found.item(), rel=1e-9, abs=1e-12)


def test_by_hand():
    rows = torch.eye(3, dtype=torch.float64)  # all cosines are 0: a right answer is one of two
    assert label_loss(rows, np.array([0, 0, 1]), temperature=0.1).item() == pytest.approx(math.log(2))
    near = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    expected = math.log(1 + math.exp(-2))
    assert label_loss(near, np.array([0, 0, 1]), temperature=1.0).item() == pytest.approx(expected)


def test_texts_alone_of_their_label_pull_nothing_and_break_nothing():
    rows = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = label_loss(rows, np.arange(4), temperature=0.1)
    loss.backward()
    assert loss.item() == 0
    assert rows.grad.abs().max() == 0
    rows = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    label_loss(rows, np.array([0, 0, 0]), temperature=0.01).backward()  # and no wrong answers
    assert torch.isfinite(rows.grad).all()


def test_its_gradient_is_that_of_small_steps():
    rows = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    labels = np.array([0, 1, 0, 2, 1, 1])
    assert torch.autograd.gradcheck(
        lambda given: label_loss(given, labels, temperature=0.5, widths={2: 1.0, 4: 1.0}), (rows,)
    )


def test_a_width_beyond_the_row():
    with pytest.raises(ConfigError, match="width 8 is asked for; rows have 4 dims"):
        label_loss(torch.randn(3, 4), np.array([0, 0, 1]), temperature=0.1, widths={8: 1.0})


def test_hardness_of_labels_by_hand():
    rows = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [0.0, 1.0]], dtype=torch.float64)
    found = label_hardness(rows, np.array([0, 0, 1, 2]))
    assert found.right[:2].tolist() == pytest.approx([0.8, 0.8])
    assert np.isnan(found.right[2:]).all()
    assert found.nearest_wrong.tolist() == pytest.approx([0.6, 0.96, 0.96, 0.8])
    assert found.beaten[:2].tolist() == [0, 1]
    assert found.wrong.tolist() == [2, 2, 3, 3]
