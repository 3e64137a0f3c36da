"""What a machine does at best: products of large matrices, which nothing that an encoder does can beat."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from semascope.encoders.precision import processor_cores

_SIDE = 1_024
_ROUNDS = 5


def products_a_second(precision: str) -> float:
    """Multiplications with their additions a second, on all cores at once, each on matrices of its own.

    Parameters
    ----------
    precision
        "float32" or "bfloat16".
    """
    import torch

    cores, dtype = processor_cores(), getattr(torch, precision)

    def one(_: int) -> None:
        left, right = (torch.ones((_SIDE, _SIDE), dtype=dtype) for _ in range(2))
        for _ in range(3):
            left @ right

    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        list(pool.map(one, range(cores)))  # warm
        best = float("inf")
        for _ in range(_ROUNDS):
            start = time.perf_counter()
            list(pool.map(one, range(cores)))
            best = min(best, time.perf_counter() - start)
    return cores * 3 * _SIDE**3 / best
