"""Low-rank adapters: put into the linear layers of a network by peft, and merged into its weights when it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.errors import ConfigError
from semascope.extras import require

if TYPE_CHECKING:
    from semascope.tuning.recipe import Tuned


def put_adapters(network: Any, recipe: Tuned) -> None:
    """Freeze the network and put an adapter into each layer that the recipe names, all linear ones if it names none.

    Raises
    ------
    ConfigError
        When no layer has such a name, with the names that there are.
    """
    peft = require("peft", purpose="tuning with lora")
    named = _linear_names(network)
    if not named:
        raise ConfigError(
            f"tuned model {recipe.model!r} has no linear layer that an adapter fits; leave out lora, and all its weights are trained"
        )
    unknown = [name for name in recipe.layers if name not in named]
    if unknown:
        raise ConfigError(
            f"layers names {unknown[0]!r}; the linear layers of {recipe.model!r} are {', '.join(named)}; name some of these"
        )
    config = peft.LoraConfig(
        r=recipe.lora,
        lora_alpha=recipe.scale * recipe.lora,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.layers) or named,
        bias="none",
    )
    network.requires_grad_(False)
    peft.inject_adapter_in_model(config, network)


def merge_adapters(network: Any) -> None:
    """Add every adapter to the weights of its layer and take it out."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(network.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge(safe_merge=True)
            parent, _, last = name.rpartition(".")
            setattr(network.get_submodule(parent) if parent else network, last, module.get_base_layer())


def _linear_names(network: Any) -> list[str]:
    """Last parts of the names of the linear layers, each once."""
    import torch

    found = {
        name.rpartition(".")[2]: None
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    return list(found)
