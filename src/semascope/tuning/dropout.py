"""Dropout whose masks follow from a seed, wherever a part of a batch is computed, and cost little to draw.

torch draws the masks of all threads from one stream: two parts of a batch that are computed at once would take turns at it in an
order that no seed fixes. Here each part has a generator of its own, and a mask is a byte an entry instead of a draw an entry.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_of_thread = threading.local()
_ATTENTION = re.compile(r"SelfAttention$")


class SeededDropout(torch.nn.Module):
    """Zeroes a share of the entries in training and scales up the others; the share is rounded to 1/256.

    Parameters
    ----------
    p
        The share, in [0, 1).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.dropped = round(256 * p)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """The states, some of them zeroed while ``masks_from`` gives a generator."""
        generator: np.random.SFC64 | None = getattr(_of_thread, "generator", None)
        if not self.training or not self.dropped or generator is None:
            return states
        count = states.numel()
        drawn = generator.random_raw(-(-count // 8)).view(np.uint8)[:count]
        kept = torch.from_numpy(drawn).ge(self.dropped).view(states.shape).to(states.device)
        return states * kept * (256 / (256 - self.dropped))


@contextmanager
def masks_from(seed: Sequence[int]) -> Iterator[None]:
    """Let the dropout of what this thread computes follow from ``seed``."""
    _of_thread.generator = np.random.SFC64(list(seed))
    try:
        yield
    finally:
        del _of_thread.generator


def seed_dropout(network: Any) -> None:
    """Give a network dropout that follows from a seed.

    That of attention weights goes: with it no kernel of torch for attention without a matrix of all pairs can be used, which
    takes longer and needs several times the memory. The one after every layer stays.
    """
    for module in list(network.modules()):
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.0
        of_weights = bool(_ATTENTION.search(type(module).__name__))
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.Dropout):
                setattr(module, name, SeededDropout(0.0 if of_weights else child.p))
