"""Prompts to token ids: counted whole, cut to the limit or laid out in windows, with the special tokens kept."""

from __future__ import annotations

import functools
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders import long as long_prompts
from semascope.encoders.protocol import Lengths
from semascope.encoders.templates import prompt_prefix
from semascope.errors import ConfigError, DataError, EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from semascope.encoders.checkpoints.checkpoint import Checkpoint
    from semascope.encoders.long import Frame, LongWay, Window

# Prompts that show how the tokenizer frames its content; two that share no token, and none at all.
_PROBES = ("tide", "a noon", "")

_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")


class Tokens:
    """A checkpoint's tokenizer.

    Parameters
    ----------
    checkpoint
        The described folder.
    name
        What the user typed; shown in errors.
    trust_remote_code
        Whether code that comes with the checkpoint may run.
    loading
        Entered while the tokenizer's files are read.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        name: str,
        trust_remote_code: bool = False,
        loading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._checkpoint = checkpoint
        self._loading = loading
        self._name = name
        self._trust_remote_code = trust_remote_code and checkpoint.code
        # A call sets the tokenizer's cut, then tokenizes: beside another call it would cut by that one's limit, or not.
        self._in_turn = threading.Lock()

    def ids(self, prompts: Sequence[str]) -> list[list[int]]:
        """Ids of each prompt as the network sees them: cut to the limit, special tokens kept."""
        return self._call(prompts, cut=True)

    def count(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt before the cut, special ones included."""
        return [len(row) for row in self._call(prompts, cut=False)]

    def windows(self, prompts: Sequence[str], *, long: LongWay, family: str) -> list[list[Window]]:
        """What goes through the network for each prompt: one sequence, or for ``chunk`` several.

        Parameters
        ----------
        family
            Template family: what it writes before a text is repeated in every window.

        Raises
        ------
        ConfigError
            When ``long`` cuts inside the content and the tokenizer's special tokens do not simply frame it.
        """
        if long == "truncate":
            return [[long_prompts.Window(ids, len(ids))] for ids in self.ids(prompts)]
        frame, limit = self._frame(long), self._checkpoint.max_tokens
        whole = self._call(prompts, cut=False)
        prefixes = self._prefixes(prompts, whole, frame=frame, family=family)
        return [
            [long_prompts.Window(ids, len(ids))]
            if len(ids) <= limit
            else long_prompts.read_long(ids, frame=frame, prefix=prefix, limit=limit, long=long)
            for ids, prefix in zip(whole, prefixes, strict=True)
        ]

    def pieces(self, prompts: Sequence[str], *, long: LongWay, family: str) -> list[list[str]]:
        """What each id of ``windows`` stands for, in the tokenizer's own spelling, one window after the other."""
        return [
            self.tokenizer.convert_ids_to_tokens([token for window in windows for token in window.ids])
            for windows in self.windows(prompts, long=long, family=family)
        ]

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """The text of each sequence of ids, without the special tokens that frame it.

        Raises
        ------
        DataError
            For ids that the tokenizer does not have, and for those that it does not make of their text: they would be
            read as others.
        """
        bare = [self._without_frame(self._known(row, place)) for place, row in enumerate(ids)]
        with self._in_turn:
            texts: list[str] = [
                self.tokenizer.decode(row, skip_special_tokens=False, clean_up_tokenization_spaces=False)
                for row in bare
            ]
        for place, (row, again) in enumerate(
            zip(bare, self._call(texts, cut=False, special=False), strict=True)
        ):
            if row != again:
                raise DataError(
                    f"token ids {place} are no text of encoder {self._name!r}: its tokenizer makes other ids of what they"
                    " stand for; accepted are ids that it has made itself, from a whole text; send the text"
                )
        return texts

    def _known(self, ids: Sequence[int], place: int) -> list[int]:
        size = len(self.tokenizer)
        odd = next((one for one in ids if not 0 <= one < size), None)
        if odd is not None:
            shown = f"{odd}" if abs(odd) < 10**12 else "very large"
            raise DataError(
                f"token ids {place} hold one that is {shown}; encoder {self._name!r} has 0 to {size - 1}; these are another"
                " tokenizer's; send the text"
            )
        return list(ids)

    def _without_frame(self, ids: list[int]) -> list[int]:
        frame = self._found_frame
        if frame is None or len(ids) < frame.size:
            return ids
        before, end = len(frame.before), len(ids) - len(frame.after)
        is_framed = tuple(ids[:before]) == frame.before and tuple(ids[end:]) == frame.after
        return ids[before:end] if is_framed else ids

    def lengths(self, prompts: Sequence[str], *, long: LongWay, family: str) -> Lengths:
        """Tokens of each prompt before the cut, those lost, those computed; parameters as in ``windows``."""
        limit = self._checkpoint.max_tokens
        frame = None if long == "truncate" or not prompts else self._frame(long)
        whole = self._call(prompts, cut=False)
        tokens = np.array([len(ids) for ids in whole], dtype=np.int64)
        encoded, windows = np.minimum(tokens, limit), np.ones_like(tokens)
        lost = tokens - encoded
        if frame is not None and long == "chunk":
            lost = np.zeros_like(tokens)
            prefixes = self._prefixes(prompts, whole, frame=frame, family=family)
            for row in np.flatnonzero(tokens > limit).tolist():
                around = frame.size + prefixes[row]
                spans = long_prompts.window_spans(int(tokens[row]) - around, limit - around)
                encoded[row] = sum(end - start + around for start, end in spans)
                windows[row] = len(spans)
        return Lengths(tokens=tokens, lost=lost, encoded=encoded, windows=windows)

    def _prefixes(
        self, prompts: Sequence[str], whole: list[list[int]], *, frame: Frame, family: str
    ) -> list[int]:
        """Tokens of each prompt over the limit that precede its text; 0 for the others.

        Those that the prefix has by itself and that the prompt begins with: a token that reaches into the text is the
        text's.
        """
        limit = self._checkpoint.max_tokens
        known: dict[str, list[int]] = {"": []}
        found = [0] * len(prompts)
        for row, (prompt, ids) in enumerate(zip(prompts, whole, strict=True)):
            if len(ids) <= limit:
                continue
            prefix = prompt_prefix(prompt, family=family)
            if prefix not in known:
                known[prefix] = frame.content(self._call([prefix], cut=False)[0])
            shared = long_prompts.common_start(known[prefix], frame.content(ids))
            found[row] = long_prompts.usable_prefix(shared, limit=limit, frame=frame)
        return found

    def _frame(self, long: LongWay) -> Frame:
        if self._found_frame is None:
            raise ConfigError(
                f"long is {long!r}; the tokenizer of encoder {self._name!r} does more with its special tokens than to put"
                " them before and after a text, so windows of one cannot be framed; take truncate"
            )
        return self._found_frame

    @functools.cached_property
    def _found_frame(self) -> Frame | None:
        framed, bare = self._call(_PROBES, cut=False), self._call(_PROBES, cut=False, special=False)
        return long_prompts.find_frame(zip(framed, bare, strict=True))

    @functools.cached_property
    def padding(self) -> int:
        """Id that fills padded positions; they are masked, so any valid one does where the tokenizer names none."""
        return int(self.tokenizer.pad_token_id or 0)

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of transformers."""
        transformers = require("transformers", purpose=f"encoder {self._name!r}")
        folder = self._checkpoint.words
        # Without a vocabulary transformers makes an empty tokenizer, for which every word is unknown.
        if not self._trust_remote_code and not any(
            file for pattern in _VOCABULARIES for file in folder.glob(pattern)
        ):
            raise EncoderError(
                f"{folder} holds no tokenizer; accepted are {', '.join(_VOCABULARIES)}; fetch or copy the checkpoint again"
            )
        try:
            with self._loading():
                found = transformers.AutoTokenizer.from_pretrained(
                    folder, trust_remote_code=self._trust_remote_code
                )
            if self._checkpoint.lower_case:
                _lower_case(found)
            return found
        except EncoderError:  # a file has changed: it says all itself
            raise
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError) as error:
            reason = " ".join(str(error).split())[:300]
            raise EncoderError(
                f"the tokenizer of encoder {self._name!r} cannot be loaded ({reason});"
                f" check the folder {self._checkpoint.folder}"
            ) from error

    def check_fit(self, rows: int) -> None:
        """Raise ``EncoderError`` unless each id of the tokenizer has its row in a table of ``rows`` token vectors."""
        largest = max(len(self.tokenizer) - 1, *self.tokenizer.added_tokens_decoder, -1)
        if largest >= rows:
            raise EncoderError(
                f"the tokenizer of encoder {self._name!r} has ids up to {largest}, its weights have {rows} token"
                f" vectors; each id needs one, so they do not belong together; check {self._checkpoint.folder}"
            )

    def _call(self, prompts: Sequence[str], *, cut: bool, special: bool = True) -> list[list[int]]:
        if not prompts:
            return []
        end = self._end if special else []
        limit = self._checkpoint.max_tokens - len(end) if cut else None
        ids = self._tokenized(prompts, limit=limit, special=special)
        return [row + end for row in ids] if end else ids

    @functools.cached_property
    def _end(self) -> list[int]:
        """What is put behind the ids of every prompt, cut or not: the end token, where it is asked for and not there.

        From version 5 on transformers obeys ``add_eos_token`` only where there is no tokenizer.json, and the vector of
        the last token is then another one's. A tokenizer that ends its sequences in some other way is left alone.
        """
        if not self._checkpoint.ends:
            return []
        framed = self._tokenized(_PROBES, limit=None, special=True)
        bare = self._tokenized(_PROBES, limit=None, special=False)
        if all(more[-1:] != less[-1:] for more, less in zip(framed, bare, strict=True)):
            return []
        end = self.tokenizer.eos_token_id
        if end is None:
            raise EncoderError(
                f"the tokenizer of encoder {self._name!r} asks for an end token (add_eos_token) and names none;"
                " the vector of the last token would be another one's; give eos_token in its tokenizer_config.json"
            )
        return [int(end)]

    def _tokenized(self, prompts: Sequence[str], *, limit: int | None, special: bool) -> list[list[int]]:
        with self._in_turn:
            encoded = self.tokenizer(
                list(prompts),
                add_special_tokens=special,
                truncation=limit is not None,
                max_length=limit,
                return_attention_mask=False,
                return_token_type_ids=False,
                verbose=False,
            )
        ids: list[list[int]] = encoded["input_ids"]
        return ids


def _lower_case(tokenizer: Any) -> None:
    """Let a tokenizer lower-case what it reads as sentence-transformers does: after it has found special tokens."""
    if not tokenizer.is_fast:
        tokenizer.do_lower_case = True
        return
    from tokenizers import normalizers

    backend = tokenizer.backend_tokenizer
    whole: Any = backend.normalizer
    if isinstance(backend.normalizer, normalizers.Sequence):
        parts = list(whole)
    else:
        parts = [whole] if whole is not None else []
    if not any(isinstance(part, normalizers.Lowercase) for part in parts):
        backend.normalizer = normalizers.Sequence([normalizers.Lowercase(), *parts])
