"""Attention of texts of one length: two batched products around an exponential.

Softmax comes as powers of two without their maximum subtracted, which is exact while the sums stay in range; the sums
are handed back, so that the caller can check them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from semascope.encoders.engine.products import batched_product, through_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator

# Rows of the matrix of scores that exist at once for one text: bounds memory for long texts.
_QUERY_ROWS = 512
# Where a token sees only those before it, fewer: what lies behind the last row of a block is not computed. A quarter of
# the text, within these bounds (``docs/performance.md``).
_CAUSAL_ROWS = (64, 256)
# Sums of exponentials outside these bounds may have lost digits: powers of two end at 2 ** 127. MiniLM reaches 2 ** 113.
_SAFE_SUMS = (2.0**-100, 2.0**120)
ONE = 1 / math.log2(math.e)
"""Scale that leaves the queries as they are: for those whose weights hold the scale and log2(e) already."""
# Scores in float32 that exist at once: two megabytes. Between the passes over them they stay in the cache; fewer cost
# calls.
_CACHED = 524_288


def sums_are_safe(sums: list[torch.Tensor]) -> bool:
    """Whether no sum of exponentials left the range in which the short form of softmax is exact."""
    if not sums:
        return True
    low, high = (float(bound) for bound in torch.aminmax(torch.cat(sums)))
    return _SAFE_SUMS[0] < low and high < _SAFE_SUMS[1]  # false for NaN as well


def attend_batched(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, out: torch.Tensor, count: int, *,
    scale: float, causal: bool, bias: torch.Tensor | None, hidden: torch.Tensor | None = None,
) -> Iterator[torch.Tensor]:  # fmt: skip
    """Fill ``out`` for ``count`` texts of one length; yields the sums of exponentials, flat.

    Parameters
    ----------
    query, key, value, out
        (count * length, heads, width), key and value with the key heads, as for ``attend``.
    count
        Texts, one after the other.
    scale, causal, bias
        As for ``attend``.
    hidden
        (count, length) which rows no other sees; None where all are seen.
    """
    tokens, heads, width = query.shape
    kept, length = key.shape[1], tokens // count
    shared = heads // kept  # query heads that share one key head
    batch = count * kept
    q = query.view(count, length, kept, shared, width).permute(0, 2, 3, 1, 4)  # (c, k, s, l, d)
    k = key.view(count, length, kept, width).transpose(1, 2)
    if through_numpy(key):  # its library is faster with keys laid column by column, and a copy is made anyway
        k = k.transpose(2, 3).reshape(batch, width, length)
    else:
        k = k.reshape(batch, length, width).transpose(1, 2)
    v = value.view(count, length, kept, width).transpose(1, 2).reshape(batch, length, width)
    filled = out.view(count, length, kept, shared, width).permute(0, 2, 3, 1, 4)
    unseen = None
    if hidden is not None:
        unseen = torch.zeros(hidden.shape, dtype=torch.float32).masked_fill_(hidden, float("-inf"))
        unseen = unseen[:, None].expand(count, kept, length).reshape(batch, 1, length)
    block = min(max(_CAUSAL_ROWS[0], length // 4), _CAUSAL_ROWS[1]) if causal else _QUERY_ROWS
    for first in range(0, length, block):
        last = min(first + block, length)
        seen = last if causal else length
        rows = q[:, :, :, first:last]
        if scale != ONE:  # log2(e) goes into the scale: powers of two cost less than powers of e
            rows = rows * (scale / ONE)
        rows = rows.reshape(batch, -1, width)
        added = None
        if bias is not None:
            added = (bias[:, first:last, :seen] / ONE).view(kept, -1, seen).repeat(count, 1, 1)
        if unseen is not None:
            added = unseen[:, :, :seen] if added is None else added + unseen[:, :, :seen]
        diagonal = first if causal else None
        found, sums = _weighted(rows, k[:, :, :seen], v[:, :seen], last - first, diagonal, added)
        shape = (count, kept, shared, last - first)
        torch.div(found.view(*shape, width), sums.view(*shape, 1), out=filled[:, :, :, first:last])
        yield sums.view(-1)


def _weighted(
    rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, queries: int,
    diagonal: int | None, bias: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """(b, r, d) sums of the weighted values and (b, r, 1) sums of the weights.

    Parameters
    ----------
    rows, keys, values
        (b, r, d) scaled queries, (b, d, seen) and (b, seen, d).
    queries
        Of a head: r is a multiple of it.
    diagonal
        Keys that the first query sees beside itself, when later ones are hidden from it; None hides none.
    bias
        (b, r, seen) or (b, 1, seen), added to the scores.
    """
    batch, height = rows.shape[:2]
    # torch's own products do not gain: in bfloat16 a call of it costs more than the cache gives back.
    at_once = max(1, _CACHED // (height * keys.shape[2])) if through_numpy(rows) else batch
    if at_once >= batch:
        return _weighted_heads(rows, keys, values, queries, diagonal, bias)
    found, sums = torch.empty_like(rows), torch.empty((batch, height, 1))
    for first in range(0, batch, at_once):
        part = slice(first, first + at_once)
        found[part], sums[part] = _weighted_heads(
            rows[part], keys[part], values[part], queries, diagonal, None if bias is None else bias[part]
        )
    return found, sums


def _weighted_heads(
    rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, queries: int,
    diagonal: int | None, bias: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    scores = batched_product(rows, keys)
    if bias is not None:
        scores += bias
    scores.exp2_()
    if diagonal is not None:
        scores.view(len(scores), -1, queries, scores.shape[-1]).tril_(diagonal)
    sums = scores.sum(-1, keepdim=True)
    return batched_product(scores, values), sums
