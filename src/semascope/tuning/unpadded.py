"""Training without padding: all tokens of a part are one row of transformers' own modules, and attention stays inside each text.

The packed engine (``encoders/engine/packed.py``) computes with layers of its own, in place and without a graph. Here the
modules stay what they are, with the adapters and the dropout that were put into them: only their attention is ours.
"""

from __future__ import annotations

import functools
import threading
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

import torch

from semascope.encoders.engine.plain import PlainPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NAME = "semascope_unpadded"
_of_thread = threading.local()  # parts of a batch are computed in several threads at once

_OFFSET_POSITIONS = ("roberta", "xlm-roberta")  # they start after the padding index and skip padding tokens
_ENCODERS = ("bert", "distilbert", "electra", *_OFFSET_POSITIONS)
_DECODERS = ("llama", "mistral", "qwen2", "qwen3")
ARCHITECTURES = (*_ENCODERS, *_DECODERS)
"""``model_type`` of the networks whose rows and gradients are held against the plain path in tests; others take that path."""

_PRODUCTS_UP_TO = 512
"""Tokens of a text up to which attention in bfloat16 is two products around a softmax: the backward pass of torch's own takes
up to ten times as long for short texts (``docs/performance.md``). Longer ones would keep too large a matrix of pairs."""


class UnpaddedPath:
    """Token vectors with a graph, no token of padding among them.

    Parameters
    ----------
    network
        A transformers model for which ``unfit`` finds nothing. Its attention becomes ours, which is torch's as before
        where the network is called in another way.
    """

    name = "unpadded"

    def __init__(self, network: Any) -> None:
        _register()
        network.set_attn_implementation(_NAME)
        self._network = network
        config = network.config
        offset = config.model_type in _OFFSET_POSITIONS
        self._padding: int | None = config.pad_token_id if offset else None

    def states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) vectors of all tokens, one sequence after the other."""
        device = self._network.device
        ids = torch.tensor([[token for sequence in sequences for token in sequence]]).to(device)
        positions = torch.cat([self._positions(sequence) for sequence in sequences]).unsqueeze(0).to(device)
        with _within(_runs(sequences)):
            found = self._network(input_ids=ids, position_ids=positions).last_hidden_state
        states: torch.Tensor = found[0]
        return states

    def _positions(self, sequence: Sequence[int]) -> torch.Tensor:
        if self._padding is None:
            return torch.arange(len(sequence))
        real = torch.tensor(sequence).ne(self._padding).long()
        return real.cumsum(0) * real + self._padding


def unpadded_or_plain(network: Any, *, padding: int, longest: int) -> UnpaddedPath | PlainPath:
    """The path that training takes: without padding where that is known to give the same rows and gradients.

    Parameters
    ----------
    network
        As transformers loads it, adapters and dropout put in.
    padding
        Token id that fills padded positions, where there are any.
    longest
        Tokens that a text has at most.
    """
    return PlainPath(network, padding=padding) if unfit(network, longest=longest) else UnpaddedPath(network)


def unfit(network: Any, *, longest: int) -> str:
    """Why a transformers model cannot be trained without padding on texts of up to ``longest`` tokens; "" when it can."""
    config = network.config
    if config.model_type not in ARCHITECTURES:
        return f"architecture {config.model_type!r} is not held against the plain path"
    if not type(network).__module__.startswith("transformers."):
        # It may go by the name of a known architecture and attend otherwise.
        return "its code comes with the checkpoint"
    if network.device.type != "cpu":
        return "it is on a GPU, where a call for each length costs more than padding does"
    if config._attn_implementation not in ("sdpa", _NAME):
        return f"its attention is {config._attn_implementation!r}; what is replaced is torch's"
    if config.model_type in _ENCODERS:
        return _unfit_encoder(config)
    return _unfit_decoder(config, longest=longest)


def _unfit_encoder(config: Any) -> str:
    positions = getattr(config, "position_embedding_type", "absolute")
    if getattr(config, "is_decoder", False):
        return "it is configured as a decoder"
    if positions not in (None, "absolute"):
        return f"its positions are {positions!r}; absolute ones are known"
    return ""


def _unfit_decoder(config: Any, *, longest: int) -> str:
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if not getattr(config, "is_causal", True):
        return "its tokens see later ones (is_causal is false)"
    if kinds:
        return f"it has layers of {', '.join(sorted(kinds))}"
    if window is not None and window < longest:
        return f"it attends in windows of {window:,} tokens, and texts have up to {longest:,}"
    return ""


Runs = tuple[tuple[int, int], ...]
"""(texts, length) of neighbours of equal length."""


def _runs(sequences: Sequence[Sequence[int]]) -> Runs:
    return tuple((sum(1 for _ in members), length) for length, members in groupby(map(len, sequences)))


@contextmanager
def _within(runs: Runs) -> Iterator[None]:
    """Let what this thread attends to stay inside these texts."""
    _of_thread.runs = runs
    try:
        yield
    finally:
        del _of_thread.runs


@functools.cache
def _register() -> None:
    """Make our attention, and that it needs no mask, known to transformers."""
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    AttentionInterface.register(_NAME, functools.partial(_attention, otherwise=sdpa_attention_forward))
    AttentionMaskInterface.register(_NAME, functools.partial(_mask, otherwise=sdpa_mask))


def _mask(*given: Any, otherwise: Callable[..., Any], **named: Any) -> Any:
    return otherwise(*given, **named) if getattr(_of_thread, "runs", None) is None else None


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    *,
    otherwise: Callable[..., Any],
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """(1, t, h, d) of (1, h, t, d) queries and keys and values with the key heads, as transformers asks for it."""
    runs: Runs | None = getattr(_of_thread, "runs", None)
    if runs is None:
        found: tuple[torch.Tensor, None] = otherwise(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, is_causal=is_causal, **more
        )  # fmt: skip
        return found
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    if torch.is_autocast_enabled(query.device.type):  # as for torch's own: positions are turned in float32
        query, key, value = (
            states.to(torch.get_autocast_dtype(query.device.type)) for states in (query, key, value)
        )
    # Cut in one go: the gradient of a cut is then one joint, where each slice would fill a whole row with zeros.
    sizes = [count * length for count, length in runs]
    cut = [torch.split_with_sizes(states[0].transpose(0, 1), sizes) for states in (query, key, value)]
    parts = []
    with torch.autocast(query.device.type, enabled=False):
        for (count, length), *of_run in zip(runs, *cut, strict=True):
            q, k, v = (states.unflatten(0, (count, length)).transpose(1, 2) for states in of_run)
            if dropout or length > _PRODUCTS_UP_TO or query.dtype != torch.bfloat16:
                attended = torch.nn.functional.scaled_dot_product_attention(
                    q, k, v, dropout_p=dropout, is_causal=causal, scale=scaling,
                    enable_gqa=q.shape[1] != k.shape[1],
                )  # fmt: skip
            else:
                attended = _by_products(q, k, v, scale=scaling or q.shape[-1] ** -0.5, causal=causal)
            parts.append(attended.transpose(1, 2).flatten(0, 1))
    return torch.cat(parts).unsqueeze(0), None


def _by_products(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, scale: float, causal: bool
) -> torch.Tensor:
    """(c, h, l, d) of (c, h, l, d) queries and (c, k, l, d) keys and values: two products around a softmax."""
    found: torch.Tensor = _Products.apply(query, key, value, scale, causal)  # type: ignore[no-untyped-call]
    return found


class _Products(torch.autograd.Function):
    """The matrix of weights is made again on the way back: kept, it would be a quarter of all that a graph holds."""

    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, causal: bool
    ) -> torch.Tensor:
        ctx.save_for_backward(query, key, value)
        ctx.scale, ctx.causal = scale, causal
        q, k, v = _by_key_head(query, key, value)
        return (_weights(q * scale, k, causal=causal) @ v).view(query.shape)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value = ctx.saved_tensors
        q, k, v = _by_key_head(query, key, value)
        q = q * ctx.scale
        weights = _weights(q, k, causal=ctx.causal)
        at_rows = gradient.reshape(q.shape)
        at_weights = at_rows @ v.transpose(1, 2)
        at_scores = torch.ops.aten._softmax_backward_data(at_weights, weights, -1, weights.dtype)
        return (
            (at_scores @ k).mul_(ctx.scale).view(query.shape),
            (at_scores.transpose(1, 2) @ q).view(key.shape),
            (weights.transpose(1, 2) @ at_rows).view(value.shape),
            None,
            None,
        )


def _by_key_head(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """(c * k, h / k * l, d) queries, those of all heads that share a key head together, and (c * k, l, d) keys and values."""
    count, kept, length, width = key.shape
    shapes = ((count * kept, -1, width), *[(count * kept, length, width)] * 2)
    return tuple(states.reshape(shape) for states, shape in zip((query, key, value), shapes, strict=True))


def _weights(query: torch.Tensor, key: torch.Tensor, *, causal: bool) -> torch.Tensor:
    """(b, r, l) softmax of (b, r, d) scaled queries by (b, l, d) keys; r is a multiple of l."""
    scores, length = query @ key.transpose(1, 2), key.shape[1]
    if causal:
        later = torch.full((length, length), -torch.inf, dtype=scores.dtype, device=scores.device).triu_(1)
        scores.view(len(scores), -1, length, length).add_(later)
    return torch.softmax(scores, dim=-1)
