"""Attention inside each text of a packed sequence: many texts, one after the other, no padding.

Texts of equal length that lie side by side are one run: two batched products around an exponential. Softmax comes as
powers of two without their maximum subtracted, which is exact while the sums stay in range; the sums are kept, so that
the caller can check them and compute again in the safe form. On a GPU it is torch's attention for packed sequences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import torch

from semascope.encoders.engine.products import batched_product, through_numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

# Rows of the matrix of scores that exist at once for one text: bounds memory for long texts.
_QUERY_ROWS = 512
# Sums of exponentials outside these bounds may have lost digits: powers of two end at 2 ** 127. MiniLM reaches 2 ** 113.
_SAFE_SUMS = (2.0**-100, 2.0**120)
ONE = 1 / math.log2(math.e)
"""Scale that leaves the queries as they are: for those whose weights hold the scale and log2(e) already."""
# Scores in float32 that exist at once: two megabytes. Between the passes over them they stay in the cache; fewer cost
# calls.
_CACHED = 524_288


@dataclass(slots=True)
class Layout:
    """Where each text lies in a packed sequence."""

    lengths: tuple[int, ...]  # of the texts, in order
    runs: tuple[tuple[int, int, int], ...]  # (first token, texts, length): neighbours of equal length
    ends: torch.Tensor | None = None  # (n + 1,) int32 on a GPU: 0 and the end of each text
    safe: bool = False  # softmax with its maximum subtracted
    sums: list[torch.Tensor] = field(
        default_factory=list
    )  # smallest and largest sum of exponentials of each step

    def sums_are_safe(self) -> bool:
        """Whether no sum of exponentials left the range in which the short form of softmax is exact."""
        if not self.sums:
            return True
        low, high = (float(bound) for bound in torch.aminmax(torch.cat(self.sums)))
        return _SAFE_SUMS[0] < low and high < _SAFE_SUMS[1]  # false for NaN as well


def lay_out(sequences: Sequence[Sequence[int]], *, on_gpu: bool = False) -> Layout:
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
    return Layout(lengths=lengths, runs=tuple(runs), ends=ends)


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
    for start, count, length in layout.runs:
        part = slice(start, start + count * length)
        _attend_run(
            query[part], key[part], value[part], out[part], count,
            layout=layout, scale=scale, causal=causal, bias=bias,
        )  # fmt: skip
    return out


def _attend_on_gpu(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ends: torch.Tensor, longest: int, *, scale: float, causal: bool
) -> torch.Tensor:  # fmt: skip
    from torch.nn.attention.varlen import varlen_attn

    found = varlen_attn(
        query.contiguous(), key.contiguous(), value.contiguous(), ends, ends, longest, longest,
        scale=scale, window_size=(-1, 0) if causal else (-1, -1), enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    return found if isinstance(found, torch.Tensor) else found[0]


def _attend_run(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, out: torch.Tensor, count: int, *,
    layout: Layout, scale: float, causal: bool, bias: torch.Tensor | None,
) -> None:  # fmt: skip
    """Fill ``out`` for ``count`` texts of one length; all (count * length, heads, width)."""
    tokens, heads, width = query.shape
    kept, length = key.shape[1], tokens // count
    shared = heads // kept  # query heads that share one key head
    batch = count * kept
    q = query.view(count, length, kept, shared, width).permute(0, 2, 3, 1, 4)  # (c, k, s, l, d)
    k = key.view(count, length, kept, width).transpose(1, 2)
    if through_numpy(
        key
    ):  # its library is faster with keys that lie column by column, and a copy is made anyway
        k = k.transpose(2, 3).reshape(batch, width, length)
    else:
        k = k.reshape(batch, length, width).transpose(1, 2)
    v = value.view(count, length, kept, width).transpose(1, 2).reshape(batch, length, width)
    filled = out.view(count, length, kept, shared, width).permute(0, 2, 3, 1, 4)
    for first in range(0, length, _QUERY_ROWS):
        last = min(first + _QUERY_ROWS, length)
        seen = last if causal else length
        # log2(e) goes into the scale: powers of two cost less than powers of e.
        rows = q[:, :, :, first:last]
        if scale != ONE:
            rows = rows * (scale * math.log2(math.e))
        rows = rows.reshape(batch, -1, width)
        step = _Step(layout=layout, rows=last - first, first=first, causal=causal)
        if bias is not None:
            step.bias = (
                (bias[:, first:last, :seen] * math.log2(math.e)).view(kept, -1, seen).repeat(count, 1, 1)
            )
        found, sums = _weighted(rows, k[:, :, :seen], v[:, :seen], step)
        shape = (count, kept, shared, last - first)
        torch.div(found.view(*shape, width), sums.view(*shape, 1), out=filled[:, :, :, first:last])


@dataclass(slots=True)
class _Step:
    """A block of queries against the keys that they see."""

    layout: Layout
    rows: int  # queries of a head
    first: int  # place in the text of the first one
    causal: bool
    bias: torch.Tensor | None = None  # (b, s * rows, seen)

    def weigh(self, scores: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """Powers of two of the scores in their place, and their sums: (b, s * rows, seen) -> (b, s * rows, 1)."""
        if bias is not None:
            scores += bias
        by_head = scores.view(len(scores), -1, self.rows, scores.shape[-1])
        if self.layout.safe:
            if self.causal:
                later = torch.ones(by_head.shape[-2:], dtype=torch.bool, device=scores.device)
                by_head.masked_fill_(later.triu_(self.first + 1), -math.inf)
            scores.sub_(scores.amax(-1, keepdim=True))
        by_head.exp2_()
        if self.causal:
            by_head.tril_(self.first)
        sums = scores.sum(-1, keepdim=True)
        self.layout.sums.append(sums.view(-1))
        return sums


def _weighted(
    rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, step: _Step
) -> tuple[torch.Tensor, torch.Tensor]:
    """(b, r, d) sums of the weighted values and (b, r, 1) sums of the weights.

    Parameters
    ----------
    rows, keys, values
        (b, r, d) scaled queries, (b, d, seen) and (b, seen, d).
    step
        What is masked and added.
    """
    batch, queries = rows.shape[:2]
    # torch's own products do not gain: in bfloat16 a call of it costs more than the cache gives back.
    at_once = max(1, _CACHED // (queries * keys.shape[2])) if through_numpy(rows) else batch
    if at_once >= batch:
        return _weighted_heads(rows, keys, values, step, step.bias)
    found, sums = torch.empty_like(rows), torch.empty((batch, queries, 1))
    for first in range(0, batch, at_once):
        part = slice(first, first + at_once)
        bias = None if step.bias is None else step.bias[part]
        found[part], sums[part] = _weighted_heads(rows[part], keys[part], values[part], step, bias)
    return found, sums


def _weighted_heads(
    rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, step: _Step, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    scores = batched_product(rows, keys)
    sums = step.weigh(scores, bias)
    return batched_product(scores, values), sums
