"""Prompts to token ids: counted whole, cut to the limit with the special tokens kept."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.checkpoint import Checkpoint

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
    """

    def __init__(self, checkpoint: Checkpoint, *, name: str, trust_remote_code: bool = False) -> None:
        self._checkpoint = checkpoint
        self._name = name
        self._trust_remote_code = trust_remote_code

    def ids(self, prompts: Sequence[str]) -> list[list[int]]:
        """Ids of each prompt as the network sees them: cut to the limit, special tokens kept."""
        return self._call(prompts, cut=True)

    def pieces(self, prompts: Sequence[str]) -> list[list[str]]:
        """What each id of ``ids`` stands for, in the tokenizer's own spelling."""
        return [self.tokenizer.convert_ids_to_tokens(ids) for ids in self.ids(prompts)]

    def count(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt before the cut, special ones included."""
        return [len(row) for row in self._call(prompts, cut=False)]

    @functools.cached_property
    def padding(self) -> int:
        """Id that fills padded positions; they are masked, so any valid one does where the tokenizer names none."""
        return int(self.tokenizer.pad_token_id or 0)

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of transformers."""
        transformers = require("transformers", purpose=f"encoder {self._name!r}")
        folder = self._checkpoint.transformer
        # Without a vocabulary transformers makes an empty tokenizer, for which every word is unknown.
        if not self._trust_remote_code and not any(
            file for pattern in _VOCABULARIES for file in folder.glob(pattern)
        ):
            raise EncoderError(
                f"{folder} holds no tokenizer; accepted are {', '.join(_VOCABULARIES)}; fetch the checkpoint again"
            )
        try:
            return transformers.AutoTokenizer.from_pretrained(
                folder, trust_remote_code=self._trust_remote_code
            )
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

    def _call(self, prompts: Sequence[str], *, cut: bool) -> list[list[int]]:
        if not prompts:
            return []
        if self._checkpoint.lower_case:
            prompts = [prompt.lower() for prompt in prompts]
        encoded = self.tokenizer(
            list(prompts),
            truncation=cut,
            max_length=self._checkpoint.max_tokens if cut else None,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids
