"""The packed path: no padding. The tokens of a group are one long sequence; attention stays inside each text.

The network is the one that transformers loads. Its attention is a function registered with transformers
(``AttentionInterface``), which gets the layout of the packed sequence as a keyword of the call; positions start again
at each text. On a processor attention runs per run of texts of equal length, as two batched products around an
exponential, and linear layers are prepacked (``prepacked``). On a GPU it is torch's attention for packed sequences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import torch

from semascope.encoders.prepacked import prepack, prepacking_works

if TYPE_CHECKING:
    from collections.abc import Sequence

ARCHITECTURES = ("bert", "roberta", "xlm-roberta", "qwen2", "qwen3")
"""``model_type`` of the networks that are held against the plain path in tests; others take the plain path."""

_NAME = "semascope_packed"
_OFFSET_POSITIONS = (
    "roberta",
    "xlm-roberta",
)  # positions start after the padding index and skip padding tokens
# Rows of the matrix of scores that exist at once for one text: bounds memory for long texts.
_QUERY_ROWS = 512
# Sums of exponentials outside these bounds may have lost digits: exp2 without its maximum ends at 2 ** 127.
_SAFE_SUMS = (2.0**-100, 2.0**100)


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
        bounds = torch.stack(self.sums).float()
        low, high = bounds[:, 0].min().item(), bounds[:, 1].max().item()
        return _SAFE_SUMS[0] < low and high < _SAFE_SUMS[1]  # false for NaN as well


class PackedPath:
    """Token vectors by the network with packed attention.

    Parameters
    ----------
    network
        A transformers model in evaluation mode, of one of ``ARCHITECTURES``. It is changed: its attention is set to
        the packed one, and on a processor its linear layers are prepacked where that works.
    """

    name = "packed"
    # Tokens that go through at once: a core gains nothing beyond, and larger intermediate results page-fault.
    cpu_tokens = 1_024

    def __init__(self, network: Any) -> None:
        _register()
        network.set_attn_implementation(_NAME)
        self._network = network
        self.prepacked = 0
        precision = str(network.dtype).removeprefix("torch.")
        if network.device.type == "cpu" and prepacking_works(precision):
            self.prepacked = prepack(network)

    def states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) vectors of all tokens, one sequence after the other."""
        layout = _lay_out(sequences, self._network.device)
        ids = torch.tensor([token for sequence in sequences for token in sequence])
        positions = self._positions(sequences)
        states = self._forward(ids, positions, layout)
        if not layout.sums_are_safe():
            layout.safe = True
            states = self._forward(ids, positions, layout)
        return states

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, layout: Layout) -> torch.Tensor:
        device = self._network.device
        extra = {"use_cache": False} if self._network.config.model_type.startswith("qwen") else {}
        output = self._network(
            input_ids=ids.unsqueeze(0).to(device),
            position_ids=positions.unsqueeze(0).to(device),
            packed_layout=layout,
            **extra,
        )
        states: torch.Tensor = output.last_hidden_state[0]
        return states

    def _positions(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        config = self._network.config
        if config.model_type not in _OFFSET_POSITIONS:
            return torch.cat([torch.arange(len(sequence)) for sequence in sequences])
        parts = []
        for sequence in sequences:
            real = torch.tensor(sequence).ne(config.pad_token_id).long()
            parts.append(real.cumsum(0) * real + config.pad_token_id)
        return torch.cat(parts)


def packs(config: Any) -> bool:
    """Whether a network of this transformers configuration runs packed."""
    config = config.get_text_config()
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type in ARCHITECTURES
        and not getattr(config, "is_decoder", False)
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
        and rope.get("rope_type", "default") == "default"
        and all(kind == "full_attention" for kind in getattr(config, "layer_types", None) or ())
    )


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(_NAME, attend)
    AttentionMaskInterface.register(_NAME, _no_mask)


def _no_mask(*_: Any, **__: Any) -> None:
    """No mask: texts are kept apart by the layout."""


