"""The packed path: no padding. The tokens of a group are one long sequence; attention stays inside each text.

The network is the one that transformers loads. Where its layers are transformers' own modules (Qwen2, Qwen3), attention
is a function registered with transformers (``AttentionInterface``) that gets the layout as a keyword of the call, and
linear layers are swapped for prepacked ones. BERT's family has layers of our own over the same weights
(``bert_layers``), because that pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from semascope.encoders.engine import bert_layers
from semascope.encoders.engine.packed_attention import attend, lay_out
from semascope.encoders.engine.prepacked import prepack, prepacking_works
from semascope.encoders.engine.products import one_thread_a_product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.engine.packed_attention import Layout

ARCHITECTURES = (*bert_layers.ARCHITECTURES, "qwen2", "qwen3")
"""``model_type`` of the networks that are held against the plain path in tests; others take the plain path."""

_NAME = "semascope_packed"
_OFFSET_POSITIONS = (
    "roberta",
    "xlm-roberta",
    "mpnet",
)  # they start after the padding index and skip padding tokens
_REDONE_AT_MOST = 8
_NARROW = 512


class PackedPath:
    """Token vectors by the network with packed attention.

    Parameters
    ----------
    network
        A transformers model in evaluation mode, of one of ``ARCHITECTURES``. It is changed: its attention becomes the
        packed one, and on a processor its linear layers are prepacked where that works.
    """

    name = "packed"

    def __init__(self, network: Any) -> None:
        self._network = network
        # Tokens that go through at once: fewer cost calls, more page-fault once what lies between layers leaves the cache.
        self.cpu_tokens = 2_048 if network.config.hidden_size <= _NARROW else 1_024
        self._layers: bert_layers.BertLayers | None = None
        self._redone = 0
        self._always_safe = False
        if network.config.model_type in bert_layers.ARCHITECTURES:
            self._layers = bert_layers.BertLayers(network)
            self.prepacked = self._layers.prepacked
            return
        _register()
        network.set_attn_implementation(_NAME)
        precision = str(network.dtype).removeprefix("torch.")
        works = network.device.type == "cpu" and prepacking_works(precision)
        self.prepacked = prepack(network) if works else 0

    def states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) vectors of all tokens, one sequence after the other."""
        with one_thread_a_product():
            return self._states(sequences)

    def _states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        device = self._network.device
        layout = lay_out(sequences, on_gpu=device.type == "cuda")
        ids = torch.tensor([token for sequence in sequences for token in sequence]).to(device)
        positions = self._positions(sequences).to(device)
        layout.safe = self._always_safe
        states = self._forward(ids, positions, layout)
        if not layout.safe and not (layout.sums_are_safe() and bool(torch.isfinite(states.sum()))):
            self._redone += 1
            # A network whose scores are often this large would be computed twice: it stays with the safe form.
            self._always_safe = self._redone >= _REDONE_AT_MOST
            layout.safe = True
            states = self._forward(ids, positions, layout)
        return states

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, layout: Layout) -> torch.Tensor:
        ids, positions = ids.unsqueeze(0), positions.unsqueeze(0)
        if self._layers is not None:
            return self._layers(self._network.embeddings(ids, position_ids=positions)[0], layout)
        output = self._network(input_ids=ids, position_ids=positions, packed_layout=layout, use_cache=False)
        states: torch.Tensor = output.last_hidden_state[0]
        return states

    def _positions(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        config = self._network.config
        if config.model_type not in _OFFSET_POSITIONS:
            return torch.cat([torch.arange(len(sequence)) for sequence in sequences])
        # The embeddings' own: MPNet's is 1, whatever the configuration says.
        padding: int = self._network.embeddings.padding_idx
        parts = []
        for sequence in sequences:
            real = torch.tensor(sequence).ne(padding).long()
            parts.append(real.cumsum(0) * real + padding)
        return torch.cat(parts)


def unpackable(network: Any) -> str:
    """Why a transformers model cannot run packed; "" when it can."""
    config = network.config.get_text_config()
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    positions = getattr(config, "position_embedding_type", "absolute")
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if config.model_type not in ARCHITECTURES:
        return f"architecture {config.model_type!r} is not known to the packed engine"
    if not type(network).__module__.startswith("transformers."):
        # It may go by the name of a known architecture and attend otherwise.
        return "its code comes with the checkpoint"
    if config.model_type in bert_layers.ARCHITECTURES and config.hidden_act != "gelu":
        return f"its activation is {config.hidden_act!r}; the packed layers have gelu"
    if getattr(config, "is_decoder", False):
        return "it is configured as a decoder"
    if positions not in (None, "absolute"):
        return f"its positions are {positions!r}; the packed engine has absolute ones"
    if rope != "default":
        return f"its rotary positions are scaled ({rope!r})"
    return f"it has layers of {', '.join(sorted(kinds))}" if kinds else ""


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(_NAME, _attend_for_transformers)
    AttentionMaskInterface.register(_NAME, _no_mask)


def _no_mask(*_: Any, **__: Any) -> None:
    """No mask: texts are kept apart by the layout."""


def _attend_for_transformers(
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
    """Packed attention in the shapes of transformers: (1, heads, t, d) -> (1, t, heads, d), and no weights."""
    found = attend(
        query[0].transpose(0, 1),
        key[0].transpose(0, 1),
        value[0].transpose(0, 1),
        packed_layout,
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        causal=bool(module.is_causal),
    )
    return found.unsqueeze(0), None
