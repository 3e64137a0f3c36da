"""Low-rank adapters: put into the linear layers of a network by peft, and kept merged into its weights or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.adapter import WEIGHTS
from semascope.errors import ConfigError
from semascope.extras import require

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.tuning.recipe import NetworkRecipe

_PURPOSE = "tuning with lora"


def put_adapters(network: Any, recipe: NetworkRecipe) -> None:
    """Freeze the network and put an adapter into each layer that the recipe names, all linear ones if it names none.

    Raises
    ------
    ConfigError
        When no layer has such a name, with the names that there are.
    """
    peft = require("peft", purpose=_PURPOSE)
    named = _linear_names(network)
    if not named:
        raise ConfigError(
            f"tuned model {recipe.base!r} has no linear layer that an adapter fits; leave out lora, and all its weights are trained"
        )
    unknown = [name for name in recipe.layers if name not in named]
    if unknown:
        raise ConfigError(
            f"layers names {unknown[0]!r}; the linear layers of {recipe.base!r} are {', '.join(named)}; name some of these"
        )
    network.requires_grad_(False)
    peft.inject_adapter_in_model(_config(recipe, list(recipe.layers) or named), network)


def save_adapters(
    network: Any, recipe: NetworkRecipe, folder: Path, *, base: str, revision: str | None
) -> None:
    """Write the adapters of ``put_adapters`` as peft and sentence-transformers read them; the network keeps them.

    Parameters
    ----------
    base, revision
        What the network is loaded from.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer
    from safetensors.torch import save

    layers = [name for name, module in network.named_modules() if isinstance(module, BaseTunerLayer)]
    config = _config(recipe, layers)  # whole names: no other layer of a larger model is meant
    config.base_model_name_or_path, config.revision, config.inference_mode = base, revision, True
    config.task_type = "FEATURE_EXTRACTION"
    config.save_pretrained(folder)
    held = {
        f"base_model.model.{name.replace('.default.', '.')}": value.detach().cpu().contiguous().clone()
        for name, value in network.state_dict().items()
        if ".lora_" in name
    }
    (folder / WEIGHTS).write_bytes(save(held, metadata={"format": "pt"}))


def _config(recipe: NetworkRecipe, layers: list[str]) -> Any:
    peft: Any = require("peft", purpose=_PURPOSE)  # its alpha need not be whole, as its annotation says
    return peft.LoraConfig(
        r=recipe.lora,
        lora_alpha=recipe.scale * recipe.lora,
        lora_dropout=recipe.dropout,
        target_modules=layers,
        bias="none",
    )


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
