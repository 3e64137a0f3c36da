"""Which form of attention is faster here, and from which length on: measured once a process for each shape of heads.

torch's own attention needs no copies and no passes over scores, and its kernels are good on some processors and poor on
others; no name of a processor tells. So both forms compute a few small matrices, in the way that the encoder's threads
compute (one thread each), and what is faster is taken. Rows stay within the encoder's tolerance either way.
"""

from __future__ import annotations

import functools
import math
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from semascope.encoders.engine.batched_attention import ONE
from semascope.encoders.engine.packed_attention import NEVER, attend, lay_out
from semascope.encoders.engine.products import one_thread_a_product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LENGTHS = (512, 256, 128, 64, 32)
CLEAR = 0.9
"""Share of the other form's time at which torch's own is taken; from here to 1 is a tie."""
_TOKENS = 512  # of the texts of a length, together
_WORK = 25_000_000  # multiplications for the scores; beyond it fewer heads compute: cost grows with them, the share hardly
_PAIRS = 5
_MOST_SECONDS = 0.04  # after which no further length is begun
_SCALE = ONE * 0.1  # scores of an ordinary size
# Time of this thread alone: what others compute meanwhile does not count. Windows counts it in steps of 16 ms.
_clock = time.perf_counter if sys.platform == "win32" else time.thread_time


@dataclass(frozen=True, kw_only=True, slots=True)
class Heads:
    """What decides how long attention takes."""

    queries: int
    keys: int
    width: int
    precision: str  # of the states
    causal: bool
    biased: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What was found."""

    own_from: int  # tokens from which a text takes torch's own attention
    # (length, time of torch's own over that of batched products), as measured
    shares: tuple[tuple[int, float], ...]

    def __str__(self) -> str:
        """What was taken, and why."""
        if not self.shares:
            return f"batched products: no text has {min(LENGTHS)} tokens"
        told = ", ".join(f"{share:.2f} at {length} tokens" for length, share in self.shares)
        taken = (
            "at every length"
            if self.own_from == NEVER
            else f"below {self.own_from} tokens, torch's own from there"
        )
        return f"batched products {taken} (torch's own took this share of their time: {told})"


def choose(share_at: Callable[[int], float], lengths: Iterable[int] = LENGTHS) -> Choice:
    """From the longest length down, as long as torch's own form is not slower; it is taken from the last clear win on.

    Parameters
    ----------
    share_at
        Time of torch's own form over that of batched products, above 0; NaN when no more is to be measured.
    lengths
        Tokens of a text, falling.

    Examples
    --------
    >>> choose({512: 0.7, 256: 0.97, 128: 0.85, 64: 1.2}.__getitem__, (512, 256, 128, 64)).own_from
    128
    """
    own_from, shares = NEVER, []
    for length in lengths:
        share = share_at(length)
        if math.isnan(share):
            break
        shares.append((length, share))
        if share >= 1:
            break
        if share < CLEAR:
            own_from = length
    return Choice(own_from=own_from, shares=tuple(shares))


@functools.cache
def measured(heads: Heads, *, longest: int) -> Choice:
    """The choice for such heads and texts of up to ``longest`` tokens, on this processor."""
    lengths = [length for length in LENGTHS if length <= longest]
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as alone:
        return alone.submit(_measure, heads, lengths).result()


def _measure(heads: Heads, lengths: list[int]) -> Choice:
    began = _clock()

    def share_at(length: int) -> float:
        if _clock() - began > _MOST_SECONDS:
            return math.nan
        batched, own = _both_forms(heads, length)
        pairs = [(_seconds(own), _seconds(batched)) for _ in range(1 + _PAIRS)]
        # The first pass makes kernels and touches memory.
        return statistics.median(one / other for one, other in pairs[1:])

    with torch.inference_mode(), one_thread_a_product():
        return choose(share_at, lengths)


def _both_forms(heads: Heads, length: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Attention over texts of one length, by batched products and by torch's own."""
    count = max(1, _TOKENS // length)
    shared = heads.queries // heads.keys
    most = _WORK // (count * length * length * shared * heads.width)
    keys = max(1, min(heads.keys, most))
    queries = keys * shared
    dtype = getattr(torch, heads.precision)
    generator = torch.Generator().manual_seed(0)  # the user's own stream of numbers stays where it is
    # As a network gives them: side by side in what one product made.
    projected = torch.randn((count * length, queries + 2 * keys, heads.width), generator=generator).to(dtype)
    query, key, value = projected.tensor_split((queries, queries + keys), dim=1)
    bias = torch.randn((queries, length, length), generator=generator).to(dtype) if heads.biased else None

    def attended(own_from: int) -> object:
        layout = lay_out([range(length)] * count, own_from=own_from)
        return attend(query, key, value, layout, scale=_SCALE, causal=heads.causal, bias=bias)

    return functools.partial(attended, NEVER), functools.partial(attended, 0)


def _seconds(compute: Callable[[], object]) -> float:
    began = _clock()
    compute()
    return max(_clock() - began, 1e-9)
