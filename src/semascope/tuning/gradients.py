"""Gradients of the parts of a batch, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

Gradients = tuple[torch.Tensor | None, ...]
"""One a parameter; None where no text reaches it."""


def add_gradients(held: list[torch.Tensor | None], added: Sequence[torch.Tensor | None]) -> None:
    """Add the gradients of a part to those of the parts before it, in place.

    Parameters
    ----------
    held
        The sum so far, one a parameter; None where nothing has reached it yet. It may take over tensors of ``added``.
    """
    taken: set[int] = set()
    for place, new in enumerate(added):
        if new is None:
            continue
        old = held[place]
        if old is not None:
            old.add_(new)
            continue
        # Two parameters of one sum are given one tensor, and one may be given a view: added to, or clipped, in place, others
        # would change.
        memory = new.untyped_storage()
        own = memory.nbytes() == new.numel() * new.element_size() and memory.data_ptr() not in taken
        taken.add(memory.data_ptr())
        held[place] = new if own else new.clone()
