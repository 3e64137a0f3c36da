"""What a folder of static token vectors says about itself, read without loading the table.

Two libraries write such folders, and read the same one differently: model2vec leaves out tokens that its tokenizer does
not know and reads the first 512 tokens, sentence-transformers counts every token of the whole text. Which of the two
wrote a folder is seen by the name of the table in its weights, and its rows are those of that library.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from semascope.encoders.checkpoints.checkpoint import card_languages, files_digest, stated_settings
from semascope.encoders.checkpoints.configuration import (
    kind_of_module,
    read_json,
    read_modules,
    read_object,
)
from semascope.encoders.checkpoints.purpose import check_kind
from semascope.encoders.protocol import UNLIMITED
from semascope.encoders.static.weights import WEIGHTS, read_shapes, weights_of
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from semascope.encoders.checkpoints.checkpoint import Cut
    from semascope.encoders.static.weights import Rule

ARCHITECTURE = "static"
"""What stands for an architecture in the lines of tables: there is no network."""

TOKENIZER = "tokenizer.json"
_MODEL2VEC_LIMIT = 512  # of model2vec's ``encode``, where its configuration names none
# tokenizer.json opens with its version and how it cuts; what follows is the vocabulary.
_OPENING = re.compile(r'"truncation":\s*(null|\{[^{}]*\})')
_OPENING_CHARACTERS = 4_096
_CONFIGS = ("modules.json", "config.json", "config_sentence_transformers.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticFolder:
    """A folder of static token vectors, described."""

    folder: Path  # as given
    place: Path  # where the table and the tokenizer lie
    rule: Rule  # whose way of reading a text is kept
    rows: int  # of the table
    dim: int
    stored: str  # numbers that the table is kept in, as the file names them: F32, F16, I8, ...
    max_tokens: int  # of one text; UNLIMITED where all of it is read
    cut: Cut  # what a text over the limit loses
    languages: frozenset[str] | None
    stated: tuple[str, ...]

    def space_files(self) -> dict[Path, bool]:
        """The files that a space may depend on, there or not, and whether what each holds counts now."""
        first = next((self.place / name for name in WEIGHTS if (self.place / name).is_file()), None)
        configs = {self.folder / name: True for name in _CONFIGS}
        weights = {self.place / name: self.place / name == first for name in WEIGHTS}
        return configs | weights | {self.place / TOKENIZER: True}

    def weights_digest(self, digest: Callable[[Path], str]) -> str:
        """SHA-256 over the name and the bytes of the file that holds the table."""
        file = weights_of(self.place)
        return files_digest({file.name: file}, digest)

    def tokenizer_digest(self, digest: Callable[[Path], str]) -> str:
        """SHA-256 over the tokenizer's file, and the rule by which its tokens are taken."""
        return f"{files_digest({TOKENIZER: self.place / TOKENIZER}, digest)}-{self.rule}"

    def essence(self) -> StaticFolder:
        """What of the description decides rows."""
        return replace(self, languages=None, stated=())


def is_static(folder: Path) -> bool:
    """Whether ``folder`` holds a table of token vectors instead of a network.

    Raises
    ------
    EncoderError
        When its modules.json is no list of modules, and when its config.json is not JSON.
    """
    modules = read_modules(folder)
    if modules:
        return kind_of_module(modules[0]) == "StaticEmbedding"
    config = read_json(folder / "config.json", missing={})
    if not isinstance(config, dict):
        return False  # the reader of checkpoints refuses it
    # Until its version 0.4 model2vec named no model_type.
    return bool(config.get("model_type", "model2vec" if "apply_pca" in config else "") == "model2vec")


