"""Prompts longer than a model reads at once, as strings: a server takes text and no token ids.

With the model's own tokenizer the pieces are what a local encoder of the same checkpoint reads, cut at the borders of
its tokens. A border inside a word may be read otherwise by the server, which sees a piece and not the word: each piece
is tokenized again here, and of the ways to write it the one that comes nearest is taken; how many come out exactly is
in docs/api.md. Without a tokenizer the borders are those of an estimate that hardly any text exceeds, moved to white
space where some is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.api.counting import ExactCounter
from semascope.encoders.api.estimated_pieces import estimated_pieces
from semascope.encoders.api.token_pieces import token_pieces
from semascope.encoders.protocol import Lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.api.counting import TokenCounter
    from semascope.encoders.api.piece import Piece
    from semascope.encoders.long import LongWay
    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """What is sent for n prompts: m pieces, each prompt's in order, one prompt after the other."""

    texts: list[str]  # (m,)
    owners: Ints  # (m,) the prompt of each piece
    weights: Floats  # (m,) its share of the prompt's row; those of a prompt sum to 1
    tokens: Ints  # (m,) of each piece, special ones included
    lengths: Lengths  # (n,) each
    exact: bool  # whether tokens are counted and not estimated


def cut_prompts(
    prompts: Sequence[str],
    *,
    limit: int | None,
    long: LongWay,
    family: str,
    counter: TokenCounter,
    cautious: bool = True,
) -> Pieces:
    """The pieces that are sent for each prompt; a prompt that fits is sent as it is.

    Parameters
    ----------
    limit
        Tokens that the model reads of one piece, special ones included; None for no known limit: nothing is cut.
    long
        What happens to a longer prompt, as ``encoders/long.py`` has it.
    family
        Template family: what it writes before a text stands before every piece.
    counter
        Counts exactly, or estimates.
    cautious
        Of an estimate: whether a prompt counts as too long when it may be (by ``most``), or only when it is expected to
        be (by ``count``). The second leaves whole what a server is then to judge. Pieces are cut by
        ``most`` in both cases.

    Raises
    ------
    ConfigError
        When a tokenizer does more than to put special tokens before and after a text, so that pieces of one cannot be
        told.
    """
    tokens = counter.count(prompts)
    cut: dict[int, list[Piece]] = {}
    if limit is None or not len(prompts):
        return _gathered(prompts, tokens, cut, exact=counter.exact)
    for row in _over(prompts, tokens, limit, counter, cautious=cautious).tolist():
        if isinstance(counter, ExactCounter):
            cut[row] = token_pieces(
                prompts[row], limit=limit, long=long, family=family, own=counter.tokenizer
            )
        else:
            cut[row] = estimated_pieces(prompts[row], limit=limit, long=long, family=family)
    return _gathered(prompts, tokens, cut, exact=counter.exact)


def _over(prompts: Sequence[str], tokens: Ints, limit: int, counter: TokenCounter, *, cautious: bool) -> Ints:
    """Places of the prompts that are too long."""
    if counter.exact:
        return np.flatnonzero(tokens > limit)
    return np.flatnonzero((counter.most(prompts) if cautious else tokens) > limit)


def _gathered(prompts: Sequence[str], tokens: Ints, cut: dict[int, list[Piece]], *, exact: bool) -> Pieces:
    lost, encoded, windows = np.zeros_like(tokens), tokens.copy(), np.ones_like(tokens)
    for row, pieces in cut.items():
        # An estimate expects a part of what it fears: what is kept may be all that is expected.
        lost[row] = 0 if len(pieces) > 1 else max(0, int(tokens[row]) - pieces[0].kept)
        encoded[row] = sum(piece.tokens for piece in pieces)
        windows[row] = len(pieces)
    owners: Ints = np.repeat(np.arange(len(prompts)), windows)
    texts, sent, weights = list(prompts), tokens, np.ones(len(prompts))
    if cut:
        every = [cut.get(row) for row in range(len(prompts))]
        texts = [
            text
            for prompt, pieces in zip(prompts, every, strict=True)
            for text in ([piece.text for piece in pieces] if pieces else [prompt])
        ]
        sent, weights = tokens[owners], np.ones(len(owners))
        for row, pieces in cut.items():
            mine = slice(*np.searchsorted(owners, [row, row + 1]))
            sent[mine] = [piece.tokens for piece in pieces]
            total = sum(piece.text_tokens for piece in pieces)
            weights[mine] = [piece.text_tokens / total if total else 1 / len(pieces) for piece in pieces]
    lengths = Lengths(tokens=tokens, lost=lost, encoded=encoded, windows=windows)
    return Pieces(texts=texts, owners=owners, weights=weights, tokens=sent, lengths=lengths, exact=exact)
