"""Batched products of float32 matrices, by the faster of two libraries: torch's own, and the one under numpy.

torch's library gives its good kernels to Intel's processors only; on AMD's the OpenBLAS of numpy multiplies the small
matrices of attention at twice the rate, and the smallest too when it takes kernels for 512-bit vectors, as the command
line tells it (``cli/processor.py``). Larger ones, with weights that stay, are better off prepacked (``prepacked``).
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

# OpenBLAS's kernels for 512-bit and 256-bit vectors.
WIDE = ("SkylakeX", "Cooperlake", "SapphireRapids", "Zen4", "Zen5")
_NARROWER = ("Haswell", "Zen")
# The 512-bit kernels for small matrices lay nothing out anew and end at this many multiplications; parts of fewer rows
# lose what that gains (``docs/performance.md``).
_SMALL, _FEWEST_ROWS = 1_000_000, 64
_PROCESSOR = Path("/proc/cpuinfo")


def batched_product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(b, m, k) times (b, k, n)."""
    if not through_numpy(left):
        return torch.bmm(left, right)
    found = torch.empty((*left.shape[:2], right.shape[2]))
    rows, by, out = left.numpy(), right.numpy(), found.numpy()
    # Weights out of range are seen by their sums and computed again: not what numpy should warn of.
    with np.errstate(over="ignore", invalid="ignore"):
        for part in _parts(left.shape[1], left.shape[2] * right.shape[2]):
            np.matmul(rows[:, part], by, out=out[:, part])
    return found


def _parts(rows: int, work: int) -> list[slice]:
    """Rows that are multiplied together: few enough for the library's kernels for small matrices, where that pays."""
    parts = -(-rows * work // _SMALL)
    if kernels_of_numpy() not in WIDE or rows < parts * _FEWEST_ROWS:
        parts = 1
    return [slice(rows * part // parts, rows * (part + 1) // parts) for part in range(parts)]


def through_numpy(given: torch.Tensor) -> bool:
    """Whether ``batched_product`` of such matrices goes through numpy."""
    return given.dtype is torch.float32 and given.device.type == "cpu" and numpy_is_faster()


def numpy_is_faster() -> bool:
    """Whether numpy's library multiplies faster than torch's on this processor."""
    return kernels_of_numpy() != ""


@functools.cache
def kernels_of_numpy() -> str:
    """Name of the kernels of numpy's OpenBLAS on an AMD processor; "" elsewhere and where they are slow ones."""
    try:
        amd = "AuthenticAMD" in _PROCESSOR.read_text()
    except OSError:
        return ""
    names = [str(library.get("architecture")) for library in _numpy_libraries()] if amd else []
    return names[0] if names and names[0] in (*WIDE, *_NARROWER) else ""


def _numpy_libraries() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    # In numpy.libs/ beside the package, or in numpy/.dylibs/; an environment may have numpy in its own name.
    return [
        found
        for found in threadpool_info()
        if found["user_api"] == "blas"
        and {"numpy", "numpy.libs"}.intersection(Path(found["filepath"]).parts[-3:])
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
            # Another number was set meanwhile by somebody whose own limit ended: that is the one to keep.
            if _computing == 0 and read() == 1:
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
