"""The network that is tuned: a checkpoint's own, its pooling, rows of unit length as everywhere, and one linear head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from semascope.encoders.engine.pooling import pool
from semascope.tuning.unpadded import unpadded_or_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats


class TextNetwork(torch.nn.Module):
    """Token ids to numbers or logits.

    Parameters
    ----------
    network
        As transformers loads it, in float32.
    pooling, padding
        Of the checkpoint, and of its tokenizer.
    width, outputs
        Of a row, and of the answer.
    longest
        Tokens that a text has at most.

    Attributes
    ----------
    padded
        Whether texts that go through together take the room of the longest.
    """

    def __init__(
        self, network: Any, *, pooling: str, padding: int, width: int, outputs: int, longest: int
    ) -> None:
        super().__init__()
        self.network = network
        self.head = torch.nn.Linear(width, outputs)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)
        self.head.to(network.device)
        self._path, self._pooling = unpadded_or_plain(network, padding=padding, longest=longest), pooling
        self.padded = self._path.name == "plain"

    def forward(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(n, outputs) float32 of n token sequences."""
        rows = self.rows(sequences)
        with torch.autocast(rows.device.type, enabled=False):
            found: torch.Tensor = self.head(rows)
        return found

    def rows(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(n, width) float32 of unit length: what the encoder made of this network gives."""
        states = self._path.states(sequences)
        lengths = torch.tensor([len(ids) for ids in sequences], device=states.device)
        with torch.autocast(states.device.type, enabled=False):
            return torch.nn.functional.normalize(pool(states, lengths, self._pooling), dim=1)

    def start_head(self, slopes: Floats, intercepts: Floats) -> None:
        """Begin with the answers of a linear model on the rows of the untrained network, (outputs, width) slopes."""
        with torch.no_grad():
            self.head.weight.copy_(torch.as_tensor(slopes, dtype=torch.float32))
            self.head.bias.copy_(torch.as_tensor(intercepts, dtype=torch.float32))

    def head_values(self) -> tuple[Array, Array]:
        """(outputs, width) slopes and (outputs,) intercepts as they are now."""
        return self.head.weight.detach().cpu().numpy().copy(), self.head.bias.detach().cpu().numpy().copy()

    def trained(self) -> dict[str, torch.nn.Parameter]:
        """What training changes, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}
