"""Gradients of parts: sums, and tensors that two parameters share."""

from __future__ import annotations

import torch

from semascope.tuning.gradients import add_gradients


def test_two_parameters_of_one_sum_are_added_up_apart():
    left, right, unreached = (torch.nn.Parameter(torch.zeros(3)) for _ in range(3))
    held = [None, None, None]
    for factor in (1.0, 10.0, 100.0):
        loss = (factor * (left + right)).sum()
        add_gradients(held, torch.autograd.grad(loss, [left, right, unreached], allow_unused=True))
    assert held[2] is None
    for gradient in held[:2]:
        assert gradient.tolist() == [111.0, 111.0, 111.0]
    held[0].mul_(2)
    assert held[1].tolist() == [111.0, 111.0, 111.0]


def test_a_view_is_not_added_to_where_it_lies():
    whole = torch.ones(4)
    held = [None]
    add_gradients(held, [whole[:2]])
    add_gradients(held, [torch.ones(2)])
    assert held[0].tolist() == [2.0, 2.0]
    assert whole.tolist() == [1.0, 1.0, 1.0, 1.0]
