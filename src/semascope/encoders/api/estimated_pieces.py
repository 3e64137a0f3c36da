"""Pieces of a long prompt along the borders that an estimate of its tokens gives."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.api.counting import codes_of
from semascope.encoders.api.estimate_weights import MEAN_OF_A_TEXT, MOST_OF_A_TEXT, character_weights
from semascope.encoders.api.piece import Piece
from semascope.encoders.long import ends, window_spans
from semascope.encoders.templates import prompt_prefix
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.long import LongWay
    from semascope.types import Floats

# No character is worth more, so none that a border falls into makes a piece longer by more.
_WIDEST = 4
_NEAR = 40  # characters within which white space is looked for
_LEAST = 16  # tokens of room below which nothing is cut sensibly
# Tokens of a limit that no text fills: special ones, and a character that a border falls into.
_AROUND = ceil(MOST_OF_A_TEXT) + _WIDEST


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prompt:
    """A prompt that may be over the limit, with what it is worth up to each character."""

    text: str
    mean: Floats  # (n + 1,) tokens expected before each character, and at the end
    most: Floats  # (n + 1,) those that are hardly exceeded
    prefix: int  # characters that every piece repeats
    room: int  # tokens of text that a piece holds

    def place(self, tokens: float) -> int:
        """The character that a number of tokens behind the prefix falls into."""
        return int(np.searchsorted(self.most, self.most[self.prefix] + tokens, side="right")) - 1

    def piece(self, *parts: tuple[int, int]) -> Piece:
        """What is sent of some parts behind the prefix."""
        texts = [self.text[start:end] for start, end in parts]
        gap = " " if len(texts) > 1 and not texts[0][-1:].isspace() and not texts[1][:1].isspace() else ""
        kept = sum(self.mean[end] - self.mean[start] for start, end in parts)
        tokens = ceil(MEAN_OF_A_TEXT + self.mean[self.prefix] + kept)
        text = self.text[: self.prefix] + gap.join(texts)
        return Piece(text=text, tokens=tokens, kept=tokens, text_tokens=float(kept))


def estimated_pieces(prompt: str, *, limit: int, long: LongWay, family: str) -> list[Piece]:
    """What is sent for a prompt that may have more than ``limit`` tokens: one piece, or for ``chunk`` several.

    Every piece is one that at most an ordinary text in a hundred exceeds ``limit`` with.
    """
    whole = _weighed(prompt, limit=limit, family="plain" if long == "truncate" else family)
    last = len(prompt)
    if long == "truncate":
        return [whole.piece((whole.prefix, _back(prompt, whole.place(whole.room), whole.prefix)))]
    tokens = ceil(whole.most[last] - whole.most[whole.prefix])
    if long == "head-tail":
        head, tail = ends(whole.room)
        middle, after = whole.place(head), whole.place(tokens - tail) + 1
        return [
            whole.piece(
                (whole.prefix, _back(prompt, middle, whole.prefix)), (_ahead(prompt, after, last), last)
            )
        ]
    spans = [(whole.place(start), whole.place(end)) for start, end in window_spans(tokens, whole.room)]
    return [whole.piece(part) for part in _moved(prompt, [*spans[:-1], (spans[-1][0], last)])]


def _weighed(prompt: str, *, limit: int, family: str) -> _Prompt:
    weights = character_weights(codes_of(prompt), np.zeros(1, dtype=np.int64))
    mean, most = np.concatenate([np.zeros((2, 1)), np.cumsum(weights, axis=1)], axis=1)
    room = limit - _AROUND
    if room < _LEAST:
        raise ConfigError(
            f"the limit is {limit} tokens, too few to cut a text by an estimate; {_LEAST + _AROUND} are needed; give the"
            " model's own tokenizer"
        )
    prefix = len(prompt_prefix(prompt, family=family))
    if most[prefix] > room // 2:  # as for a local encoder: what fills half a window is read as text
        prefix = 0
    return _Prompt(text=prompt, mean=mean, most=most, prefix=prefix, room=floor(room - most[prefix]))


def _moved(prompt: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans whose borders are moved to white space as far as neighbours still meet."""
    found = list(spans)
    for number in range(len(found) - 1):
        (start, end), (next_start, next_end) = found[number], found[number + 1]
        middle = (next_start + end) // 2
        found[number] = (start, _back(prompt, end, middle))
        found[number + 1] = (_ahead(prompt, next_start, middle), next_end)
    return found


def _back(prompt: str, place: int, least: int) -> int:
    """The place behind the last white space before ``place``; ``place`` itself where none is near."""
    if place >= len(prompt):
        return len(prompt)
    stop = max(least, place - _NEAR)
    return next((at for at in range(place, stop, -1) if prompt[at].isspace()), place)


def _ahead(prompt: str, place: int, most: int) -> int:
    """The place behind the next white space at or after ``place``; ``place`` itself where none is near."""
    stop = min(most, place + _NEAR)
    return next((at + 1 for at in range(place, stop) if prompt[at].isspace()), place)
