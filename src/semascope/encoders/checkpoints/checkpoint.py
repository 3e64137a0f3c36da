"""What a folder of weights says about itself, read without loading the weights.

Read here: the chain of modules, pooling, normalisation, the longest input, languages and the digests that make a
``Space``. A folder without the configuration of sentence-transformers silently becomes mean pooling elsewhere, and one
with its own code silently runs without it where transformers has a model of the same name; here what was read and what
was assumed is stated, and what is not supported is an error.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import yaml

from semascope.encoders.checkpoints.adapter import CONFIG as ADAPTER
from semascope.encoders.checkpoints.adapter import WEIGHTS as ADAPTER_WEIGHTS
from semascope.encoders.checkpoints.chain import read_chain, read_sentence_config, sentence_configs
from semascope.encoders.checkpoints.configuration import read_object
from semascope.encoders.checkpoints.own_code import check_code, named_code, native_class
from semascope.encoders.checkpoints.purpose import check_architecture, check_kind
from semascope.encoders.checkpoints.weights import watched_weight_files, weight_files
from semascope.encoders.checkpoints.windows import window_remark
from semascope.encoders.engine.pooling import POOLINGS
from semascope.encoders.packaged.cache_folder import WRITTEN, written_digest
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from semascope.encoders.checkpoints.adapter import Adapter
    from semascope.encoders.checkpoints.chain import Chain
    from semascope.encoders.engine.dense import Dense

_POOLING_FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "last",
}
_POOLING_NAMES = {
    "lasttoken": "last",
    "mean_sqrt_len_tokens": "mean_sqrt_len",
}  # as sentence-transformers 6 writes
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
_LEFT_CUT = (
    "a longer prompt loses its beginning, an instruction in front of the text included, and keeps its end, because the"
    " tokenizer cuts on the left (truncation_side); head-tail and chunk keep the beginning"
)
_END_TAKEN = "every prompt ends with the tokenizer's end token, one that is cut too: its configuration asks for it (add_eos_token)"
_END_LEFT = (
    "the tokenizer's configuration asks for an end token (add_eos_token); it is put where transformers puts it, because"
    " the pooling is not that of the last token"
)
UNSTATED = 10**9
"""Tokens from which on a tokenizer's limit is its way to say that it knows none."""
Cut = Literal["beginning", "end"]
# tokenizer.json opens with its version and how it cuts; what follows is the vocabulary.
_DIRECTION = re.compile(r'"truncation":\s*\{[^}]*"direction":\s*"(\w+)"')
_OPENING = 4_096
# Position tables of these architectures start after the padding index, so two entries are not usable.
_OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet"}
_ROTARY = ("rope_theta", "rope_parameters", "rope_scaling", "rotary_emb_base", "global_rope_theta")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A folder of weights, described."""

    folder: Path  # as given
    transformer: Path  # where config.json and the weights lie
    pooling: str
    normalise: bool
    dense: tuple[Dense, ...] = ()  # layers after pooling, in order
    lower_case: bool  # the text is lower-cased, special tokens in it are not
    asks_end: bool  # its tokenizer's configuration has add_eos_token
    max_tokens: int
    cut: Cut = "end"  # what a prompt over the limit loses when it is cut
    dim: int  # of a row: the last Dense module's where there is one
    architecture: str  # model_type of the configuration
    code: bool  # its own code runs
    configs: tuple[Path, ...]  # files that this was read from, there or not
    languages: frozenset[str] | None
    stated: tuple[str, ...]
    words: Path  # where the tokenizer lies
    adapter: Adapter | None = None  # merged into the network when it is loaded

    @property
    def ends(self) -> bool:
        """Whether every sequence ends with the tokenizer's end token, whose vector is the text's."""
        return self.asks_end and self.pooling == "last"

    def space_files(self) -> dict[Path, bool]:
        """The files that a space may depend on, there or not, and whether what each holds counts now."""
        folder = self.transformer
        code = sorted(folder.glob("*.py")) if self.code else []
        own = self.adapter.files if self.adapter else ()
        found = [*self.configs, folder / ADAPTER, *self.tokenizer_files(), *code, *own]
        watched = dict.fromkeys(found, True) | watched_weight_files(folder)
        for module in self.dense:
            watched |= watched_weight_files(module.folder)
        return watched

    def weights_digest(self, digest: Callable[[Path], str]) -> str:
        """SHA-256 over the names and bytes of the weight files, the configuration that shapes the network, and own code.

        With an adapter: over that of the base, the adapter's weights and the settings that decide rows.

        Parameters
        ----------
        digest
            Of one file.

        Raises
        ------
        EncoderError
            When the adapter's folder says that its base had other weights.
        """
        folder = self.transformer
        files = {file.name: file for file in (*weight_files(folder), folder / "config.json")}
        if self.code:
            files |= {file.name: file for file in sorted(folder.glob("*.py"))}
        if self.adapter is None:
            return files_digest(files | self._dense_files(), digest)
        base = files_digest(files, digest)
        self._check_base(self.adapter, base)
        around = hashlib.sha256(f"{base}\n{self.adapter.settings}\n".encode())
        around.update(
            files_digest({ADAPTER_WEIGHTS: self.adapter.files[1]} | self._dense_files(), digest).encode()
        )
        return around.hexdigest()

    def _check_base(self, adapter: Adapter, found: str) -> None:
        if adapter.base_weights and adapter.base_weights != found:
            raise EncoderError(
                f"{self.folder} holds an adapter of {adapter.base!r} with weights {adapter.base_weights[:16]}...; in"
                f" {self.transformer} lie weights {found[:16]}...: they fit in shape and are others, so the rows would be noise;"
                f" put the base that it was trained on there, or {adapter.moved()}"
            )

    def _dense_files(self) -> dict[str, Path]:
        files = {}
        for module in self.dense:
            for file in (*weight_files(module.folder), module.folder / "config.json"):
                files[f"{module.folder.name}/{file.name}"] = file
        return files

    def tokenizer_digest(self, digest: Callable[[Path], str]) -> str:
        """SHA-256 over the names and bytes of the tokenizer's files, and what is done beside them."""
        total = files_digest({file.name: file for file in self.tokenizer_files()}, digest)
        # Another word than "-lower", by which rows are known whose special tokens were lower-cased with the text.
        return total + ("-lowered" if self.lower_case else "") + ("-end" if self.ends else "")

    def essence(self) -> Checkpoint:
        """What of the description decides rows."""
        return replace(self, languages=None, stated=())

    def tokenizer_files(self) -> list[Path]:
        """Files of the tokenizer that are there."""
        return [file for pattern in _TOKENIZER for file in sorted(self.words.glob(pattern))]


