"""Token vectors to one vector per text. Always in float32: in bfloat16 pooling costs two digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def pool(states: torch.Tensor, lengths: torch.Tensor, pooling: str) -> torch.Tensor:
    """(n, d) float32, one row per text.

    Parameters
    ----------
    states
        (t, d) token vectors of all texts, one text after the other, no padding.
    lengths
        (n,) tokens of each text, 1 or more; they sum to t.
    pooling
        ``mean``, ``cls`` (the first token) or ``last`` (the last token).
    """
    import torch

    ends = lengths.cumsum(0)
    if pooling == "cls":
        return states[ends - lengths].float()
    if pooling == "last":
        return states[ends - 1].float()
    texts = torch.repeat_interleave(lengths)
    total = torch.zeros((len(lengths), states.shape[1]), dtype=torch.float32, device=states.device)
    return total.index_add_(0, texts, states.float()) / lengths.unsqueeze(1)
