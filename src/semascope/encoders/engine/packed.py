"""The packed path: no padding. The tokens of a group are one long sequence; attention stays inside each text.

Weights, embeddings and configuration are those of the network that transformers loads; its layers are our own over the
same weights (``bert_layers``, ``llama_layers``), in fewer passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from semascope.encoders.engine import bert_layers, llama_layers
from semascope.encoders.engine.attention_form import measured
from semascope.encoders.engine.packed_attention import NEVER, lay_out
from semascope.encoders.engine.products import one_thread_a_product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.engine.attention_form import Choice
    from semascope.encoders.engine.packed_attention import Layout

ARCHITECTURES = (*bert_layers.ARCHITECTURES, *llama_layers.ARCHITECTURES)
"""``model_type`` of the networks that are held against the plain path in tests; others take the plain path."""

_OFFSET_POSITIONS = (
    "roberta",
    "xlm-roberta",
    "mpnet",
)  # they start after the padding index and skip padding tokens
# Rotary positions whose angles do not follow the longest text of a group.
_FIXED_ROTARY = ("default", "linear", "llama3", "yarn")
_REDONE_AT_MOST = 8
_NARROW = 512
_STEPS, _LAST_STEP = ((32, 2), (64, 4), (256, 16), (1_024, 32), (4_096, 64)), 256


class PackedPath:
    """Token vectors by the network with packed attention.

    Parameters
    ----------
    network
        A transformers model in evaluation mode, of one of ``ARCHITECTURES``. Its layers are taken over: on a processor
        their weights are laid out anew where that works.
    longest
        Tokens that a text has at most.

    Attributes
    ----------
    prepacked
        Linear layers whose weights were laid out anew.
    attention
        Which form of attention was found to be faster; None on a GPU, which has one of its own.
    own_from
        Tokens from which a text takes torch's own attention.
    """

    name = "packed"

    def __init__(self, network: Any, *, longest: int) -> None:
        self._network = network
        # Tokens that go through at once: fewer cost calls, more page-fault once what lies between layers leaves the cache.
        self.cpu_tokens = 2_048 if network.config.hidden_size <= _NARROW else 1_024
        self._redone = 0
        of_bert = network.config.model_type in bert_layers.ARCHITECTURES
        self._layers: Any = bert_layers.BertLayers(network) if of_bert else llama_layers.LlamaLayers(network)
        self.prepacked: int = self._layers.prepacked
        on_cpu = network.device.type == "cpu"
        self.attention: Choice | None = measured(self._layers.heads, longest=longest) if on_cpu else None
        self.own_from = NEVER if self.attention is None else self.attention.own_from

    def states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) vectors of all tokens, one sequence after the other."""
        with one_thread_a_product():
            return self._states(sequences)

    def _states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        device = self._network.device
        layout = lay_out(sequences, on_gpu=device.type == "cuda", own_from=self.own_from)
        ids = torch.tensor([token for sequence in sequences for token in sequence]).to(device)
        positions = self._positions(sequences).to(device)
        states = self._forward(ids, positions, layout)
        if layout.own_from and not (layout.sums_are_safe() and bool(torch.isfinite(states.sum()))):
            self._redone += 1
            if self._redone >= _REDONE_AT_MOST:
                # A network whose scores are often this large would be computed twice: torch's form is safe for them.
                self.own_from = 0
            layout.own_from = 0
            states = self._forward(ids, positions, layout)
        return states

    def _forward(self, ids: torch.Tensor, positions: torch.Tensor, layout: Layout) -> torch.Tensor:
        tokens = len(ids)
        more = 0 if ids.device.type != "cpu" else padded_rows(tokens) - tokens
        if more:
            ids, positions = (torch.nn.functional.pad(each, (0, more)) for each in (ids, positions))
        states: torch.Tensor = self._layers(ids, positions, layout)
        return states[:tokens]

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


def padded_rows(tokens: int) -> int:
    """Rows that products are computed of for so many tokens: few numbers of them, because each is prepared for anew.

    oneDNN makes a kernel for every shape that it meets and keeps it: 5 ms a group of 400 tokens, and gigabytes for a service
    whose groups are all of different sizes (``docs/performance.md``).

    Examples
    --------
    >>> [padded_rows(tokens) for tokens in (3, 16, 17, 250, 400, 2_000, 5_000)]
    [4, 16, 18, 256, 416, 2048, 5120]
    """
    step = next((step for limit, step in _STEPS if tokens <= limit), _LAST_STEP)
    return -(-tokens // step) * step


def unpackable(network: Any, *, longest: int) -> str:
    """Why a transformers model cannot run packed on texts of up to ``longest`` tokens; "" when it can."""
    config = network.config.get_text_config()
    if config.model_type not in ARCHITECTURES:
        return f"architecture {config.model_type!r} is not known to the packed engine"
    if not type(network).__module__.startswith("transformers."):
        # It may go by the name of a known architecture and attend otherwise.
        return "its code comes with the checkpoint"
    if config.model_type in bert_layers.ARCHITECTURES:
        return _unpackable_bert(config)
    return _unpackable_decoder(config, longest=longest)


def _unpackable_bert(config: Any) -> str:
    positions = getattr(config, "position_embedding_type", "absolute")
    if config.hidden_act != "gelu":
        return f"its activation is {config.hidden_act!r}; the packed layers have gelu"
    if getattr(config, "is_decoder", False):
        return "it is configured as a decoder"
    if positions not in (None, "absolute"):
        return f"its positions are {positions!r}; the packed engine has absolute ones"
    return ""


def _unpackable_decoder(config: Any, *, longest: int) -> str:
    rotary = getattr(config, "rope_parameters", None) or {}
    kind = rotary.get("rope_type", "default")
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    window = getattr(config, "sliding_window", None)
    if config.hidden_act != "silu":
        return f"its activation is {config.hidden_act!r}; the packed layers have silu"
    if not getattr(config, "is_causal", True):
        return "its tokens see later ones (is_causal is false)"
    if kind not in _FIXED_ROTARY:
        return f"its rotary positions are scaled by the length ({kind!r})"
    if rotary.get("partial_rotary_factor") not in (None, 1, 1.0):
        return f"only a part of each head is turned ({rotary['partial_rotary_factor']})"
    if kinds:
        return f"it has layers of {', '.join(sorted(kinds))}"
    if window is not None and window < longest:
        return f"it attends in windows of {window:,} tokens, and texts have up to {longest:,}"
    return ""