def _lay_out(sequences: Sequence[Sequence[int]], device: torch.device) -> Layout:
    lengths = tuple(map(len, sequences))
    runs, start = [], 0
    for length, members in groupby(lengths):
        count = sum(1 for _ in members)
        runs.append((start, count, length))
        start += count * length
    ends = None
    if device.type == "cuda":
        ends = torch.tensor((0, *lengths), dtype=torch.int32).cumsum(0, dtype=torch.int32).to(device)
    return Layout(lengths=lengths, runs=tuple(runs), ends=ends)


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    packed_layout: Layout,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention inside each text of a packed sequence, in the shape that transformers asks for.

    Parameters
    ----------
    module
        The attention layer; ``is_causal`` is read from it.
    query, key, value
        (1, h, t, d), (1, k, t, d) and (1, k, t, d); h is a multiple of k.
    packed_layout
        Where each text lies.
    scaling
        Factor of the scores; None takes 1 / sqrt(d).

    Returns
    -------
    tuple
        (1, t, h, d), and None for the weights, which are not kept.
    """
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    causal = bool(getattr(module, "is_causal", False))
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))  # (t, heads, d)
    if packed_layout.ends is not None and q.dtype in (torch.bfloat16, torch.float16):
        longest = max(packed_layout.lengths)
        return _attend_on_gpu(q, k, v, packed_layout.ends, longest, scale=scale, causal=causal).unsqueeze(
            0
        ), None
    out = torch.empty_like(q, memory_format=torch.contiguous_format)
    for start, count, length in packed_layout.runs:
        part = slice(start, start + count * length)
        out[part] = _attend_run(
            q[part], k[part], v[part], count, layout=packed_layout, scale=scale, causal=causal
        )
    return out.unsqueeze(0), None


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
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, count: int, *, layout: Layout, scale: float, causal: bool
) -> torch.Tensor:  # fmt: skip
    """(count * length, h, d) for ``count`` texts of one length."""
    tokens, heads, width = query.shape
    kept, length = key.shape[1], tokens // count
    shared = heads // kept  # query heads that share one key head
    # log2(e) goes into the scale because exp2 is cheaper than exp; scaling is the copy that the product needs anyway.
    q = query.view(count, length, kept, shared, width).permute(0, 2, 3, 1, 4)  # (c, k, s, l, d)
    k = key.view(count, length, kept, width).permute(0, 2, 3, 1).reshape(count * kept, width, length)
    v = value.view(count, length, kept, width).transpose(1, 2).reshape(count * kept, length, width)
    out = torch.empty((count, length, kept, shared, width), dtype=query.dtype, device=query.device)
    for first in range(0, length, _QUERY_ROWS):
        last = min(first + _QUERY_ROWS, length)
        seen = last if causal else length
        rows = (q[:, :, :, first:last] * (scale * math.log2(math.e))).reshape(count * kept, -1, width)
        scores = torch.bmm(rows, k[:, :, :seen])  # (c * k, s * rows, seen)
        weights, sums = _weights(scores, layout=layout, rows=last - first, first=first, causal=causal)
        found = torch.bmm(weights, v[:, :seen])
        if sums is not None:
            found = found.div_(sums)
        out[:, first:last] = found.view(count, kept, shared, last - first, width).permute(0, 3, 1, 2, 4)
    return out.view(tokens, heads, width)


def _weights(
    scores: torch.Tensor, *, layout: Layout, rows: int, first: int, causal: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weights of the values and their sums; None when the weights sum to one already."""
    batch, stacked, seen = scores.shape
    by_head = scores.view(batch, stacked // rows, rows, seen)
    if layout.safe:
        logits = by_head.float() * math.log(2)
        if causal:
            later = torch.ones((rows, seen), dtype=torch.bool, device=scores.device).triu_(first + 1)
            logits = logits.masked_fill(later, -math.inf)
        return logits.softmax(-1).to(scores.dtype).view_as(scores), None
    by_head.exp2_()
    if causal:
        by_head.tril_(first)
    sums = scores.sum(-1, keepdim=True)
    layout.sums.append(torch.stack(torch.aminmax(sums)))
    return scores, sums
