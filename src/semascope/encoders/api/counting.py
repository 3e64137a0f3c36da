"""How many tokens a text has: by the model's own tokenizer where it is at hand, else by an estimate that says so."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.encoders.api.estimate_weights import (
    MEAN_OF_A_TEXT,
    MOST_OF_A_TEXT,
    VERSION,
    character_weights,
)
from semascope.encoders.api.own_tokenizer import find_tokenizer
from semascope.encoders.static.tokens import slices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.encoders.api.own_tokenizer import OwnTokenizer
    from semascope.types import Floats, Ints

# Tokens that an estimate is believed for before the first answer: one odd short text must not turn it over.
_BELIEVED = 2_000


class TokenCounter(Protocol):
    """Counts tokens, special ones included.

    Numbers of a text never change: what the answers teach stands in ``factor`` alone, so a job that is run again cuts
    and batches its texts as before.
    """

    @property
    def exact(self) -> bool: ...  # whether ``count`` is what the model counts

    @property
    def stated(self) -> str: ...  # what is counted by, in a sentence

    @property
    def identity(
        self,
    ) -> str: ...  # another one wherever a count, and so the pieces of a long text, may be another

    @property
    def factor(self) -> float: ...  # to multiply ``count`` with for money and pace, by the answers so far

    def count(self, texts: Sequence[str]) -> Ints:
        """(n,) expected tokens of each text: for money, pace and batches."""
        ...

    def most(self, texts: Sequence[str]) -> Ints:
        """(n,) tokens that a text hardly exceeds: for limits."""
        ...

    def learn(self, estimated: float, used: float) -> None:
        """Take in an answer: ``estimated`` by ``count``, ``used`` by its ``usage``."""
        ...


class Learned:
    """What ``usage`` says of the counts so far.

    Examples
    --------
    >>> learned = Learned()
    >>> learned.learn(estimated=8_000, used=4_000)
    >>> learned.factor
    0.6
    """

    def __init__(self) -> None:
        self._estimated = self._used = 0.0

    @property
    def factor(self) -> float:
        """Tokens used for one that was counted; 1 before the first answer."""
        return (self._used + _BELIEVED) / (self._estimated + _BELIEVED)

    def learn(self, estimated: float, used: float) -> None:
        """Take in an answer; one without tokens says nothing."""
        if estimated > 0 and used > 0:
            self._estimated += estimated
            self._used += used


class EstimatedCounter(Learned):
    """Counts by the scripts of a text's characters.

    Examples
    --------
    >>> counter = EstimatedCounter()
    >>> counter.count(["low tide at noon", ""]).tolist(), counter.most(["low tide at noon", ""]).tolist()
    ([6, 2], [11, 5])
    """

    exact = False
    identity = f"estimate {VERSION}"

    def __init__(self, why: str = "") -> None:
        super().__init__()
        reason = f" ({why})" if why else ""
        self.stated = (
            f"tokens are estimated by the scripts of the characters{reason}: the expected count of ordinary texts is off by a"
            " tenth or two in English, by a third in most languages with a large vocabulary, by up to half where a tokenizer has"
            " few pieces of a script; the one that limits are kept by is about twice as large"
        )

    def count(self, texts: Sequence[str]) -> Ints:
        """(n,) expected tokens, rounded up."""
        return _ceil(estimate(texts)[0])

    def most(self, texts: Sequence[str]) -> Ints:
        """(n,) tokens that at most one ordinary text in a hundred exceeds, with any of five tokenizers."""
        return _ceil(estimate(texts)[1])


class ExactCounter(Learned):
    """Counts by the model's own tokenizer."""

    exact = True

    def __init__(self, tokenizer: OwnTokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    @functools.cached_property
    def identity(self) -> str:
        """By the tokenizer's file."""
        return f"tokenizer {self.tokenizer.digest[:32]}"

    @functools.cached_property
    def stated(self) -> str:
        """What is counted by; no path, which differs between machines."""
        return f"tokens are counted by the model's own tokenizer ({self.tokenizer.file.name} {self.tokenizer.digest[:12]})"

    def count(self, texts: Sequence[str]) -> Ints:
        """(n,) tokens, special ones included, before any cut."""
        return self.tokenizer.count(texts)

    most = count


def estimate(texts: Sequence[str]) -> Floats:
    """(2, n) expected tokens of each text, and those that it hardly exceeds."""
    found = np.empty((2, len(texts)))
    for part in slices(texts):
        found[:, part] = _estimate(texts[part])
    return found


def _estimate(texts: Sequence[str]) -> Floats:
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    found = np.repeat([[MEAN_OF_A_TEXT], [MOST_OF_A_TEXT]], len(texts), axis=1)
    filled = np.flatnonzero(lengths)
    if not len(filled):
        return found
    starts = (np.cumsum(lengths) - lengths)[filled]
    found[:, filled] += np.add.reduceat(character_weights(codes_of("".join(texts)), starts), starts, axis=1)
    return found


def codes_of(text: str) -> Ints:
    """(n,) code points of a text; a lone surrogate is one, too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)


def _ceil(tokens: Floats) -> Ints:
    return np.ceil(tokens).astype(np.int64)


def find_counter(hub_id: str, given: Path | None = None) -> TokenCounter:
    """What counts the tokens of a model: its own tokenizer where it is on this machine, else an estimate.

    Parameters
    ----------
    hub_id, given
        As in ``find_tokenizer``.
    """
    tokenizer, why = find_tokenizer(hub_id, given)
    return EstimatedCounter(why) if tokenizer is None else ExactCounter(tokenizer)
