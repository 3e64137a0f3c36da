"""Prompts to token ids for a table of token vectors: no special tokens, cut as the library that wrote it cuts."""

from __future__ import annotations

import functools
import json
import threading
import time
from array import array
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.long import common_start, ends
from semascope.encoders.protocol import UNLIMITED, Lengths
from semascope.encoders.static.folder import TOKENIZER
from semascope.encoders.static.means import Ragged
from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from semascope.encoders.long import LongWay
    from semascope.encoders.static.folder import StaticFolder
    from semascope.types import Ints, Mask

_ROOM = 64_000_000  # bytes that are held at most
_OVERHEAD = 200  # bytes of an entry beside the prompt's characters and its ids
_keeping = threading.Lock()  # not the object's: what has not loaded yet can be sent to another process

_SLICE_CHARACTERS = 1_000_000  # tokenized at once: what the tokenizer returns takes far more than its ids


class StaticTokens:
    """The tokenizer of a folder of token vectors.

    Parameters
    ----------
    folder
        Described.
    name
        What the user typed; shown in errors.
    loading
        Entered while the tokenizer's file is read.
    """

    def __init__(
        self,
        folder: StaticFolder,
        *,
        name: str,
        loading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._folder = folder
        self._name = name
        self._loading = loading
        self._recent = RecentIds()
        self.seconds = 0.0  # spent on tokenizing so far
        self.made = 0  # tokens that came out

    def whole(self, prompts: Sequence[str]) -> Ragged:
        """Ids of each prompt before any cut, those of unknown tokens included."""
        found = [self._recent.get(prompt) for prompt in prompts]
        missing = [place for place, ids in enumerate(found) if ids is None]
        for part in slices([prompts[place] for place in missing]):
            places = missing[part]
            for place, ids in zip(places, self._tokenized([prompts[place] for place in places]), strict=True):
                found[place] = kept = array("i", ids).tobytes()
                self._recent.keep(prompts[place], kept)
        every = [ids for ids in found if ids is not None]
        counts = np.fromiter(map(len, every), dtype=np.int64, count=len(every)) // array("i").itemsize
        return Ragged(np.frombuffer(b"".join(every), dtype=np.intc), counts)

    def counts(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt before any cut, unknown ones included."""
        return [count for part in slices(prompts) for count in self.whole(prompts[part]).counts.tolist()]

    def read(self, prompts: Sequence[str], *, long: LongWay) -> Ragged:
        """Ids of each prompt that its row is made of, those of unknown tokens included."""
        if long == "truncate" and self.characters < UNLIMITED:
            prompts = [prompt[: self.characters] for prompt in prompts]
        return self._cut(self.whole(prompts), long=long)

    def lengths(self, prompts: Sequence[str], *, long: LongWay) -> Lengths:
        """Tokens of each prompt before the cut, those lost, those read, and those of them that are unknown."""
        none = np.empty((4, 0), dtype=np.int64)
        # Part by part: the ids of all take memory.
        parts = [self._lengths(prompts[part], long=long) for part in slices(prompts)]
        tokens, lost, encoded, unknown = np.concatenate([none, *parts], axis=1)
        windows = np.ones_like(tokens)
        return Lengths(tokens=tokens, lost=lost, encoded=encoded, windows=windows, unknown=unknown)

    def _lengths(self, prompts: Sequence[str], *, long: LongWay) -> Ints:
        """(4, n) tokens before the cut, lost, read, and unknown among those read."""
        texts = self.whole(prompts)
        read = self._cut(texts, long=long)
        encoded, unknown = read.counts.copy(), read.per_text(read.ids == self._mark)
        lost = texts.counts - encoded
        over = [place for place, prompt in enumerate(prompts) if len(prompt) > self.characters]
        if over and long == "truncate":
            cut = self.read([prompts[place] for place in over], long=long)
            encoded[over], unknown[over] = cut.counts, cut.per_text(cut.ids == self._mark)
            whole = texts.texts()
            lost[over] = [_lost(whole[place], left) for place, left in zip(over, cut.texts(), strict=True)]
        return np.stack([texts.counts, lost, encoded, unknown])

    def pieces(self, prompts: Sequence[str], *, long: LongWay) -> list[list[str]]:
        """What each id of ``read`` stands for, in the tokenizer's own spelling."""
        return [list(map(self.tokenizer.id_to_token, ids)) for ids in self.read(prompts, long=long).texts()]

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of the package tokenizers, which neither pads nor cuts."""
        tokenizers = require("tokenizers", purpose=f"encoder {self._name!r}")
        file = self._folder.place / TOKENIZER
        try:
            with self._loading():
                found = tokenizers.Tokenizer.from_file(str(file))
        except EncoderError:  # a file has changed: it says all itself
            raise
        except Exception as error:  # the package raises nothing narrower
            raise EncoderError(
                f"the tokenizer of encoder {self._name!r} cannot be loaded ({_said(error)}); check {file}"
            ) from error
        found.no_padding()
        found.no_truncation()
        return found

    @functools.cached_property
    def size(self) -> int:
        """The largest id that the tokenizer gives, and one."""
        return max(self.tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    @functools.cached_property
    def unknown(self) -> int | None:
        """Id of what the tokenizer does not know; None where it names none."""
        model = self.tokenizer.model
        if hasattr(model, "unk_token"):
            token = model.unk_token
            found = None if token is None else self.tokenizer.token_to_id(token)
        else:  # Unigram tells its own only in its file
            found = json.loads(self.tokenizer.to_str())["model"].get("unk_id")
        return None if found is None else int(found)

    @functools.cached_property
    def characters(self) -> int:
        """Characters of a prompt that are tokenized when it is cut: model2vec's way to spare itself the rest."""
        if self._folder.rule != "model2vec" or self._folder.max_tokens == UNLIMITED:
            return UNLIMITED
        tokens = [len(token) for token in self.tokenizer.get_vocab(with_added_tokens=True)]
        return self._folder.max_tokens * int(np.median(tokens))

    @property
    def _mark(self) -> int:
        """The unknown token's id; one that no token has where there is none."""
        return -1 if self.unknown is None else self.unknown

    def _cut(self, texts: Ragged, *, long: LongWay) -> Ragged:
        """What is read of each text."""
        limit = self._folder.max_tokens
        if long == "chunk" or not (texts.counts > limit).any():
            return texts
        places = texts.places()
        counts: Ints = np.repeat(texts.counts, texts.counts)
        if long == "head-tail":
            head, tail = ends(limit)
            within: Mask = (counts <= limit) | (places < head) | (places >= counts - tail)
        elif self._folder.cut == "beginning":
            within = places >= counts - limit
        else:
            within = places < limit
        return texts.kept(within)

    def _tokenized(self, prompts: Sequence[str]) -> list[list[int]]:
        tokenizer, began = self.tokenizer, time.perf_counter()
        try:
            encodings = tokenizer.encode_batch_fast(prompts, add_special_tokens=False)
        except Exception as error:  # the package raises nothing narrower
            raise EncoderError(
                f"the tokenizer of encoder {self._name!r} fails on a text ({_said(error)}); check"
                f" {self._folder.place / TOKENIZER}"
            ) from error
        ids = [encoding.ids for encoding in encodings]
        self.seconds += time.perf_counter() - began
        self.made += sum(map(len, ids))
        return ids


def _lost(whole: list[int], left: list[int]) -> int:
    """Ids that a cut by characters takes from a text.

    What is left of a word that is cut falls into other tokens, often into more than the word had.
    """
    return max(len(whole) - common_start(whole, left), int(whole != left))


def slices(prompts: Sequence[str]) -> Iterator[slice]:
    """Parts of the prompts in their order, a bounded number of characters at a time."""
    start, held = 0, 0
    for place, prompt in enumerate(prompts):
        if held and held + len(prompt) > _SLICE_CHARACTERS:
            yield slice(start, place)
            start, held = place, 0
        held += len(prompt) + 1
    if start < len(prompts):
        yield slice(start, len(prompts))


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


class RecentIds:
    """Token ids by prompt, the oldest given up first.

    Tokenizing takes nine tenths of the time of a table of token vectors, and an embedding counts the tokens of all texts
    before it encodes any.

    Parameters
    ----------
    room
        Bytes that are held at most.

    Examples
    --------
    >>> kept = RecentIds(room=500)
    >>> kept.keep("ebb", b"1234")
    >>> kept.keep("flow", b"5678")
    >>> kept.keep("slack", b"9")
    >>> kept.get("ebb"), kept.get("slack")
    (None, b'9')
    """

    def __init__(self, *, room: int = _ROOM) -> None:
        self._room = room
        self._held = 0
        self._ids: dict[str, bytes] = {}

    def get(self, prompt: str) -> bytes | None:
        """Its ids as they were kept; None where they were not, or no longer are."""
        return self._ids.get(prompt)

    def keep(self, prompt: str, ids: bytes) -> None:
        """Keep the ids of a prompt, unless it alone has no room."""
        size = _size(prompt, ids)
        if size > self._room:
            return
        with _keeping:
            if prompt in self._ids:
                return
            self._ids[prompt] = ids
            self._held += size
            while self._held > self._room:
                oldest = next(iter(self._ids))
                self._held -= _size(oldest, self._ids.pop(oldest))


def _size(prompt: str, ids: bytes) -> int:
    return len(prompt) + len(ids) + _OVERHEAD
