"""Which arithmetic a processor does natively. No torch is needed to know it."""

from __future__ import annotations

import functools
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.types import Precision

Resolved = Literal["float32", "bfloat16"]
TOLERANCE = {"float32": 2e-6, "bfloat16": 2e-2}
"""How far an entry of a unit-length row may move with its batch, by the arithmetic of the hidden states."""

_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86 with AVX-512 or AMX, and ARM


@functools.cache
def processor_flags() -> frozenset[str]:
    """Instruction sets of the first processor, in lower case; empty where the system does not list them."""
    listing = Path("/proc/cpuinfo")
    if not listing.is_file():
        return frozenset()
    for line in listing.read_text(encoding="utf8", errors="replace").splitlines():
        if line.lower().startswith(("flags", "features")):
            return frozenset(line.partition(":")[2].lower().split())
    return frozenset()


def processor_name() -> str:
    """Model name of the processor as the system gives it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def processor_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_native_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 natively; elsewhere it is emulated and slower than float32."""
    return bool(processor_flags() & _BF16_FLAGS)


def may_have_gpu() -> bool:
    """Whether a CUDA device may be there; False is certain, so that torch need not be asked."""
    return sys.platform == "win32" or any(
        Path(node).exists() for node in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    )


def check_arithmetic(precision: str, device: str) -> None:
    """Refuse a precision or a device that there is not, also where an encoder computes in its own way whatever is asked.

    Whether this machine has the device is asked when something is to be computed on it.
    """
    _check_precision(precision)
    _check_device(device)


def _check_precision(precision: str) -> None:
    if precision not in ("auto", "float32", "bfloat16"):
        raise ConfigError(
            f"precision is {precision!r}; it must be auto, float32 or bfloat16; choose one of them"
        )


def _check_device(device: str) -> None:
    if device != "auto" and device.partition(":")[0] not in ("cpu", "cuda", "mps"):
        raise ConfigError(
            f"device is {device!r}; it must be auto, cpu, cuda, cuda:N or mps; choose one of them"
        )


def resolve_device(device: str) -> str:
    """``cpu`` or ``cuda``; "auto" takes a GPU when torch sees one."""
    if device != "auto":
        _check_device(device)
        if device != "cpu" and not _is_there(device):
            raise ConfigError(f"device is {device!r}; torch sees no such device here; take auto or cpu")
        return device
    if not may_have_gpu():
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _is_there(device: str) -> bool:
    """Whether torch can compute on a device other than the processor."""
    import torch

    kind, _, number = device.partition(":")
    if kind == "mps":
        return bool(torch.backends.mps.is_available())
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return count > 0 and (not number or (number.isdecimal() and int(number) < count))


def resolve_precision(precision: Precision, device: str) -> Resolved:
    """The arithmetic to use on ``device`` ("cpu", "cuda", ...); "auto" takes bfloat16 only where it is native."""
    if precision == "float32" or precision == "bfloat16":
        return precision
    _check_precision(precision)
    if device.startswith("cuda"):
        import torch

        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if device == "cpu" and has_native_bfloat16() else "float32"
