"""Dense modules: a linear layer and an activation after pooling, as sentence-transformers saves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.weights import DAMAGED, weight_files
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")
"""Classes of ``torch.nn`` that a Dense module may end with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dense:
    """One Dense module, described."""

    folder: Path
    wide_in: int
    wide_out: int
    bias: bool
    activation: str  # one of ACTIVATIONS


def describe_dense(folder: Path, config: Mapping[str, Any]) -> Dense:
    """The module that ``config`` (its config.json) describes.

    Raises
    ------
    EncoderError
        For an activation, an input or a residual connection that is not supported, and for missing widths.
    """
    if config.get("use_residual"):
        raise EncoderError(
            f"{folder} adds its input to its output (use_residual); supported is a layer without it;"
            " choose another checkpoint"
        )
    for key in ("module_input_name", "module_output_name"):
        if config.get(key) not in (None, "sentence_embedding"):
            raise EncoderError(
                f"{folder} has {key} {config[key]!r}; supported is 'sentence_embedding', the pooled vector;"
                " choose another checkpoint"
            )
    # sentence-transformers writes the full name of the class, and takes Tanh where none is written.
    named = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    package, _, activation = named.rpartition(".")
    if activation not in ACTIVATIONS or not package.startswith("torch.nn"):
        raise EncoderError(
            f"{folder} has the activation {named!r}; supported are {', '.join(ACTIVATIONS)} of torch.nn;"
            " choose another checkpoint"
        )
    try:
        wide_in, wide_out = int(config["in_features"]), int(config["out_features"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EncoderError(
            f"{folder / 'config.json'} does not give in_features and out_features; a Dense module has both;"
            " fetch or copy the checkpoint again"
        ) from error
    return Dense(
        folder=folder,
        wide_in=wide_in,
        wide_out=wide_out,
        bias=bool(config.get("bias", True)),
        activation=activation,
    )


def load_dense(module: Dense, device: str) -> torch.nn.Module:
    """(n, in) -> (n, out), in float32 on ``device``.

    Raises
    ------
    EncoderError
        When its weights are damaged or are not the ones that its configuration describes.
    """
    import torch

    file = weight_files(module.folder)[0]  # such a layer is never saved in parts
    linear = torch.nn.Linear(module.wide_in, module.wide_out, bias=module.bias)
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            weights = load_file(file)
        else:
            weights = torch.load(file, map_location="cpu", weights_only=True)
        linear.load_state_dict({name.removeprefix("linear."): weight for name, weight in weights.items()})
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:300]
        raise EncoderError(
            f"the weights of {module.folder} cannot be used ({reason}); expected are those of a layer from"
            f" {module.wide_in} to {module.wide_out}{' with' if module.bias else ' without'} bias;"
            " fetch or copy the checkpoint again"
        ) from error
    activation: torch.nn.Module = getattr(torch.nn, module.activation)()
    return torch.nn.Sequential(linear, activation).eval().to(device)