def read_checkpoint(
    folder: Path, *, trust_remote_code: bool = False, base: Checkpoint | None = None
) -> Checkpoint:
    """Describe the checkpoint in ``folder``.

    Parameters
    ----------
    trust_remote_code
        Whether code that it names may run.
    base
        Whose network it is, where the folder holds an adapter and a chain of modules alone.

    Raises
    ------
    EncoderError
        When the folder is no checkpoint, is incomplete, brings code that is not trusted, or holds a module or a
        pooling that is not supported.
    """
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise EncoderError(
            f"{folder} holds neither config.json nor modules.json; a transformers or sentence-transformers checkpoint"
            " has one; give the folder that holds the weights"
        )
    as_whole = read_object(folder / "config_sentence_transformers.json", missing={})
    check_kind(folder, as_whole)
    chain = read_chain(folder)
    transformer = base.transformer if base else chain.transformer
    words = chain.transformer if base is None or _holds_words(chain.transformer) else base.words
    file = transformer / "config.json"
    if base is None and (transformer / ADAPTER).is_file():
        raise EncoderError(
            f"{transformer} holds an adapter ({ADAPTER}), and is read as whole weights; what an adapter goes into is a checkpoint"
            " without one; merge it with peft (merge_and_unload) and save the result, or name the adapter's folder as encoder"
        )
    config = read_object(file)
    check_architecture(folder, config, pools=chain.pooling is not None)
    code, native = named_code(transformer, config), native_class(config)
    runs = check_code(
        folder, code, native=native, trusted=trust_remote_code or (base is not None and base.code)
    )
    text_config = config.get("text_config") or config
    pooling, normalise, of_pooling = _pooled(chain, folder)
    dim, of_width = _width(chain, text_config, file)
    sentence = read_sentence_config(chain.transformer)
    max_tokens, how = _max_tokens(words, text_config, sentence)
    cut = _cut(words)
    asks_end = bool(read_object(words / "tokenizer_config.json", missing={}).get("add_eos_token"))
    stated = [*of_pooling, *of_width, f"at most {max_tokens} tokens: {how}"]
    if cut == "beginning":
        stated.append(_LEFT_CUT)
    if asks_end:
        stated.append(_END_TAKEN if pooling == "last" else _END_LEFT)
    if remark := window_remark(text_config):
        stated.append(remark)
    stated += stated_settings(as_whole)
    stated += _code_and_adapters(transformer, code=code, runs=runs, native=native)
    return Checkpoint(
        folder=folder,
        transformer=transformer,
        pooling=pooling,
        normalise=normalise,
        dense=chain.dense,
        lower_case=bool(sentence.get("do_lower_case")),
        asks_end=asks_end,
        max_tokens=max_tokens,
        cut=cut,
        dim=dim,
        architecture=str(config.get("model_type", "unknown")),
        code=runs,
        configs=(
            *chain.files,
            file,
            *sentence_configs(chain.transformer),
            words / "tokenizer_config.json",
            folder / "config_sentence_transformers.json",
        ),
        languages=base.languages if base else card_languages(folder / "README.md"),
        stated=tuple(stated),
        words=words,
    )


