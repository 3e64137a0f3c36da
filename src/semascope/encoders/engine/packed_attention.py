"""Attention inside each text of a packed sequence: many texts, one after the other, no padding.

Texts of equal length that lie side by side are one run. On a processor there are two forms: batched products around an
exponential (``batched_attention``) and torch's own attention; which is faster depends on the length and the processor
and is measured (``attention_form``). On a GPU it is torch's attention for packed sequences.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import torch

from semascope.encoders.engine.batched_attention import attend_batched, sums_are_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

NEVER = sys.maxsize
"""A length that no text has."""


@dataclass(slots=True)
class Layout:
    """Where each text lies in a packed sequence, and how it is attended to."""

    lengths: tuple[int, ...]  # of the texts, in order
    runs: tuple[tuple[int, int, int], ...]  # (first token, texts, length): neighbours of equal length
    ends: torch.Tensor | None = None  # (n + 1,) int32 on a GPU: 0 and the end of each text
    own_from: int = NEVER  # tokens from which a text takes torch's own attention, safe for scores of any size
    # of exponentials, of each step of the batched form
    sums: list[torch.Tensor] = field(default_factory=list)

    def sums_are_safe(self) -> bool:
        """Whether the batched form was exact wherever it was taken."""
        return sums_are_safe(self.sums)


def lay_out(sequences: Sequence[Sequence[int]], *, on_gpu: bool = False, own_from: int = NEVER) -> Layout:
    """The layout of sequences that lie one after the other."""
    lengths = tuple(map(len, sequences))
    runs, start = [], 0
    for length, members in groupby(lengths):
        count = sum(1 for _ in members)
        runs.append((start, count, length))
        start += count * length
    ends = None
    if on_gpu:
        ends = torch.tensor((0, *lengths), dtype=torch.int32).cumsum(0, dtype=torch.int32).cuda()
    return Layout(lengths=lengths, runs=tuple(runs), ends=ends, own_from=own_from)


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float,
    causal: bool = False,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """(t, h, d): softmax(scale * query key' + bias) value, within each text.

    Parameters
    ----------
    query, key, value
        (t, h, d), (t, k, d) and (t, k, d) of t packed tokens; h is a multiple of k, each key head serves h / k queries.
    layout
        Where each text lies; its ``sums`` grow.
    scale
        Factor of the products.
    causal
        Whether a token sees only itself and the ones before it.
    bias
        (h, l, l), l no less than the longest text: added to the scores of tokens i and j at [:, i, j].
    """
    if layout.ends is not None and bias is None and query.dtype in (torch.bfloat16, torch.float16):
        return _attend_on_gpu(query, key, value, layout.ends, max(layout.lengths), scale=scale, causal=causal)
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    out[sum(layout.lengths) :] = 0  # rows of no text
    for start, count, length in layout.runs:
        part = slice(start, start + count * length)
        given = query[part], key[part], value[part], out[part]
        if length >= layout.own_from:
            _attend_with_torch(*given, count, scale=scale, causal=causal, bias=bias)
        else:
            layout.sums.extend(attend_batched(*given, count, scale=scale, causal=causal, bias=bias))
    return out


def _attend_with_torch(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, out: torch.Tensor, count: int, *,
    scale: float, causal: bool, bias: torch.Tensor | None,
) -> None:  # fmt: skip
    """Fill ``out`` for ``count`` texts of one length; heads are read where they lie."""
    length = len(query) // count
    q, k, v = (rows.view(count, length, *rows.shape[1:]).transpose(1, 2) for rows in (query, key, value))
    mask = None
    if bias is not None:
        mask = bias[:, :length, :length].unsqueeze(0).to(query.dtype)
        if causal:
            later = torch.ones((length, length), dtype=torch.bool, device=mask.device).triu_(1)
            mask = mask.masked_fill(later, float("-inf"))
    found = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=mask, is_causal=causal and mask is None, scale=scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    out.view(count, length, *out.shape[1:]).copy_(found.transpose(1, 2))


def _attend_on_gpu(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ends: torch.Tensor, longest: int, *, scale: float, causal: bool
) -> torch.Tensor:  # fmt: skip
    from torch.nn.attention.varlen import varlen_attn

    found = varlen_attn(
        query.contiguous(), key.contiguous(), value.contiguous(), ends, ends, longest, longest,
        scale=scale, window_size=(-1, 0) if causal else (-1, -1), enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    return found if isinstance(found, torch.Tensor) else found[0]
