"""What the libraries under us must be told about the processor before they are loaded."""

from __future__ import annotations

import os
from pathlib import Path

_PROCESSOR = Path("/proc/cpuinfo")
_WIDE = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}  # what OpenBLAS's kernels need
_KERNELS = "OPENBLAS_CORETYPE"
_OTHERS = {"GOMP_SPINCOUNT": "10000", "TOKENIZERS_PARALLELISM": "false"}


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


def leave_cores_free() -> None:
    """Let no thread but a service's own take a core from it: those of torch and of the tokenizer, which nobody counts.

    OpenMP's meet after every product of a text that all cores compute, and wait awake for the next one: for some tenths of
    a millisecond here, not for five. On a busy machine the core that they keep is the very one that the others
    wait for. The tokenizer hands each list of prompts to threads of its own, a single prompt too, and those stay awake
    for a while: a lone text took a millisecond more (``docs/performance.md``). Both variables are read when the
    libraries are used first; one that the user has set is left alone.
    """
    for name, value in _OTHERS.items():
        os.environ.setdefault(name, value)