def _holds_words(folder: Path) -> bool:
    return any(file for pattern in _TOKENIZER for file in folder.glob(pattern))


def _pooled(chain: Chain, folder: Path) -> tuple[str, bool, list[str]]:
    """How token vectors become one, whether it is brought to unit length by the checkpoint, and what is to be stated."""
    if chain.pooling is None:
        assumed = (
            "the chain of modules names no pooling: mean pooling was assumed"
            if chain.configured
            else "no pooling is configured in the checkpoint: mean pooling and unit length were assumed"
        )
        return "mean", chain.normalise or not chain.configured, [assumed]
    pooling = _pooling_of(chain.pooling, folder)
    length = "unit length" if chain.normalise else "length as it comes"
    stated = [f"pooling {pooling}, {length}: read from the checkpoint"]
    if not chain.normalise:
        stated.append("rows are brought to unit length by Semascope: cosine is what every later step uses")
    return pooling, chain.normalise, stated


def _width(chain: Chain, text_config: dict[str, Any], file: Path) -> tuple[int, list[str]]:
    """Width of a row behind all modules, and what is to be stated of those."""
    dim = next(filter(None, (_count(text_config, key, file) for key in ("hidden_size", "d_model", "dim"))), 0)
    if not dim:
        raise EncoderError(f"{file} names no hidden_size; a text encoder has one; is it one?")
    stated = []
    for module in chain.dense:
        if module.wide_in != dim:
            raise EncoderError(
                f"{module.folder} takes vectors of {module.wide_in} entries, but gets {dim} from what is before it;"
                " both must agree; fetch or copy the checkpoint again"
            )
        dim = module.wide_out
        stated.append(
            f"a Dense module ({module.wide_in} to {dim}, {module.activation}) follows the pooling: read from the"
            " checkpoint"
        )
    return dim, stated


def _code_and_adapters(transformer: Path, *, code: str, runs: bool, native: str) -> list[str]:
    """What is to be stated of code that the checkpoint names, and of adapters beside its weights."""
    stated = []
    if runs:
        stated.append(f"code that comes with the checkpoint runs: {code}")
    elif code:
        stated.append(
            f"the code that its configuration names ({code}) does not run: {native} of transformers is the same network"
        )
    if besides := sorted(file.parent.name for file in transformer.glob("*/adapter_config.json")):
        stated.append(
            f"adapters lie beside the weights ({', '.join(besides)}); none is switched on: rows are those of the network"
            " without them"
        )
    return stated


def file_digest(file: Path) -> str:
    """SHA-256 of one file.

    Raises
    ------
    EncoderError
        When it lies in the hub's cache under a digest that is not its own, or is not as Semascope wrote it.
    """
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    # The hub's cache keeps what it fetched in blobs/ under the digest that the hub published; snapshots/ link to it.
    blob = file.resolve()
    if blob.parent.name == "blobs" and re.fullmatch("[0-9a-f]{64}", blob.name) and blob.name != found:
        raise EncoderError(
            f"{file} has SHA-256 {found[:16]}...; published is {blob.name[:16]}...: the file was damaged;"
            f" delete {blob} and fetch or copy the checkpoint again"
        )
    if (written := written_digest(file)) and written != found:
        raise EncoderError(
            f"{file} has SHA-256 {found[:16]}...; written was {written[:16]}...: the file was damaged or changed;"
            f" delete {file.parent} and it is written anew, or delete {WRITTEN} there when the change is meant"
        )
    return found