def read_static(folder: Path) -> StaticFolder:
    """Describe the table in ``folder``, for which ``is_static`` holds.

    Raises
    ------
    EncoderError
        When a file is missing or damaged, and when modules follow the table that are not supported.
    """
    settings = read_object(folder / "config_sentence_transformers.json", missing={})
    check_kind(folder, settings)
    place, normalise = _read_modules(folder)
    shapes = read_shapes(weights_of(place))
    if not (place / TOKENIZER).is_file():
        raise EncoderError(
            f"{place} holds no {TOKENIZER}; a table of token vectors needs it to find a text's tokens; fetch the folder"
            " again"
        )
    rule = shapes.rule
    config = read_object(folder / "config.json", missing={}) if rule == "model2vec" else {}
    normalise = normalise or bool(config.get("normalize"))
    max_tokens, cut, how = _limit(folder, config) if rule == "model2vec" else _cutting(place / TOKENIZER)
    stated = [
        f"a table of {shapes.rows:,} token vectors ({shapes.stored}), no network: a row is the mean of the vectors of a"
        " text's tokens, whatever their order",
        _STATED[rule],
        how,
        "a text without a token that its tokenizer knows gets the vector of the unknown token, where there is one: a row of"
        " zeros, which the library gives, has no direction",
        "sums are float32 whatever precision is asked for",
    ]
    if not normalise:
        stated.append("rows are brought to unit length by Semascope: cosine is what every later step uses")
    return StaticFolder(
        folder=folder,
        place=place,
        rule=rule,
        rows=shapes.rows,
        dim=shapes.dim,
        stored=shapes.stored,
        max_tokens=max_tokens,
        cut=cut,
        languages=card_languages(folder / "README.md"),
        stated=(*stated, *stated_settings(settings)),
    )


_STATED: dict[Rule, str] = {
    "model2vec": "read as model2vec reads it: tokens that its tokenizer does not know are left out of the mean"
    " (sentence-transformers, which can read the same folder, counts them)",
    "sentence-transformers": "read as sentence-transformers reads it: no special token is added, and an unknown token"
    " counts like any other",
}


def _read_modules(folder: Path) -> tuple[Path, bool]:
    """Where the table lies, and whether a Normalize module follows it."""
    modules = read_modules(folder)
    kinds = [kind_of_module(module) for module in modules]
    after = [kind for kind in kinds[1:] if kind != "Dropout"]
    if after not in ([], ["Normalize"]):
        raise EncoderError(
            f"{folder} chains {', '.join(kind or 'an unknown module' for kind in kinds)}; supported is StaticEmbedding"
            " alone or followed by Normalize; another module would change every vector, so it is not left out: choose a"
            " folder without it"
        )
    named = str(modules[0].get("path") or "") if modules else ""
    return folder / named, after == ["Normalize"]


def _limit(folder: Path, config: Mapping[str, Any]) -> tuple[int, Cut, str]:
    """Tokens that model2vec reads of a text, which end it cuts, and the sentence that states it."""
    found = config.get("max_length", _MODEL2VEC_LIMIT)
    if found is None:
        return UNLIMITED, "end", "a text is read whole: its config.json names no limit (max_length)"
    if not _is_limit(found):
        raise EncoderError(
            f"{folder / 'config.json'} has max_length {found!r}; it must be a number of tokens, 1 or more, or null; fetch"
            " the folder again"
        )
    source = "its config.json says so" if "max_length" in config else "model2vec's own limit"
    how = (
        f"at most {found} tokens, and never more characters than {found} of its tokens have at their median length: {source};"
        " head-tail takes both ends, chunk reads all"
    )
    return found, "end", how


def _cutting(tokenizer: Path) -> tuple[int, Cut, str]:
    """Tokens that sentence-transformers reads of a text, which end is cut, and the sentence that states it."""
    cutting = _truncation(tokenizer)
    if cutting is None:
        return UNLIMITED, "end", "a text is read whole: nothing limits it"
    found = cutting.get("max_length")
    if not isinstance(found, int) or not _is_limit(found):
        raise EncoderError(
            f"{tokenizer} cuts at {found!r} tokens; it must be a number, 1 or more; fetch the folder again"
        )
    cut: Cut = "beginning" if str(cutting.get("direction", "")).lower() == "left" else "end"
    return found, cut, f"at most {found} tokens, the {cut} is cut: its {TOKENIZER} says so (truncation)"


def _is_limit(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and found >= 1


def _truncation(file: Path) -> dict[str, Any] | None:
    """How a tokenizer's file says that it cuts; None where it does not cut."""
    with file.open(encoding="utf8", errors="replace") as stream:
        found = _OPENING.search(stream.read(_OPENING_CHARACTERS))
    try:
        # A vocabulary of half a million words takes a second to parse.
        cutting = json.loads(found[1]) if found else read_object(file).get("truncation")
    except ValueError as error:
        raise EncoderError(f"{file} is not JSON ({error}); fetch the folder again") from error
    return cutting if isinstance(cutting, dict) else None
