"""The plain path: rows padded to the longest of their group, through transformers as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch


class PlainPath:
    """Token vectors by the network as transformers loads it.

    Parameters
    ----------
    network
        A transformers model in evaluation mode.
    padding
        Token id that fills padded positions; they are masked.
    """

    name = "plain"
    # Tokens, padding included, that go through at once: beyond this a core gains nothing and page-faults.
    cpu_tokens = 1_024

    def __init__(self, network: Any, *, padding: int) -> None:
        self._network = network
        self._padding = padding

    def states(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """(t, d) vectors of all tokens, one sequence after the other."""
        import torch

        longest = max(map(len, sequences))
        ids = torch.full((len(sequences), longest), self._padding, dtype=torch.long)
        mask = torch.zeros((len(sequences), longest), dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence, dtype=torch.long)
            mask[row, : len(sequence)] = 1
        device = self._network.device
        found = self._network(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
        states: torch.Tensor = found[mask.to(device).bool()]
        return states
