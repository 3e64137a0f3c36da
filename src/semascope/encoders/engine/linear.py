"""Linear layers of a network as the packed path keeps them: joined where they read the same input, laid out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import nn

from semascope.encoders.engine.prepacked import PrepackedLinear, prepacking_works

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

L = TypeVar("L")
_ACTIVATIONS = {"gelu": nn.GELU, "swish": nn.SiLU}


def joined(parts: Sequence[nn.Linear], *, scales: Sequence[float]) -> nn.Linear:
    """Linear layers of the same input as one, the output of each multiplied by its scale."""
    layer = nn.Linear(1, 1, device="meta", bias=False)
    layer.in_features, layer.out_features = parts[0].in_features, sum(part.out_features for part in parts)
    pairs = list(zip(parts, scales, strict=True))
    layer.weight = nn.Parameter(torch.cat([part.weight * by for part, by in pairs]), requires_grad=False)
    if parts[0].bias is not None:
        layer.bias = nn.Parameter(torch.cat([part.bias * by for part, by in pairs]), requires_grad=False)
    return layer


def laid_out(linear: nn.Linear, activation: str = "none") -> nn.Module:
    """The layer and the activation behind it ("gelu", "swish", "none"), prepacked where that works."""
    precision = str(linear.weight.dtype).removeprefix("torch.")
    if linear.weight.device.type == "cpu" and prepacking_works(precision):
        return PrepackedLinear(linear, activation)
    return linear if activation == "none" else nn.Sequential(linear, _ACTIVATIONS[activation]())


def taken_over(layers: nn.ModuleList, lay_out: Callable[[Any], L]) -> list[L]:
    """Each layer of a network laid out anew; the network's own goes at once, so that there are never two whole copies."""
    found = []
    for position, layer in enumerate(layers):
        found.append(lay_out(layer))
        layers[position] = nn.Identity()
    return found


def precision_of(network: Any) -> str:
    """Name of the numbers that a network's weights are: "float32", "bfloat16"."""
    return str(network.dtype).removeprefix("torch.")


def prepacked(layers: Sequence[nn.Module]) -> int:
    """How many of the layers are prepacked."""
    return sum(isinstance(layer, PrepackedLinear) for layer in layers)