def files_digest(files: Mapping[str, Path], digest: Callable[[Path], str]) -> str:
    """SHA-256 over names of files and their digests, in order."""
    total = hashlib.sha256()
    for name, file in files.items():
        total.update(f"{name}\0{digest(file)}\n".encode())
    return total.hexdigest()


def stated_settings(config: Mapping[str, Any]) -> list[str]:
    """What config_sentence_transformers.json asks for and Semascope does in its own way, one sentence each."""
    stated = []
    default = config.get("default_prompt_name")
    if default and (prompt := (config.get("prompts") or {}).get(default)):
        stated.append(
            f"sentence-transformers would put the prompt {prompt!r} ({default}) before every text;"
            " here the template decides, and nothing else is put there"
        )
    if (similarity := config.get("similarity_fn_name")) not in (None, "cosine"):
        stated.append(f"the checkpoint names the similarity {similarity}; rows have unit length here")
    if cut := config.get("truncate_dim"):
        stated.append(f"the checkpoint asks for the first {cut} entries of a row; all are kept here")
    return stated


def _pooling_of(config: dict[str, Any], folder: Path) -> str:
    named = config.get("pooling_mode") or [flag for key, flag in _POOLING_FLAGS.items() if config.get(key)]
    names = map(str, [named] if isinstance(named, str) else named)
    chosen = [_POOLING_NAMES.get(name, name) for name in names]
    if len(chosen) != 1 or chosen[0] not in POOLINGS:
        raise EncoderError(
            f"{folder} pools by {' and '.join(chosen) or 'nothing'}; supported is one of"
            f" {', '.join(POOLINGS)}; choose another checkpoint"
        )
    if config.get("include_prompt") is False:
        raise EncoderError(
            f"{folder} leaves the instruction's tokens out of its pooling (include_prompt: false); that is not supported;"
            " choose another checkpoint"
        )
    return chosen[0]


def _max_tokens(folder: Path, config: dict[str, Any], sentence: dict[str, Any]) -> tuple[int, str]:
    positions = _count(config, "max_position_embeddings", folder / "config.json")
    if positions and config.get("model_type") in _OFFSET_POSITIONS:
        positions -= 2
    if named := _count(sentence, "max_seq_length", folder / "sentence_bert_config.json"):
        if positions and named > positions and not _turns(config):
            return positions, "the position table's limit, lower than that of sentence_bert_config.json"
        return named, "read from sentence_bert_config.json"
    limits = [positions] if positions else []
    tokenizer = read_object(folder / "tokenizer_config.json", missing={})
    length = tokenizer.get("model_max_length")
    if length and length < UNSTATED:
        limits.append(int(length))
    if not limits:
        return 512, "nothing states a limit, 512 was assumed"
    return min(limits), "the smaller of the tokenizer's and the position table's limit"


def _turns(config: Mapping[str, Any]) -> bool:
    """Whether positions are turned into vectors by rotation: no table ends, so what the authors serve is the limit."""
    return any(config.get(key) is not None for key in _ROTARY)


def _cut(folder: Path) -> Cut:
    """What the tokenizer takes away: its configuration's word, else what its own file was saved with."""
    side = read_object(folder / "tokenizer_config.json", missing={}).get("truncation_side")
    file = folder / "tokenizer.json"
    if side is None and file.is_file():
        with file.open(encoding="utf8", errors="replace") as stream:
            found = _DIRECTION.search(stream.read(_OPENING))
        side = found[1].lower() if found else None
    return "beginning" if side == "left" else "end"


def _count(config: Mapping[str, Any], key: str, file: Path) -> int:
    """The number under ``key``; 0 where there is none, or where -1 says that there is no limit."""
    found = config.get(key) or 0
    if not isinstance(found, int):
        raise EncoderError(
            f"{file} has {key} {found!r}; it must be a number; fetch or copy the checkpoint again"
        )
    return max(found, 0)


def card_languages(card: Path) -> frozenset[str] | None:
    """Languages in the front matter of a model card; None when it states none, or says only "multilingual"."""
    if not card.is_file():
        return None
    found = re.match(r"---\n(.*?)\n---", card.read_text(encoding="utf8", errors="replace"), flags=re.DOTALL)
    try:
        head = yaml.safe_load(found[1]) if found else None
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ):  # the latter two for a date that is none, and for brackets in brackets
        return None
    named = head.get("language") if isinstance(head, dict) else None
    codes = [named] if isinstance(named, str) else list(map(str, named)) if isinstance(named, list) else []
    short = {code.lower().partition("-")[0] for code in codes}
    return None if not short or "multilingual" in short else frozenset(short)
