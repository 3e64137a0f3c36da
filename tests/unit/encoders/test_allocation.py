"""Freed memory that stays with the process: counted in page faults, in processes of their own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

pytest.importorskip("torch")
pytest.importorskip("resource", reason="page faults cannot be counted here")

FAULTS = """
import resource, sys, threading
import torch
torch.set_num_threads(1)
from semascope.encoders.engine.allocation import keep_freed_memory
told = keep_freed_memory() if sys.argv[1] == "told" else None
def work():
    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):  # the ends of aligned blocks fill the thread's own cache first
        torch.ones(12_000_000)
    before = faults()
    for _ in range(10):
        torch.ones(12_000_000)
    print(told, faults() - before)
thread = threading.Thread(target=work)
thread.start(); thread.join()
"""


def run(how: str, **environment: str) -> tuple[str, int]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))
    }
    printed = subprocess.run(
        [sys.executable, "-c", FAULTS, how],
        env=inherited | environment, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    told, faults = printed.split()
    return told, int(faults)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_large_blocks_are_used_again_without_page_faults():
    _, before = run("not told")
    told, after = run("told")
    assert told == "True"
    assert before > 1_000  # ten times 48 MB, in pages of 4 kB or of 64
    assert after < before / 20


@pytest.mark.parametrize("name", ["MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_the_user_told_the_library_stands(name):
    value = "glibc.malloc.arena_max=2" if name == "GLIBC_TUNABLES" else "2"
    assert run("told", **{name: value})[0] == "False"
