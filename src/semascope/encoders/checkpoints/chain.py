"""The chain of modules that sentence-transformers saves: a transformer, pooling, layers, unit length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.configuration import kind_of_module, read_modules, read_object
from semascope.encoders.engine.dense import Dense, describe_dense
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

_ORDER = re.compile(r"Transformer( Pooling( Dense)*)?( Normalize)?")
# Names that sentence-transformers has given to the file beside a transformer, in the order in which it looks for them.
_SENTENCE_CONFIGS = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)

# Settings in that file which reach the model, the tokenizer or the call, and the ones of them that change no row.
_SETTINGS = (
    *(
        f"{what}_{kind}"
        for what in ("model", "config", "tokenizer", "processor")
        for kind in ("args", "kwargs")
    ),
    "processing_kwargs",
    "query_length",
    "document_length",
    "query_expansion",
)
_HARMLESS = {"trust_remote_code", "attn_implementation", "torch_dtype", "dtype", "padding_side", "use_fast"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """What modules.json says."""

    configured: bool  # there is a modules.json
    transformer: Path  # folder of config.json and the weights
    pooling: dict[str, Any] | None  # configuration of the Pooling module
    dense: tuple[Dense, ...]
    normalise: bool
    files: tuple[Path, ...]  # that this was read from, there or not


def read_chain(folder: Path) -> Chain:
    """The chain of modules in ``folder``; the folder itself as transformer where none is configured.

    Raises
    ------
    EncoderError
        For a module that is not supported, and for modules in another order than Transformer, Pooling, Dense,
        Normalize: each would change every vector.
    """
    modules = read_modules(folder)
    transformer, pooling, normalise = folder, None, False
    dense: list[Dense] = []
    kinds, files = [], [folder / "modules.json"]
    for module in modules:
        kind = kind_of_module(module)
        path = folder / str(module["path"]) if module.get("path") else folder
        if kind == "Dropout":
            continue  # does nothing outside training
        if kind in ("Pooling", "Dense"):
            files.append(path / "config.json")
        if kind == "Transformer":
            transformer = path
        elif kind == "Pooling":
            pooling = read_object(path / "config.json")
        elif kind == "Dense":
            dense.append(describe_dense(path, read_object(path / "config.json")))
        elif kind == "Normalize":
            normalise = True
        else:
            raise EncoderError(
                f"{folder} has a module {str(module.get('type', ''))!r}; supported are Transformer, Pooling, Dense and"
                " Normalize of sentence-transformers; it would change every vector, so it is not left out: choose a checkpoint"
                " without it"
            )
        kinds.append(kind)
    if modules and not _ORDER.fullmatch(" ".join(kinds)):
        raise EncoderError(
            f"{folder} chains {', '.join(kinds) or 'nothing'}; supported is Transformer, Pooling, any number of"
            " Dense, Normalize, in this order; choose another checkpoint"
        )
    return Chain(
        configured=bool(modules),
        transformer=transformer,
        pooling=pooling,
        dense=tuple(dense),
        normalise=normalise,
        files=tuple(files),
    )


def read_sentence_config(transformer: Path) -> dict[str, Any]:
    """The file of sentence-transformers beside the transformer's own configuration; empty where there is none.

    Raises
    ------
    EncoderError
        When it asks for other token vectors than those of the last layer, or for a setting that is not supported.
    """
    files = [file for file in sentence_configs(transformer) if file.is_file()]
    found = read_object(files[0]) if files else {}
    task = found.get("transformer_task", "feature-extraction")
    text = (found.get("modality_config") or {}).get("text") or {}
    if not isinstance(text, dict):
        raise EncoderError(
            f"{files[0]} has text {text!r} in modality_config; it must be an object; fetch or copy the checkpoint again"
        )
    output = text.get("method", "forward"), text.get("method_output_name", "last_hidden_state")
    if task != "feature-extraction" or output != ("forward", "last_hidden_state"):
        raise EncoderError(
            f"{files[0]} asks for {task} by {output[0]} and {output[1]}; supported is feature-extraction by forward"
            " and last_hidden_state; choose another checkpoint"
        )
    for key in _SETTINGS:
        asked = found.get(key)
        if isinstance(asked, dict):
            asked = {name: value for name, value in asked.items() if name not in _HARMLESS}
        if asked:
            raise EncoderError(
                f"{files[0]} sets {key} to {asked}; that is not supported, and may change every vector;"
                " choose another checkpoint"
            )
    return found


def sentence_configs(transformer: Path) -> list[Path]:
    """The files beside a transformer that sentence-transformers looks for, in its order, there or not."""
    return [transformer / name for name in _SENTENCE_CONFIGS]
