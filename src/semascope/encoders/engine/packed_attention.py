"""Attention inside each text of a packed sequence: many texts, one after the other, no padding.

Texts of like length that lie side by side are one run, the shorter ones filled up: for short texts a call costs more than the
rows that it computes for nothing. On a processor there are two forms: batched products around an
exponential (``batched_attention``) and torch's own attention; which is faster depends on the length and the processor
and is measured (``attention_form``). On a GPU it is torch's attention for packed sequences.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from semascope.encoders.engine.batched_attention import attend_batched, sums_are_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEVER = sys.maxsize
"""A length that no text has."""


_FILLED = 1_500
"""Scores of a head that may be computed for nothing, so that a text joins a run of longer ones: they cost as much as a run of
its own, at some 400 entries a token (``docs/performance.md``)."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Neighbours of like length."""

    start: int  # first token
    lengths: tuple[int, ...]  # of the texts, falling or rising
    length: int  # of the longest, which the others are filled up to
    rows: torch.Tensor | None = (
        None  # (texts * length,) where each row lies behind ``start``; None where none is filled up
    )
    filled: torch.Tensor | None = None  # (texts, length) which rows are none of a text's

    @property
    def tokens(self) -> slice:
        """Where the run lies."""
        return slice(self.start, self.start + sum(self.lengths))


@dataclass(slots=True)
class Layout:
    """Where each text lies in a packed sequence, and how it is attended to."""

    lengths: tuple[int, ...]  # of the texts, in order
    runs: tuple[Run, ...]
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
    ends = None
    if on_gpu:
        ends = torch.tensor((0, *lengths), dtype=torch.int32).cumsum(0, dtype=torch.int32).cuda()
    return Layout(
        lengths=lengths,
        runs=tuple(_runs(lengths, filled=0 if on_gpu else _FILLED)),
        ends=ends,
        own_from=own_from,
    )


def _runs(lengths: Sequence[int], *, filled: int) -> Iterator[Run]:
    """Neighbours that are computed together."""
    start = first = 0
    for place in range(1, len(lengths) + 1):
        if place < len(lengths) and _join(lengths[first:place], lengths[place], filled):
            continue
        members = tuple(lengths[first:place])
        yield _run(start, members)
        start, first = start + sum(members), place


def _join(members: Sequence[int], length: int, filled: int) -> bool:
    """Whether a text goes with these before it."""
    longest, shortest = max(*members, length), min(*members, length)
    return longest**2 - shortest**2 <= filled


def _run(start: int, lengths: tuple[int, ...]) -> Run:
    longest = max(lengths)
    if min(lengths) == longest:
        return Run(start, lengths, longest)
    each = torch.tensor(lengths)
    place = torch.arange(longest)
    begins = each.cumsum(0) - each
    # A filled row repeats the text's last one: finite numbers, which nobody sees.
    rows = begins[:, None] + torch.minimum(place, each[:, None] - 1)
    return Run(start, lengths, longest, rows.view(-1), place >= each[:, None])


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
    for run in layout.runs:
        q, k, v, filled = query[run.tokens], key[run.tokens], value[run.tokens], out[run.tokens]
        if run.rows is not None:
            q, k, v = (rows.index_select(0, run.rows) for rows in (q, k, v))
            filled = torch.empty_like(q)
        # Where a token sees only those before it, it sees no filled row, as those come last.
        hidden, count = None if causal else run.filled, len(run.lengths)
        if run.length >= layout.own_from:
            _attend_with_torch(q, k, v, filled, count, scale=scale, causal=causal, bias=bias, hidden=hidden)
        else:
            layout.sums.extend(
                attend_batched(q, k, v, filled, count, scale=scale, causal=causal, bias=bias, hidden=hidden)
            )
        if run.filled is not None:
            out[run.tokens] = filled[~run.filled.view(-1)]
    return out


def _attend_with_torch(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, out: torch.Tensor, count: int, *,
    scale: float, causal: bool, bias: torch.Tensor | None, hidden: torch.Tensor | None,
) -> None:  # fmt: skip
    """Fill ``out`` for ``count`` texts of one length; heads are read where they lie. Parameters as of ``attend_batched``."""
    length = len(query) // count
    q, k, v = (rows.view(count, length, *rows.shape[1:]).transpose(1, 2) for rows in (query, key, value))
    mask = None
    if bias is not None:
        mask = bias[:, :length, :length].unsqueeze(0).to(query.dtype)
        if causal:
            later = torch.ones((length, length), dtype=torch.bool, device=mask.device).triu_(1)
            mask = mask.masked_fill(later, float("-inf"))
    if hidden is not None:
        unseen = torch.zeros(hidden.shape, dtype=query.dtype).masked_fill_(hidden, float("-inf"))
        mask = unseen[:, None, None] if mask is None else mask + unseen[:, None, None]
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
