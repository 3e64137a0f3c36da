"""A folder that holds a low-rank adapter and no network: what it says about itself, and about the network that it belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.configuration import kind_of_module, read_modules, read_object
from semascope.encoders.checkpoints.tuned_file import TUNED, read_tuned
from semascope.encoders.checkpoints.weights import weight_names
from semascope.encoders.naming import hub_id_of
from semascope.encoders.packaged.cache_folder import WRITTEN
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
BASE_KEY = "base_model_name_or_path"
# Settings that change no row: where the base lies, and how the adapter was trained.
_OF_NO_ROW = {
    BASE_KEY,
    "auto_mapping",
    "inference_mode",
    "lora_dropout",
    "peft_version",
    "revision",
    "task_type",
}
_START = "init_lora_weights"
# How an adapter began leaves the base's weights as they are with these. With others (pissa, olora, loftq) peft takes what the
# adapter began with out of the base, each time that it puts the adapter in: the same tensors then give other rows.
_LEAVES_BASE = (None, True, False, "gaussian")
# These change the base by chance, or by texts that are no longer there: nobody can do it again with the adapter alone.
_LOST_START = ("pissa_niter_", "corda", "lora_ga")


@dataclass(frozen=True, kw_only=True, slots=True)
class Adapter:
    """An adapter, described."""

    place: Path  # where its two files lie
    base: str  # the network that it goes into, as its configuration names it
    revision: str | None  # of a base on the hub
    rank: int
    settings: str  # those that decide rows, as JSON
    start: str = ""  # how it began, where that may change the base's weights before the adapter goes in
    # SHA-256 of the base's weights and configuration, where the folder says it; "" where it does not
    base_weights: str = ""

    @property
    def files(self) -> tuple[Path, Path]:
        """Its configuration and its weights."""
        return self.place / CONFIG, self.place / WEIGHTS

    def moved(self) -> str:
        """Where a user says that the base lies elsewhere: never in a file of a cache, which is written anew or shared."""
        if (self.place / WRITTEN).is_file():
            return (
                f"unzip the scorer ({self.place} is made from it anew), say under {BASE_KEY} in its encoder/{CONFIG} where it lies, and"
                " take the unzipped folder; or take the zip with the unzipped encoder (--encoder UNZIPPED/encoder, in Python"
                " encoder=...)"
            )
        if hub_id_of(self.place) or hub_id_of(self.place.parent):
            return f"copy {self.place} out of the hub's cache, say under {BASE_KEY} in the copy's {CONFIG} where it lies, and name the copy"
        return f"say under {BASE_KEY} in {self.files[0]} where it lies"


def read_adapter(folder: Path) -> Adapter | None:
    """The adapter in ``folder``, or in the folder of the first of its modules; None where there is none.

    Raises
    ------
    EncoderError
        For another kind than LoRA, one that names no base, one whose base was changed before it was trained in a way that cannot
        be done again, and one without weights in safetensors.
    """
    place = _place(folder)
    if not (place / CONFIG).is_file():
        return None
    config = read_object(place / CONFIG)
    kind, base = config.get("peft_type"), config.get(BASE_KEY)
    if kind != "LORA":
        raise EncoderError(
            f"{place} holds an adapter of kind {kind!r} (peft_type in {CONFIG}); accepted are LORA, and weights that an adapter was"
            " merged into; merge it with peft (merge_and_unload) and save the result"
        )
    if not isinstance(base, str) or not base.strip():
        raise EncoderError(
            f"{place / CONFIG} names no base ({BASE_KEY} is {base!r}); an adapter is nothing without the network that it goes into;"
            " write a folder, a name of the catalogue or a hub id there"
        )
    _check_start(config, place)
    if not (place / WEIGHTS).is_file():
        raise EncoderError(
            f"{place} holds {CONFIG} without {WEIGHTS}; an adapter is read from safetensors only; save it again with peft"
            " (save_pretrained), or fetch it again"
        )
    weight_names(place / WEIGHTS)  # refuses a file that was cut short
    tuned = read_tuned(folder) or {}
    rank, revision = config.get("r"), config.get("revision")
    return Adapter(
        place=place,
        base=base,
        revision=revision if isinstance(revision, str) else None,
        rank=rank if isinstance(rank, int) else 0,
        settings=_settings(config),
        start=str(config[_START]) if _changes_base(config) else "",
        base_weights=_text(tuned.get("base_weights", ""), folder),
    )


def _place(folder: Path) -> Path:
    """Where an adapter's files would lie."""
    modules = read_modules(folder)
    if modules and kind_of_module(modules[0]) == "Transformer" and modules[0].get("path"):
        return folder / str(modules[0]["path"])
    return folder


def _check_start(config: dict[str, Any], place: Path) -> None:
    """Refuse an adapter that goes into weights which are neither the base's nor to be had from them."""
    start = config.get(_START)
    if isinstance(start, str) and start.casefold().startswith(_LOST_START):
        raise EncoderError(
            f"{place / CONFIG} has {_START} {start!r}: its training began by changing the base's weights in a way that cannot be done"
            " again from the adapter alone; save it again where it was trained, with save_pretrained(...,"
            " path_initial_model_for_weight_conversion=...), or merged (merge_and_unload)"
        )


def _changes_base(config: dict[str, Any]) -> bool:
    return config.get(_START) not in _LEAVES_BASE


def _settings(config: dict[str, Any]) -> str:
    """What decides rows, written alike however it was saved: peft keeps names of layers in no order."""
    kept = {
        key: sorted(value)
        if isinstance(value, list) and all(isinstance(one, str) for one in value)
        else value
        for key, value in config.items()
        if key not in _OF_NO_ROW and value is not False and value not in (None, {}, [])
    }
    if not _changes_base(config):
        kept.pop(_START, None)
    return json.dumps(kept, sort_keys=True)


def _text(value: Any, folder: Path) -> str:
    if not isinstance(value, str):
        raise EncoderError(
            f"{folder / TUNED} has base_weights {value!r}; it must be a text; make the folder again"
        )
    return value
