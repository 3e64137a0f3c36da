"""Weights of resamples in blocks of bounded memory: swaps, bootstrap counts, smooth weights.

A *unit* is what is drawn: a row, or a whole group of rows. The same seed gives the same blocks, so all cells
of a family meet the same resamples. Letters: b resamples in a block, u units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Array

_BLOCK = 50_000  # numbers in a block: it stays in the processor's cache
_WORK = 50_000_000  # units x resamples that a bootstrap may cost before it takes fewer resamples
_FEWEST = 2_000


def is_exact(units: int, draws: int) -> bool:
    """Whether all 2^u ways to swap are no more than ``draws``, so that they can be listed."""
    return units < 60 and 2**units <= draws


def swap_blocks(units: int, *, draws: int, seed: int) -> Iterator[Array]:
    """(b, u) blocks of 0 and 1: which units are swapped.

    All ways exactly once, as float64, when ``is_exact``; else ``draws`` random ones, as float32.
    """
    if is_exact(units, draws):
        ways = np.arange(2**units, dtype=np.int64)[:, None]
        yield ((ways >> np.arange(units)) & 1).astype(np.float64)
        return
    generator = np.random.default_rng([seed, 1])
    for size in _sizes(units, draws):
        octets = generator.integers(0, 256, size=(size, (units + 7) // 8), dtype=np.uint8)
        yield np.unpackbits(octets, axis=1, count=units).astype(np.float32)


def count_blocks(units: int, *, draws: int, seed: int) -> Iterator[Array]:
    """(b, u) float32 blocks: how often each unit stands in a bootstrap resample of u units."""
    generator = np.random.default_rng([seed, 2])
    for size in _sizes(units, bootstrap_draws(units, draws)):
        drawn = generator.integers(0, units, size=(size, units), dtype=np.int32)
        drawn += np.arange(size, dtype=np.int32)[:, None] * np.int32(units)
        counts = np.bincount(drawn.ravel(), minlength=size * units)
        yield counts.reshape(size, units).astype(np.float32)


def weight_blocks(units: int, *, draws: int, seed: int) -> Iterator[Array]:
    """(b, u) float32 blocks: exponential weights of each unit, for a smooth bootstrap of all of them."""
    generator = np.random.default_rng([seed, 3])
    for size in _sizes(units, bootstrap_draws(units, draws)):
        yield generator.standard_exponential((size, units), dtype=np.float32)


def bootstrap_draws(units: int, draws: int) -> int:
    """Resamples that a bootstrap over ``units`` takes: fewer than ``draws`` above 5,000 units, never below 2,000."""
    return min(draws, max(_FEWEST, _WORK // max(units, 1)))


def _sizes(units: int, draws: int) -> Iterator[int]:
    block = max(1, _BLOCK // max(units, 1))
    for start in range(0, draws, block):
        yield min(block, draws - start)
