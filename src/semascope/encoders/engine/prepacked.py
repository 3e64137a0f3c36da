"""Linear layers whose weights are laid out once for the processor's matrix kernels.

torch multiplies float32 through a library that some processors are slow with, and lays bfloat16 weights out anew at
every call. oneDNN, which torch carries, takes weights in its own layout; that door is a private one
(``torch.ops.mkldnn``), so it is tried before it is trusted, and without it ``nn.Linear`` stays.
"""

from __future__ import annotations

import functools

import torch
from torch import nn

# The layout is chosen for a number of rows; it serves any other number too.
_ROWS = 1_024


class PrepackedLinear(nn.Module):
    """``nn.Linear`` over a prepacked weight, for computing only."""

    def __init__(self, linear: nn.Linear, activation: str = "none") -> None:
        super().__init__()
        self.activation = activation
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self._weight = _pack(linear.weight.detach())
        self._bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """(..., in) -> (..., out)."""
        return multiply(rows, self._weight, self._bias, self.activation)


@functools.cache
def prepacking_works(precision: str) -> bool:
    """Whether this torch on this processor multiplies prepacked weights, and rightly."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    dtype = getattr(torch, precision)
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn((48, 32), generator=generator).to(dtype)
    rows = torch.randn((5, 32), generator=generator).to(dtype)
    bias = torch.randn(48, generator=generator).to(dtype)
    try:
        found = multiply(rows, _pack(weight), bias)
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    expected = nn.functional.linear(rows.double(), weight.double(), bias.double())
    # Entries are of size 6: one rounding to bfloat16 moves them by up to 0.02, a wrong layout by as much as they are.
    return bool((found.double() - expected).abs().max() < (0.1 if precision == "bfloat16" else 1e-4))


def _pack(weight: torch.Tensor) -> torch.Tensor:
    packed: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _ROWS)
    return packed


def multiply(
    rows: torch.Tensor, packed: torch.Tensor, bias: torch.Tensor | None, activation: str = "none"
) -> torch.Tensor:
    """(..., k) times the transpose of (n, k), prepacked or as it lies, plus (n,); then the activation."""
    exact = "none" if activation == "gelu" else ""  # GELU by the error function, not by tanh
    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, packed, bias, activation, [], exact)
    return found
