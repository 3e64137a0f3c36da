"""Pieces of a long prompt along the borders of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.api.piece import Piece
from semascope.encoders.long import common_start, ends, usable_prefix, window_spans
from semascope.encoders.templates import prompt_prefix
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.api.own_tokenizer import OwnTokenizer
    from semascope.encoders.long import Frame, LongWay


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prompt:
    """A prompt over the limit, tokenized."""

    text: str
    ids: list[int]  # of the content: special tokens are left out
    starts: list[int]  # first character of each
    ends: list[int]  # the one behind the last of each
    frame: Frame
    prefix: int  # tokens that every piece repeats
    limit: int
    own: OwnTokenizer

    @property
    def room(self) -> int:
        """Tokens of text that a piece holds."""
        return self.limit - self.frame.size - self.prefix

    def framed(self, *parts: tuple[int, int]) -> list[int]:
        """Ids that a local encoder reads for some parts of the content behind the prefix."""
        content = [token for start, end in parts for token in self.ids[start:end]]
        return [*self.frame.before, *self.ids[: self.prefix], *content, *self.frame.after]

    def gap(self, token: int) -> str:
        """What stands between a token and the one before it: white space, mostly."""
        return self.text[self.ends[token - 1] : self.starts[token]] if token else ""

    def slice(self, start: int, end: int) -> str:
        """The characters of some tokens; a character that a border cuts is whole."""
        return self.text[self.starts[start] : self.ends[end - 1]]


def token_pieces(prompt: str, *, limit: int, long: LongWay, family: str, own: OwnTokenizer) -> list[Piece]:
    """What is sent for a prompt of more than ``limit`` tokens: one piece, or for ``chunk`` several.

    No piece has more than ``limit`` tokens as the tokenizer reads it again. Where a border in the middle of a word gives
    it more, tokens are left out at the side where its neighbour has them too.
    """
    whole = _tokenized(prompt, limit=limit, family="plain" if long == "truncate" else family, own=own)
    first, last = whole.prefix, len(whole.ids)
    if long == "truncate":
        return [_whole(whole, first, first + whole.room, from_start=True)]
    if long == "head-tail":
        return [_head_and_tail(whole)]
    spans = [(first + start, first + end) for start, end in window_spans(last - first, whole.room)]
    return [_whole(whole, start, end, from_start=end < last) for start, end in spans]


def _tokenized(prompt: str, *, limit: int, family: str, own: OwnTokenizer) -> _Prompt:
    frame = own.frame
    if frame is None:
        raise ConfigError(
            f"the tokenizer in {own.file} does more with its special tokens than to put them before and after a text, so pieces"
            " of one cannot be told; shorten the texts, or let the server cut them"
        )
    if limit <= frame.size:
        raise ConfigError(
            f"the limit is {limit} tokens, and {frame.size} of them are special ones; a piece needs more; check max_tokens of"
            " the model in the table of providers"
        )
    whole = own.tokenize(prompt)
    inside = slice(len(frame.before), len(whole.ids) - len(frame.after))
    ids, spans = whole.ids[inside], whole.spans[inside]
    prefix = prompt_prefix(prompt, family=family)
    alone = frame.content(own.ids([prefix])[0]) if prefix else []
    return _Prompt(
        text=prompt,
        ids=ids,
        starts=[start for start, _ in spans],
        ends=[end for _, end in spans],
        frame=frame,
        prefix=usable_prefix(common_start(alone, ids), limit=limit, frame=frame),
        limit=limit,
        own=own,
    )


def _whole(prompt: _Prompt, start: int, end: int, *, from_start: bool) -> Piece:
    """The piece of the tokens from ``start`` to ``end``, without as few as make it fit."""
    text_tokens = end - start
    while True:
        piece = _nearest(prompt, _written(prompt, start, end), prompt.framed((start, end)), end - start)
        over = piece.tokens - prompt.limit
        if over <= 0 or end - start <= 1:
            # The weight stays that of a local encoder's window: what is left out here, the neighbour has.
            return Piece(
                text=piece.text,
                tokens=piece.tokens,
                kept=piece.kept,
                text_tokens=text_tokens,
                as_local=piece.as_local and text_tokens == end - start,
            )
        start, end = (start, max(start + 1, end - over)) if from_start else (min(end - 1, start + over), end)


def _written(prompt: _Prompt, start: int, end: int) -> list[str]:
    """Ways to write the tokens from ``start`` to ``end`` behind the prefix."""
    own = prompt.slice(start, end)
    if start == prompt.prefix:
        return [prompt.text[: prompt.ends[end - 1]]]
    if not prompt.prefix:
        return [own, prompt.gap(start) + own]
    before = prompt.text[: prompt.ends[prompt.prefix - 1]]
    gaps = dict.fromkeys((prompt.gap(prompt.prefix), prompt.gap(start), ""))
    return [before + gap + own for gap in gaps]


def _head_and_tail(prompt: _Prompt) -> Piece:
    """The piece of the first and the last tokens; what makes it too long is left out at the seam."""
    head, tail = ends(prompt.room)
    last = len(prompt.ids)
    while True:
        middle, after = prompt.prefix + head, last - tail
        before, behind = prompt.text[: prompt.ends[middle - 1]] if middle else "", prompt.slice(after, last)
        ways = [before + gap + behind for gap in dict.fromkeys((prompt.gap(after), "", " "))]
        piece = _nearest(prompt, ways, prompt.framed((prompt.prefix, middle), (after, last)), head + tail)
        over = piece.tokens - prompt.limit
        if over <= 0 or tail <= 1:
            return piece
        tail = max(1, tail - over)


def _nearest(prompt: _Prompt, ways: list[str], wanted: list[int], text_tokens: int) -> Piece:
    """Of some ways to write the same tokens the one that is read most as they are."""
    read = prompt.own.ids(ways)
    best = min(range(len(ways)), key=lambda way: (_changed(read[way], wanted), way))
    return Piece(
        text=ways[best],
        tokens=len(read[best]),
        kept=text_tokens + prompt.prefix + prompt.frame.size,
        text_tokens=text_tokens,
        as_local=read[best] == wanted,
    )


def _changed(found: list[int], wanted: list[int]) -> int:
    """Tokens of the wanted ones that are missing between what both begin and end with, and those there instead."""
    start = common_start(found, wanted)
    end = common_start(found[start:][::-1], wanted[start:][::-1])
    return max(len(found), len(wanted)) - start - end
