"""What the libraries under us must be told about the processor before they are loaded."""

from __future__ import annotations

import os
from pathlib import Path

_PROCESSOR = Path("/proc/cpuinfo")
_WIDE = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}  # what OpenBLAS's kernels need
_KERNELS = "OPENBLAS_CORETYPE"
_SPINS, _BRIEF = "GOMP_SPINCOUNT", "10000"


def choose_kernels() -> None:
    """Let numpy's OpenBLAS take its kernels for 512-bit vectors where the processor has them.

    It knows processors by their number and takes kernels half as wide for those newer than itself. Its own variable
    says otherwise, and is read once, when numpy is loaded; one that the user has set is left alone.
    """
    try:
        text = _PROCESSOR.read_text()
    except OSError:  # not Linux: OpenBLAS decides
        return
    flags = next(
        (line.split(":", 1)[1].split() for line in text.splitlines() if line.startswith("flags")), []
    )
    if "AuthenticAMD" in text and _WIDE.issubset(flags):
        os.environ.setdefault(_KERNELS, "SkylakeX")


def wait_briefly() -> None:
    """Let OpenMP's threads wait awake for the next product for some tenths of a millisecond, not for five.

    They meet after every product of a text that all cores compute. Who waits awake has a core that another program could
    have, and on a busy machine that is the very one that the others wait for (``docs/performance.md``). The variable is
    read once, when torch is loaded; one that the user has set is left alone.
    """
    os.environ.setdefault(_SPINS, _BRIEF)
