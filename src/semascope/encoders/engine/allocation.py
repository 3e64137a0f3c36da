"""Freed memory stays with the process, so that the next group of texts finds it ready.

A group's large matrices live for milliseconds. The C library gives each back to the system, which hands it out again
page by page, zeroed: a tenth of the time of bfloat16 layers (``docs/performance.md``).
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform

KEPT = 256 << 20
"""Bytes that stay with the process at most once they are free."""
# mallopt's numbers of what is set, in <malloc.h>: never changed since they were given.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_USER_SAYS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


@functools.cache
def keep_freed_memory() -> bool:
    """Tell the C library, once a process; whether it was told.

    Blocks below ``KEPT`` come from one heap for all threads and up to ``KEPT`` bytes stay at its end when they are
    free. Only glibc can be told, and not against what the user's environment tells it.
    """
    if platform.libc_ver()[0] != "glibc" or any(os.environ.get(name) for name in _USER_SAYS):
        return False
    library = ctypes.CDLL(None)
    # A heap for each thread would end at 64 MB and take larger blocks from the system after all.
    settings = ((_MMAP_THRESHOLD, KEPT), (_TRIM_THRESHOLD, KEPT), (_ARENA_MAX, 1))
    return all([library.mallopt(name, value) for name, value in settings])
