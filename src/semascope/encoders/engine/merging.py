"""An adapter merged into the network that it belongs to, and proved to be on.

peft puts it in and merges it, so that every form of LoRA that peft knows (rank and alpha by layer, rsLoRA, DoRA) is computed
by its own code. What is read is float32 until it is merged: sums rounded to bfloat16 twice would be other weights.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.configuration import read_object
from semascope.encoders.checkpoints.weights import DAMAGED
from semascope.encoders.engine.unused import UNUSED
from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from semascope.encoders.checkpoints.adapter import Adapter

_PREFIX = "base_model.model."  # before the name of every weight that peft saves
_OF_TRANSFORMERS = "transformers.models."  # before the module of every network that transformers brings
# What peft raises for settings that it cannot follow, beside what readers of weights raise.
_REFUSED = (AttributeError, TypeError, NotImplementedError, ImportError)
_PROBE = 12  # tokens of the prompt that proves it
FAR = 1e-3
"""How far entries of token vectors may part, in their spread, when an adapter is merged: what float32 leaves, and far less than an adapter does."""


def merge_adapter(network: Any, adapter: Adapter, *, name: str) -> Any:
    """The network with the adapter in its weights.

    Parameters
    ----------
    network
        In float32, on its device.
    name
        What the encoder is called; shown in errors.

    Raises
    ------
    EncoderError
        When a weight of the adapter has no place in the network, or a place has no weight; when shapes differ; when the
        adapter changes nothing; when the merged network gives other rows than the network with the adapter beside it.
    """
    peft = require("peft", purpose=f"encoder {name!r}, which is an adapter")
    import torch
    from safetensors.torch import load_file

    config = _config(peft, adapter, network)
    _check_family(adapter, network)
    before = _probed(network)
    try:
        held = load_file(adapter.files[1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of peft, about what is checked here
            model = peft.PeftModel(network, config)
    except (*DAMAGED, *_REFUSED) as error:
        raise EncoderError(
            f"the adapter of encoder {name!r} cannot be put into {adapter.base!r}, a {_kind(network)} ({_reason(error)});"
            f" {_why_not(adapter)}"
        ) from error
    places = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    held = _named(held, places, network)
    _check_fit(held, places, adapter, network)
    _check_not_zero(held, adapter)
    peft.set_peft_model_state_dict(model, held)
    model = model.eval().to(network.device)
    beside = _probed(model)
    try:
        with torch.no_grad():
            merged = model.merge_and_unload(safe_merge=True)
    except (ValueError, RuntimeError) as error:
        raise EncoderError(
            f"the adapter of encoder {name!r} in {adapter.place} cannot be merged ({error}); its weights are damaged, or of a form that"
            " only runs beside the network; save it again, or merge it with what it was trained with"
        ) from error
    _check_on(before, beside, _probed(merged), adapter)
    if hasattr(merged, "peft_config"):
        del merged.peft_config
    return merged.requires_grad_(True)


def _config(peft: Any, adapter: Adapter, network: Any) -> Any:
    """Peft's own configuration; refuses settings that this peft does not know and would leave out."""
    file = adapter.files[0]
    written = read_object(file)
    known = {field.name for field in dataclasses.fields(peft.LoraConfig)} | {"peft_type", "auto_mapping"}
    foreign = [
        key for key, value in written.items() if key not in known and value not in (None, False, {}, [])
    ]
    if foreign:
        raise EncoderError(
            f"{file} has {foreign[0]} {written[foreign[0]]!r}, which peft {peft.__version__} does not know, and rows may depend on it;"
            " upgrade peft, or merge the adapter with the peft that it was made with"
        )
    given = {key: value for key, value in written.items() if key in known - {"peft_type"}}
    # The wrapper of a task would change what the network gives back; a head of that task is never asked.
    given |= {"task_type": None, "inference_mode": True, "auto_mapping": None}
    given["modules_to_save"] = _saved_here(written.get("modules_to_save"), network)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of settings of other beginnings
            return peft.LoraConfig(**given)
    except (ValueError, *_REFUSED) as error:
        raise EncoderError(
            f"{file} has settings that peft {peft.__version__} refuses ({_reason(error)}); save the adapter again with peft, or merge"
            " it with the peft that it was made with"
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _why_not(adapter: Adapter) -> str:
    """Why peft may not be able to put the adapter in, and what to do."""
    if adapter.start:
        return (
            f"its training began with init_lora_weights {adapter.start!r}, which peft repeats first and may fail to; save it again where"
            " it was trained, with save_pretrained(..., path_initial_model_for_weight_conversion=...), or merged; or it belongs to"
            " another base"
        )
    return f"it belongs to another base, or needs another peft; {adapter.moved()}"


def _check_family(adapter: Adapter, network: Any) -> None:
    """Refuse a base of another family than the adapter says that its own was, whose shapes may fit all the same."""
    said = read_object(adapter.files[0]).get("auto_mapping")
    if not isinstance(said, dict):
        return
    trained = str(said.get("parent_library", ""))
    here = type(network).__module__
    if not (trained.startswith(_OF_TRANSFORMERS) and here.startswith(_OF_TRANSFORMERS)):
        return
    if trained.split(".")[2] != here.split(".")[2]:  # heads of one family lie in one module
        raise EncoderError(
            f"{adapter.place} holds an adapter of a {said.get('base_model_class')} (auto_mapping), and {adapter.base!r} is a"
            f" {_kind(network)}: the rows would be noise, whether or not shapes fit; put the base that it was trained on there, or"
            f" {adapter.moved()}"
        )


def _saved_here(modules: list[str] | None, network: Any) -> list[str] | None:
    """Whole modules that were trained beside the adapter, without heads that the network of an encoder lacks."""
    names = [name for name, _ in network.named_modules()]
    return [
        module
        for module in modules or []
        if any(name == module or name.endswith(f".{module}") for name in names) or not UNUSED.search(module)
    ] or None


def _named(
    held: Mapping[str, torch.Tensor], places: Mapping[str, torch.Tensor], network: Any
) -> dict[str, torch.Tensor]:
    """The adapter's weights by their names in this network.

    An adapter of a whole model (a language model, a classifier) names its layers below the network's own name there. Its
    head, which an encoder does not use, goes.
    """
    inner = f"{_PREFIX}{network.base_model_prefix}." if network.base_model_prefix else _PREFIX
    found = {}
    for name, value in held.items():
        short = name if name in places or not name.startswith(inner) else _PREFIX + name.removeprefix(inner)
        if short in places or not UNUSED.search(name.removeprefix(_PREFIX)):
            found[short] = value
    return found


def _check_fit(
    held: Mapping[str, torch.Tensor], places: Mapping[str, torch.Tensor], adapter: Adapter, network: Any
) -> None:
    """Every weight has its place, and every place its weight, of one shape."""
    of = f"{adapter.place} holds an adapter"
    other = f"it belongs to another base; put the base that it was trained on there, or {adapter.moved()}"
    where = f"{adapter.base!r}, a {_kind(network)},"
    for name, value in held.items():
        if name not in places:
            raise EncoderError(
                f"{of} whose weight {name.removeprefix(_PREFIX)!r} has no place in {where} where it is to go; {other}"
            )
        if tuple(value.shape) != tuple(places[name].shape):
            raise EncoderError(
                f"{of} whose weight {name.removeprefix(_PREFIX)!r} has shape {tuple(value.shape)}, and {where} where it is to go, takes"
                f" {tuple(places[name].shape)} there; {other}"
            )
    if missing := [name for name in places if name not in held]:
        raise EncoderError(
            f"{of} that lacks {len(missing)} of {len(places)} weights that {where} where it is to go, takes, the first is"
            f" {missing[0].removeprefix(_PREFIX)!r}; {other}"
        )


def _check_not_zero(held: Mapping[str, torch.Tensor], adapter: Adapter) -> None:
    """Refuse one that was never trained: its second matrices are as they began, zero."""
    second = {
        name: value for name, value in held.items() if ".lora_A." not in name and "_embedding_A" not in name
    }
    if not any(bool(value.any()) for value in second.values()):
        raise EncoderError(
            f"{adapter.place} holds an adapter of zeros ({len(second)} B matrices): it was not trained, and its rows are those of"
            f" {adapter.base!r}; train it, or name {adapter.base!r} itself as encoder"
        )


def _check_on(before: torch.Tensor, beside: torch.Tensor, merged: torch.Tensor, adapter: Adapter) -> None:
    """Rows are no longer the base's, and they are those that peft computes with the adapter beside the network."""
    spread = float(before.std()) or 1.0
    if not bool((beside != before).any()):
        raise EncoderError(
            f"{adapter.place} holds an adapter that changes no row of {adapter.base!r}: it is as if it were off; train it, or name"
            f" {adapter.base!r} itself as encoder"
        )
    far = float((merged - beside).abs().max()) / spread
    if not far <= FAR:
        raise EncoderError(
            f"the adapter in {adapter.place}, merged into {adapter.base!r}, gives token vectors that are {far:.2g} of their spread away"
            f" from those that it gives beside it; arithmetic leaves {FAR:g} and less: it cannot be merged; encode with what it was"
            " trained with, and give the vectors (--vectors)"
        )


def _probed(network: Any) -> torch.Tensor:
    """Token vectors of a prompt whose tokens lie evenly over the vocabulary."""
    import torch

    words = network.get_input_embeddings().weight.shape[0]
    ids = torch.linspace(0, words - 1, _PROBE, device=network.device).long()[None]
    with torch.inference_mode():
        states: torch.Tensor = network(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    return states.float()


def _kind(network: Any) -> str:
    config = network.config
    width = getattr(config, "hidden_size", None) or getattr(config, "dim", "?")
    layers = getattr(config, "num_hidden_layers", None) or getattr(config, "n_layers", "?")
    return f"{type(network).__name__} of {layers} layers and {width} dims"
