"""How long texts are in the tokens of one tokenizer: what a limit cuts, and what a batch will hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.words.numbers import exact, fixed, rounded_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.types import Ints

LIMITS = (128, 256, 512)
"""Tokens: limits at which small encoders cut."""
FIRST_EDGE = (
    16  # tokens; each bin after the first is twice as wide as all before it, so that edges meet usual limits
)
WIDTH = 24  # characters of the longest bar


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TokenLengths:
    """Tokens of the n texts of one column, special ones included, before any cut."""

    column: str
    n: int
    total: int
    median: float
    p95: float  # 95th percentile, between two lengths where it falls there
    longest: int
    above: dict[int, float]  # limit -> share of the texts that are longer, in [0, 1]
    edges: Ints  # (b + 1,) bin i holds lengths from edges[i] to edges[i + 1] - 1
    counts: Ints  # (b,)

    def lines(self) -> list[str]:
        """A sentence, and the histogram, one line a bin."""
        over = ", ".join(f"{rounded_share(share)} above {limit:,}" for limit, share in self.above.items())
        head = (
            f"{self.column}: median {exact(self.median)} tokens, 95 % up to {fixed(self.p95, 0)}, longest {self.longest:,};"
            f" {over or 'no limit named'}; {self.total:,} in all"
        )
        most = int(self.counts.max())
        bins = zip(self.edges.tolist(), self.edges[1:].tolist(), self.counts.tolist(), strict=False)
        return [
            head,
            *(
                f"{low:>7,} to {high - 1:<7,} {count:>8,} {'#' * -(-WIDTH * count // most)}".rstrip()
                for low, high, count in bins
            ),
        ]


def length_stats(
    columns: Mapping[str, Sequence[str]],
    *,
    count: Callable[[Sequence[str]], Sequence[int] | Ints],
    limits: Sequence[int] = LIMITS,
) -> list[TokenLengths]:
    """Lengths of the texts of each column.

    Parameters
    ----------
    columns
        Name of a column -> its texts, one or more.
    count
        Tokens of each text, such as ``lambda texts: encoder.lengths(texts).tokens``.
    limits
        Tokens, 1 or more each.

    Raises
    ------
    ConfigError
        For a limit below 1.
    DataError
        For a column without texts.

    Examples
    --------
    >>> (found,) = length_stats({"title": ["a b", "a b c", "a b c d e"]}, count=lambda texts: [len(t.split()) for t in texts], limits=[3])
    >>> found.median, found.longest, round(found.above[3], 2)
    (3.0, 5, 0.33)
    """
    if bad := [limit for limit in limits if limit < 1]:
        raise ConfigError(f"limits hold {bad[0]}; each must be 1 token or more; leave it out")
    return [_stats(name, texts, count, sorted(set(limits))) for name, texts in columns.items()]


def _stats(
    column: str,
    texts: Sequence[str],
    count: Callable[[Sequence[str]], Sequence[int] | Ints],
    limits: list[int],
) -> TokenLengths:
    if not len(texts):
        raise DataError(f"column {column!r} has no text; lengths need one or more; name another column")
    tokens = np.asarray(count(texts), dtype=np.int64)
    edges = _edges(int(tokens.max()))
    return TokenLengths(
        column=column,
        n=len(tokens),
        total=int(tokens.sum()),
        median=float(np.median(tokens)),
        p95=float(np.percentile(tokens, 95)),
        longest=int(tokens.max()),
        above={limit: float(np.mean(tokens > limit)) for limit in limits},
        edges=edges,
        counts=np.histogram(tokens, bins=edges)[0].astype(np.int64),
    )


def _edges(longest: int) -> Ints:
    """From 0 over 1 + 16, 1 + 32, … to the first beyond the longest: a text of just 512 tokens is below that limit."""
    edges = [0, FIRST_EDGE + 1]
    while edges[-1] <= longest:
        edges.append((edges[-1] - 1) * 2 + 1)
    return np.array(edges, dtype=np.int64)
