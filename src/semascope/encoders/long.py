"""Prompts longer than an encoder reads at once: what it reads of them, on lists of token ids.

``truncate`` keeps the beginning. ``head-tail`` keeps the beginning and the end. ``chunk`` reads everything, in
windows that overlap; their vectors are added up by the tokens of text in each. A prompt that fits is read the same in
every way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.types import Array, Ints, Vectors

LongWay = Literal["truncate", "head-tail", "chunk"]
LONG_WAYS: tuple[LongWay, ...] = get_args(LongWay)

# Of 510 tokens the first 128 and the last 382: Sun et al., "How to fine-tune BERT for text classification?", 2019, 5.3.1.
_HEAD, _OF = 128, 510
# Of a window. A sentence of some thirty tokens that a border of MiniLM's 254 cuts stands whole in the next window; the
# price is at most a seventh more tokens.
_OVERLAP = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """Special tokens that a tokenizer puts around every content."""

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Special tokens of a sequence."""
        return len(self.before) + len(self.after)

    def content(self, ids: list[int]) -> list[int]:
        """What stands between the special tokens."""
        return ids[len(self.before) : len(ids) - len(self.after)]


@dataclass(frozen=True, slots=True)
class Window:
    """One sequence that goes through the network."""

    ids: list[int]  # special tokens and the prompt's beginning before the text included
    text_tokens: int  # of the text alone: its weight among the windows of the prompt


def check_long(way: str) -> LongWay:
    """The way itself, when it is one.

    Examples
    --------
    >>> check_long("chunk")
    'chunk'
    """
    for known in LONG_WAYS:
        if way == known:
            return known
    raise ConfigError(f"long is {way!r}; known are {', '.join(LONG_WAYS)}; choose one of them")


def ends(room: int) -> tuple[int, int]:
    """Tokens kept of the beginning and of the end where ``room`` fit: a quarter and three quarters.

    Notes
    -----
    Source: Sun et al. (2019), section 5.3.1: of 510 tokens the first 128 and the last 382 did best on IMDb and Sogou.

    Examples
    --------
    >>> ends(510), ends(254)
    ((128, 382), (64, 190))
    """
    head = round(room * _HEAD / _OF)
    return head, room - head


def window_spans(tokens: int, room: int) -> list[tuple[int, int]]:
    """Start and end of each window over ``tokens``, in order: as few as cover all, and even.

    Neighbours share exactly an eighth of ``room``, rounded down. Lengths differ by one at most, so no window is tiny:
    where there are several, each is at least half full.

    Parameters
    ----------
    tokens
        Of the text, 0 or more.
    room
        Tokens of text that one window holds, 1 or more.

    Examples
    --------
    >>> window_spans(20, 8)
    [(0, 8), (7, 14), (13, 20)]
    """
    shared = room // _OVERLAP
    count = max(1, -(-(tokens - shared) // (room - shared)))
    length, longer = divmod(tokens + (count - 1) * shared, count)
    spans, start = [], 0
    for number in range(count):
        end = start + length + (number < longer)
        spans.append((start, end))
        start = end - shared
    return spans


def read_long(ids: list[int], *, frame: Frame, prefix: int, limit: int, long: LongWay) -> list[Window]:
    """The sequences that a prompt over the limit is read in: one, or for ``chunk`` several.

    Parameters
    ----------
    ids
        The whole prompt, special tokens included; more than ``limit``.
    frame
        Its special tokens; they frame every sequence.
    prefix
        Tokens after them that precede the text (an instruction); every sequence carries them.
    limit
        Tokens of a sequence, special ones included.
    long
        ``head-tail`` or ``chunk``.
    """
    content = frame.content(ids)
    text, room = content[prefix:], limit - frame.size - prefix
    if long == "head-tail":
        head, tail = ends(room)
        parts = [text[:head] + text[len(text) - tail :]]
    else:
        parts = [text[start:end] for start, end in window_spans(len(text), room)]
    return [
        Window([*frame.before, *content[:prefix], *part, *frame.after], text_tokens=len(part))
        for part in parts
    ]


def usable_prefix(prefix: int, *, limit: int, frame: Frame) -> int:
    """Tokens that every window repeats: none when they would fill more than half of it.

    A text that happens to begin like a template, or an instruction of that length, is then read as text.
    """
    return prefix if prefix <= (limit - frame.size) // 2 else 0


def find_frame(samples: Iterable[tuple[list[int], list[int]]]) -> Frame | None:
    """The frame that explains every sample; None when none does.

    Parameters
    ----------
    samples
        Ids of a prompt with the tokenizer's special tokens and without them; at least two with different contents.
    """
    frames: set[Frame] | None = None
    for framed, bare in samples:
        fitting = {
            Frame(tuple(framed[:start]), tuple(framed[start + len(bare) :]))
            for start in range(len(framed) - len(bare) + 1)
            if framed[start : start + len(bare)] == bare
        }
        frames = fitting if frames is None else frames & fitting
    return min(frames, key=lambda frame: len(frame.before)) if frames else None


def common_start(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens with which both begin."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def shares(windows: Sequence[Window]) -> list[float]:
    """Weight of each window of a prompt: its part of the tokens of text; they sum to 1."""
    if len(windows) == 1:
        return [1.0]
    total = sum(window.text_tokens for window in windows)
    return [window.text_tokens / total for window in windows]


def add_windows(rows: Vectors, owners: Ints, weights: Array, vectors: Vectors) -> None:
    """Add each window's vector times its weight to the row of its prompt; ``to_unit_length`` ends it."""
    np.add.at(rows, owners, weights.astype(np.float32)[:, None] * vectors)


def to_unit_length(rows: Vectors, chosen: Ints) -> None:
    """Bring the rows of prompts that were read in windows to unit length; a row of zeros stays, for the caller to find."""
    norms = np.linalg.norm(rows[chosen], axis=1, keepdims=True)
    rows[chosen] /= np.where(norms > 0, norms, 1)
