"""What a folder of weights says about itself, read without loading the weights.

Read here: the chain of modules, pooling, normalisation, the longest input, languages and the digests that make a
``Space``. A folder without the configuration of sentence-transformers silently becomes mean pooling elsewhere; here
what was read and what was assumed is stated, and an unknown module is an error.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "last",
}
SUPPORTED_POOLINGS = ("mean", "cls", "last")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
    "special_tokens_map.json",
    "added_tokens.json",
)
# Position tables of these architectures start after the padding index, so two entries are not usable.
_OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A folder of weights, described."""

    folder: Path  # as given
    transformer: Path  # where config.json and the weights lie
    pooling: str
    normalise: bool
    lower_case: bool  # the prompt is lower-cased before the tokenizer sees it
    max_tokens: int
    dim: int
    architecture: str  # model_type of the configuration
    languages: frozenset[str] | None
    stated: tuple[str, ...]


def read_checkpoint(folder: Path) -> Checkpoint:
    """Describe the checkpoint in ``folder``.

    Raises
    ------
    EncoderError
        When the folder is no checkpoint, or holds a module or a pooling that is not supported.
    """
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise EncoderError(
            f"{folder} holds neither config.json nor modules.json; a transformers or sentence-transformers checkpoint"
            " has one; give the folder that holds the weights"
        )
    stated: list[str] = []
    modules = _read_json(folder / "modules.json", missing=[])
    transformer, pooling_config, normalise = _walk_modules(folder, modules)
    config = _read_json(transformer / "config.json")
    text_config = config.get("text_config") or config
    if pooling_config is None:
        pooling = "mean"
        stated.append(
            "no pooling is configured in the checkpoint: mean pooling and unit length were assumed"
            if not modules
            else "the chain of modules names no pooling: mean pooling was assumed"
        )
        normalise = normalise or not modules
    else:
        pooling = _pooling_of(pooling_config, folder)
        stated.append(
            f"pooling {pooling}, {'unit length' if normalise else 'length as it comes'}: read from the checkpoint"
        )
        if not normalise:
            stated.append(
                "rows are brought to unit length by Semascope: cosine is what every later step uses"
            )
    sentence = _read_json(transformer / "sentence_bert_config.json", missing={})
    max_tokens, how = _max_tokens(transformer, text_config, sentence)
    stated.append(f"at most {max_tokens} tokens: {how}")
    dim = text_config.get("hidden_size") or text_config.get("d_model") or text_config.get("dim")
    if not dim:
        raise EncoderError(
            f"{transformer / 'config.json'} names no hidden_size; a text encoder has one; is it one?"
        )
    return Checkpoint(
        folder=folder,
        transformer=transformer,
        pooling=pooling,
        normalise=normalise,
        lower_case=bool(sentence.get("do_lower_case")),
        max_tokens=max_tokens,
        dim=int(dim),
        architecture=str(config.get("model_type", "unknown")),
        languages=_card_languages(folder / "README.md"),
        stated=tuple(stated),
    )


def weights_digest(checkpoint: Checkpoint) -> str:
    """SHA-256 over the names and bytes of the weight files and the model configuration."""
    files = weight_files(checkpoint.transformer)
    return _digest([*files, checkpoint.transformer / "config.json"])


def tokenizer_digest(checkpoint: Checkpoint) -> str:
    """SHA-256 over the names and bytes of the tokenizer's files, and whether prompts are lower-cased."""
    files = [file for pattern in _TOKENIZER for file in sorted(checkpoint.transformer.glob(pattern))]
    return _digest(files) + ("-lower" if checkpoint.lower_case else "")


def weight_files(folder: Path) -> list[Path]:
    """Files that hold the weights: safetensors where there are any, else torch's own format."""
    for pattern in _WEIGHTS:
        if files := sorted(folder.glob(pattern)):
            return files
    raise EncoderError(
        f"{folder} holds no weights; accepted are *.safetensors or pytorch_model*.bin; fetch them first"
    )


def file_digest(file: Path) -> str:
    """SHA-256 of one file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.name}\0{file_digest(file)}\n".encode())
    return total.hexdigest()


def _walk_modules(folder: Path, modules: list[dict[str, Any]]) -> tuple[Path, dict[str, Any] | None, bool]:
    """Folder of the transformer, pooling configuration if any, and whether a Normalize module ends the chain."""
    transformer, pooling, normalise = folder, None, False
    for module in modules:
        kind = str(module.get("type", "")).rpartition(".")[2]
        path = folder / module["path"] if module.get("path") else folder
        if kind == "Transformer":
            transformer = path
        elif kind == "Pooling":
            pooling = _read_json(path / "config.json")
        elif kind == "Normalize":
            normalise = True
        else:
            raise EncoderError(
                f"{folder} has a module {module.get('type')!r}; supported are Transformer, Pooling and Normalize;"
                " it would change every vector, so it is not left out: choose a checkpoint without it"
            )
    return transformer, pooling, normalise


def _pooling_of(config: dict[str, Any], folder: Path) -> str:
    named = config.get("pooling_mode")
    chosen = (
        [named] if isinstance(named, str) else [name for key, name in POOLINGS.items() if config.get(key)]
    )
    chosen = ["last" if name == "lasttoken" else name for name in chosen]
    if len(chosen) != 1 or chosen[0] not in SUPPORTED_POOLINGS:
        raise EncoderError(
            f"{folder} pools by {' and '.join(map(str, chosen)) or 'nothing'}; supported is one of"
            f" {', '.join(SUPPORTED_POOLINGS)}; choose another checkpoint"
        )
    if config.get("include_prompt") is False:
        raise EncoderError(
            f"{folder} leaves the instruction's tokens out of its pooling (include_prompt: false); that is not supported;"
            " choose another checkpoint"
        )
    return chosen[0]


def _max_tokens(folder: Path, config: dict[str, Any], sentence: dict[str, Any]) -> tuple[int, str]:
    positions = config.get("max_position_embeddings")
    if positions and config.get("model_type") in _OFFSET_POSITIONS:
        positions -= 2
    if named := sentence.get("max_seq_length"):
        return int(min(named, positions or named)), "read from sentence_bert_config.json"
    limits = [int(positions)] if positions else []
    tokenizer = _read_json(folder / "tokenizer_config.json", missing={})
    length = tokenizer.get("model_max_length")
    if length and length < 10**9:  # larger ones are the tokenizer's way to say that it does not know
        limits.append(int(length))
    if not limits:
        return 512, "nothing states a limit, 512 was assumed"
    return min(limits), "the smaller of the tokenizer's and the position table's limit"


def _card_languages(card: Path) -> frozenset[str] | None:
    """Languages in the front matter of a model card; None when it states none, or says only "multilingual"."""
    if not card.is_file():
        return None
    found = re.match(r"---\n(.*?)\n---", card.read_text(encoding="utf8", errors="replace"), flags=re.DOTALL)
    try:
        head = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        return None
    named = head.get("language") if isinstance(head, dict) else None
    codes = [named] if isinstance(named, str) else [str(code) for code in named or []]
    short = {code.lower().partition("-")[0] for code in codes}
    return None if not short or "multilingual" in short else frozenset(short)


def _read_json(file: Path, missing: Any = None) -> Any:
    if not file.is_file():
        if missing is not None:
            return missing
        raise EncoderError(f"{file} is missing; a checkpoint has it; fetch the checkpoint again")
    try:
        return json.loads(file.read_text(encoding="utf8"))
    except ValueError as error:
        raise EncoderError(f"{file} is not JSON ({error}); fetch the checkpoint again") from error
