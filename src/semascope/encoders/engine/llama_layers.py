"""The layers of Llama's family over a packed sequence: Llama, Mistral, Qwen2, and Qwen3 with its norms of the heads.

They compute what transformers' modules compute, from the same weights, in fewer passes: query, key and value are one
product and turned in one go, the gate's activation comes with its product, norms keep to the precision of the states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from semascope.encoders.engine.attention_form import Heads
from semascope.encoders.engine.batched_attention import ONE
from semascope.encoders.engine.linear import joined, laid_out, precision_of, prepacked, taken_over
from semascope.encoders.engine.packed_attention import attend

if TYPE_CHECKING:
    from semascope.encoders.engine.packed_attention import Layout

ARCHITECTURES = ("llama", "mistral", "qwen2", "qwen3")


class LlamaLayers:
    """All layers of a network of Llama's family, the norm behind the last one included.

    Parameters
    ----------
    network
        A transformers model in evaluation mode whose ``config.model_type`` is one of ``ARCHITECTURES``. Its layers are
        taken over: their weights are laid out anew and the old ones let go.

    Attributes
    ----------
    heads
        Of every layer.
    prepacked
        Linear layers whose weights were laid out anew.
    """

    def __init__(self, network: Any) -> None:
        self._embed, self._rotary, self._norm = network.embed_tokens, network.rotary_emb, _Norm(network.norm)
        self._layers = taken_over(network.layers, _Layer)
        self.prepacked = sum(layer.prepacked for layer in self._layers)
        first = self._layers[0]
        self.heads = Heads(
            queries=first.heads,
            keys=first.kept,
            width=first.width,
            precision=precision_of(network),
            causal=True,
        )

    def __call__(self, ids: torch.Tensor, positions: torch.Tensor, layout: Layout) -> torch.Tensor:
        """(t,) token ids at their (t,) positions -> (t, d) token vectors."""
        states = self._embed(ids)
        turn = _Turn(*self._rotary(states, positions.unsqueeze(0)))
        for layer in self._layers:
            states = layer(states, turn, layout)
        return self._norm(states)


class _Layer:
    """One layer: a norm before attention and before the feed-forward part, each added to what came in."""

    def __init__(self, layer: Any) -> None:
        attention, gated = layer.self_attn, layer.mlp
        self.width: int = attention.head_dim
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        self.heads, self.kept = (part.out_features // self.width for part in parts[:2])
        # The queries come scaled out of their product, or out of their norm where they have one.
        scale = self.width**-0.5 / ONE
        self._of_heads = (
            _HeadNorms(attention, self.heads, self.kept, scale) if hasattr(attention, "q_norm") else None
        )
        self._project = laid_out(joined(parts, scales=(1 if self._of_heads else scale, 1, 1)))
        self._out = laid_out(attention.o_proj)
        self._gate, self._up = laid_out(gated.gate_proj, "swish"), laid_out(gated.up_proj)
        self._down = laid_out(gated.down_proj)
        self._norm, self._inner_norm = _Norm(layer.input_layernorm), _Norm(layer.post_attention_layernorm)

    @property
    def prepacked(self) -> int:
        """How many of the five products are prepacked."""
        return prepacked((self._project, self._out, self._gate, self._up, self._down))

    def __call__(self, states: torch.Tensor, turn: _Turn, layout: Layout) -> torch.Tensor:
        heads, kept = self.heads, self.kept
        projected = self._project(self._norm(states)).view(len(states), heads + 2 * kept, self.width)
        turned = projected[:, : heads + kept]
        if self._of_heads is not None:
            turned = self._of_heads(turned)
        turned = turn(turned)
        value = projected[:, heads + kept :]
        attended = attend(turned[:, :heads], turned[:, heads:], value, layout, scale=ONE, causal=True)
        states = self._out(attended.view(len(states), -1)).add_(states)
        inner = self._inner_norm(states)
        whole: torch.Tensor = self._down(self._gate(inner).mul_(self._up(inner))).add_(states)
        return whole


class _Turn:
    """Rotary positions: each half of a head turned with the other, as transformers lays them.

    Parameters
    ----------
    cosines, sines
        (1, t, d) for heads d wide; their halves are equal.
    """

    def __init__(self, cosines: torch.Tensor, sines: torch.Tensor) -> None:
        self._cosines = cosines[0].unsqueeze(1)
        self._sines = sines[0, :, : sines.shape[-1] // 2].unsqueeze(1).contiguous()

    def __call__(self, heads: torch.Tensor) -> torch.Tensor:
        """(t, h, d) -> (t, h, d), in a new place."""
        half = heads.shape[-1] // 2
        turned = heads * self._cosines
        turned[..., :half].addcmul_(heads[..., half:], self._sines, value=-1)
        turned[..., half:].addcmul_(heads[..., :half], self._sines)
        return turned


class _Norm:
    """Root mean square norm."""

    def __init__(self, norm: Any) -> None:
        self._weight, self._epsilon = norm.weight.detach(), norm.variance_epsilon

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        # Without the weight torch computes it in one pass, in float32 inside; with it in several.
        return nn.functional.rms_norm(states, self._weight.shape, None, self._epsilon).mul_(self._weight)


class _HeadNorms:
    """Qwen3's norms of each head of the queries and keys; the queries come out scaled."""

    def __init__(self, attention: Any, heads: int, kept: int, scale: float) -> None:
        of_queries, of_keys = attention.q_norm, attention.k_norm
        self._epsilon = of_queries.variance_epsilon
        self._weight = torch.cat(
            [(of_queries.weight * scale).expand(heads, -1), of_keys.weight.expand(kept, -1)]
        ).detach()

    def __call__(self, heads: torch.Tensor) -> torch.Tensor:
        """(t, h, d) queries and keys -> the same, normed."""
        return nn.functional.rms_norm(heads, self._weight.shape[-1:], None, self._epsilon).mul_(self._weight)
