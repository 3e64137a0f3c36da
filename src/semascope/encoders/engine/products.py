"""Batched products of float32 matrices, by the faster of two libraries: torch's own, and the one under numpy.

torch's library has kernels for 512-bit vectors that it gives to Intel's processors only; the OpenBLAS of numpy gives
its own to all, when it knows the processor or is told (``cli/processor.py``). Small matrices, as attention has them,
gain a factor of two; larger ones, with weights that stay, are better off prepacked (``prepacked``).
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WIDE = ("SkylakeX", "Cooperlake", "SapphireRapids", "Zen4", "Zen5")  # OpenBLAS's kernels for 512-bit vectors
_PROCESSOR = Path("/proc/cpuinfo")


def batched_product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(b, m, k) times (b, k, n)."""
    if not (left.dtype is torch.float32 and left.device.type == "cpu" and numpy_is_faster()):
        return torch.bmm(left, right)
    found = torch.empty((*left.shape[:2], right.shape[2]))
    np.matmul(left.numpy(), right.numpy(), out=found.numpy())
    return found


@functools.cache
def numpy_is_faster() -> bool:
    """Whether numpy's library has kernels for this processor that torch's withholds from it."""
    try:
        intel = "GenuineIntel" in _PROCESSOR.read_text()
    except OSError:
        return False
    return not intel and any(library.get("architecture") in _WIDE for library in _numpy_libraries())


def _numpy_libraries() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    return [
        found for found in threadpool_info() if found["user_api"] == "blas" and "numpy" in found["filepath"]
    ]


_lock = threading.Lock()
_computing = 0
_threads_before = 1


@contextmanager
def one_thread_a_product() -> Iterator[None]:
    """Inside, numpy's library computes each product in the thread that asks for it.

    Several threads may be inside at once: the limit is the process's, so the first one sets it and the last one lifts
    it. Does nothing where products do not go through numpy.
    """
    global _computing, _threads_before
    if not numpy_is_faster():
        yield
        return
    read, write = _threads_of_numpy()
    with _lock:
        _computing += 1
        if _computing == 1:
            _threads_before = read()
            write(1)
    try:
        yield
    finally:
        with _lock:
            _computing -= 1
            if _computing == 0:
                write(_threads_before)


@functools.cache
def _threads_of_numpy() -> tuple[Callable[[], int], Callable[[int], None]]:
    """Read and set the threads of numpy's OpenBLAS.

    threadpoolctl lets one thread of a process set them and ignores the others; here any may be the last to leave.
    """
    library = ctypes.CDLL(_numpy_libraries()[0]["filepath"])
    for before, after in itertools.product(("scipy_", ""), ("64_", "_64", "")):
        if hasattr(library, f"{before}openblas_set_num_threads{after}"):
            break
    read = getattr(library, f"{before}openblas_get_num_threads{after}")
    write = getattr(library, f"{before}openblas_set_num_threads{after}")
    write.restype = None
    return read, write
