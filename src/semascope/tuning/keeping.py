"""A tuned network on the disk: the folder of an encoder like any other, and the head that was trained with it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from semascope.data.seen import write_seen
from semascope.encoders.catalogue import catalogue_id
from semascope.encoders.checkpoints.adapter import WEIGHTS as ALONE
from semascope.encoders.checkpoints.tuned_file import TUNED, VERSION
from semascope.encoders.naming import commit_of, folder_of
from semascope.errors import EncoderError
from semascope.files import beside, put_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.recipe import NetworkRecipe
    from semascope.tuning.start import Start
    from semascope.types import Vectors

_WEIGHTS = "model.safetensors"
_CHAIN = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
_POOLINGS = {
    "cls": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "max": "pooling_mode_max_tokens",
    "mean_sqrt_len": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "last": "pooling_mode_lasttoken",
}
UNMOVED = 1e-6
"""What a row's cosine to what it was may lack to 1 where nothing was learnt: rounding in float32."""
FAR = 5e-3
"""What a row's cosine to the trained network's may lack to 1: bfloat16 on both sides, and another engine."""


def keep_network(
    network: TextNetwork,
    start: Start,
    recipe: NetworkRecipe,
    folder: Path,
    *,
    texts: Iterable[str],
    about: Mapping[str, Any],
    limit: int | None = None,
) -> Path:
    """Write the network as a sentence-transformers folder.

    Adapters are merged into the weights, here and in ``network``; or, as the recipe says, kept alone, beside what finds their
    base again and tells it from any other.

    Parameters
    ----------
    recipe
        What it was trained by.
    folder
        Replaced whole.
    texts
        What it was trained on: their digests go into ``seen.npy``.
    about
        Plain values for ``tuned.json``: base, data, versions.
    limit
        Tokens that what is kept reads of a text; None: as many as it was trained with.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = beside(folder)
    try:
        partial.mkdir()
        _write_weights(network.network, start, recipe, partial)
        _copy_description(start, partial, limit or start.checkpoint.max_tokens)
        described = {
            "version": VERSION,
            "template": start.encoder.space.template,
            "recipe": recipe.told(),
            "base_weights": start.encoder.space.weights,
            **about,
        }
        (partial / TUNED).write_text(
            json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf8"
        )
        write_seen(partial, texts, before=start.encoder.seen)
        put_folder(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def check_kept(kept: Encoder, prompts: list[str], own: Vectors) -> None:
    """Prove that what was written is what was trained, its adapters on.

    Parameters
    ----------
    kept
        The folder, loaded.
    own
        (n, d) rows of the prompts by the trained network, before its adapters were merged.

    Raises
    ------
    EncoderError
        When they differ by more than arithmetic.
    """
    far = float(1 - (kept.encode(prompts) * own).sum(axis=1).min())
    if not far <= FAR:
        raise EncoderError(
            f"the folder of {kept.name!r} gives rows whose cosine to those of the trained network is {1 - far:.4f}; arithmetic leaves"
            f" {1 - FAR} and more; the cell is not used; please report this"
        )


def check_changed(before: Vectors, after: Vectors) -> float:
    """Prove that training changed what the network gives, its adapters on: the largest 1 - cosine of a row to what it was.

    Parameters
    ----------
    before, after
        (n, d) rows of the same texts, of unit length.

    Raises
    ------
    EncoderError
        When every row is what it was.
    """
    moved = float((1 - (before * after).sum(axis=1)).max())
    if not moved > UNMOVED:
        raise EncoderError(
            f"after training the rows of {len(before)} texts are what they were before (cosines of {1 - moved:.7f} and more); an adapter"
            " that is off, or steps that are too small, leave them so; raise --rate or --epochs"
        )
    return moved


def _write_weights(network: Any, start: Start, recipe: NetworkRecipe, folder: Path) -> None:
    """The whole network with its configuration, or the adapters in it with the name of their base."""
    from safetensors.torch import save

    from semascope.tuning.adapters import merge_adapters, save_adapters

    if recipe.keeps_adapter:
        base, revision = base_of(start)
        save_adapters(network, recipe, folder, base=base, revision=revision)
        return
    if recipe.lora:
        merge_adapters(network)
    held = {name: value.detach().cpu().contiguous().clone() for name, value in network.state_dict().items()}
    # save_file would let the owner alone read it
    (folder / _WEIGHTS).write_bytes(save(held, metadata={"format": "pt"}))
    shutil.copyfile(start.checkpoint.transformer / "config.json", folder / "config.json")


def base_of(start: Start) -> tuple[str, str | None]:
    """What an adapter's base is loaded from again: a name or a whole path, and of a hub id the very commit, as far as known.

    The main branch may have moved by then, and the adapter would be refused there.
    """
    source = start.encoder.source
    asked = start.encoder.recipe["revision"]
    commit = "" if folder_of(source) else commit_of(start.encoder.checkpoint.folder)
    return catalogue_id(source), commit or asked or None


def kept_bytes(folder: Path) -> int:
    """Of the weights in a folder that ``keep_network`` wrote."""
    return sum((folder / name).stat().st_size for name in (_WEIGHTS, ALONE) if (folder / name).is_file())


def _copy_description(start: Start, folder: Path, limit: int) -> None:
    """Everything of a checkpoint's folder that says how texts become rows of what its network gives."""
    checkpoint = start.checkpoint
    for file in checkpoint.tokenizer_files():
        shutil.copyfile(file, folder / file.name)
    _write(folder / "modules.json", _CHAIN)
    _write(
        folder / "sentence_bert_config.json",
        {"max_seq_length": limit, "do_lower_case": checkpoint.lower_case},
    )
    (folder / "2_Normalize").mkdir()
    flags = dict.fromkeys(_POOLINGS.values(), False)
    _write(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": checkpoint.dim, **flags, _POOLINGS[checkpoint.pooling]: True},
    )


def _write(file: Path, value: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value, indent=2) + "\n", encoding="utf8")
