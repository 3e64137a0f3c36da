"""Token vectors to one vector per text. Always in float32: in bfloat16 pooling costs two digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

POOLINGS = ("mean", "cls", "last", "weightedmean", "max", "mean_sqrt_len")
"""Ways to pool that ``pool`` knows."""


def pool(states: torch.Tensor, lengths: torch.Tensor, pooling: str) -> torch.Tensor:
    """(n, d) float32, one row per text.

    Parameters
    ----------
    states
        (t, d) token vectors of all texts, one text after the other, no padding.
    lengths
        (n,) tokens of each text, 1 or more; they sum to t.
    pooling
        ``mean``, ``cls`` (the first token), ``last`` (the last token), ``weightedmean`` (token i of a text, counted
        from 1, weighs i), ``max`` (the largest entry of each column) or ``mean_sqrt_len`` (the sum over the root of
        the length).

    Notes
    -----
    Conventions are those of sentence-transformers' ``Pooling``: ``tests/reference/test_pooling.py``.
    """
    import torch

    ends = lengths.cumsum(0)
    if pooling == "cls":
        return states[ends - lengths].float()
    if pooling == "last":
        return states[ends - 1].float()
    states = states.float()
    if pooling == "max":
        return torch.stack([text.amax(0) for text in torch.split(states, lengths.tolist())])
    texts = torch.repeat_interleave(lengths)
    total = torch.zeros((len(lengths), states.shape[1]), device=states.device)
    if pooling == "weightedmean":
        weights = torch.arange(1, len(states) + 1, device=states.device) - (ends - lengths)[texts]
        whole = (lengths * (lengths + 1) / 2).unsqueeze(1)
        return total.index_add_(0, texts, states * weights.unsqueeze(1)) / whole
    share = lengths.sqrt() if pooling == "mean_sqrt_len" else lengths
    return total.index_add_(0, texts, states) / share.unsqueeze(1)
