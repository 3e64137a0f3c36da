"""Freed memory stays with the process, so that the next group of texts finds it ready.

A group's large matrices live for milliseconds. The C library gives each back to the system, which hands it out again
page by page, zeroed: a tenth of the time of bfloat16 layers (``docs/performance.md``). The setting is the whole
process's, so a command makes it for its own; a library does not for the process of somebody else.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform

LARGEST = 32 << 20
"""Bytes of a block that may stay: larger ones go back at once. glibc before 2.35 refuses more, and no matrix of a group
is larger."""
KEPT = 256 << 20
"""Bytes that stay at the end of the heap at most."""
# mallopt's numbers of what is set, in <malloc.h>: never changed since they were given.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_USER_SAYS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX")


@functools.cache
def keep_freed_memory() -> str:
    """Tell the C library, once a process; "" when it was told, else why not.

    Blocks up to ``LARGEST`` come from one heap for all threads, and up to ``KEPT`` bytes stay at its end when they are
    free. Only glibc can be told, and not against what the user's environment tells it.
    """
    if platform.libc_ver()[0] != "glibc":
        return "only glibc can be told to keep it"
    if told := _told_by_user():
        return f"{told} is set, and stands"
    library = ctypes.CDLL(None)
    # Setting any of them ends the library's own adaptation to large blocks, so nothing is set where this one is refused.
    if not library.mallopt(_MMAP_THRESHOLD, LARGEST):
        return "this glibc takes no such threshold"
    library.mallopt(_TRIM_THRESHOLD, KEPT)
    # A heap for each thread would end at 64 MB and take larger blocks from the system after all.
    library.mallopt(_ARENA_MAX, 1)
    return ""


def _told_by_user() -> str:
    """Name of the variable by which the user's environment tells the C library how to keep memory; "" for none."""
    if "glibc.malloc." in os.environ.get("GLIBC_TUNABLES", ""):
        return "GLIBC_TUNABLES"
    return next((name for name in _USER_SAYS if os.environ.get(name)), "")
