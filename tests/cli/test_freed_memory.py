"""Freed memory that stays with the process: counted in page faults, in processes of their own."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from semascope.cli import freed_memory

FAULTS = """
import random, resource, sys, threading
import torch
from semascope.cli.freed_memory import keep_freed_memory
torch.set_num_threads(1)
if sys.argv[1] == "told":
    keep_freed_memory()
def encode(seed):  # as layers do: a few matrices of up to 6 MB, the oldest let go
    sizes, held = random.Random(seed), []
    for _ in range(120):
        rows = sizes.randint(20_000, 400_000)
        for wide in (1, 3, 4, 1):
            held = [*held[-3:], torch.ones(rows * wide)]
def both():
    threads = [threading.Thread(target=encode, args=(seed,)) for seed in (1, 2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
both()
before = faults()
both()
print(faults() - before)
"""
glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")


def run(program: str, *arguments: str, **environment: str) -> str:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))
    }
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=inherited | environment, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip


@glibc_only
def test_matrices_of_a_group_are_used_again_without_page_faults():
    pytest.importorskip("torch")
    before, after = int(run(FAULTS, "not told")), int(run(FAULTS, "told"))
    assert after < before / 5


LARGER = """
import numpy as np
from semascope.cli.freed_memory import KEPT, LARGEST, keep_freed_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
keep_freed_memory()
before = resident()
held, small = [], []
for _ in range(30):  # what lives on lies between
    held.append(np.ones(LARGEST // 8 + 1000)); small.append(np.ones(60_000))
del held
print(resident() - before)
"""


@glibc_only
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory cannot be seen here")
def test_what_is_larger_than_a_groups_matrices_goes_back_at_once():
    assert int(run(LARGER)) < 100e6  # of 1,000 MB


class Library:
    """The C library's ``mallopt`` as glibc 2.34 and older has it: a threshold over 32 MB is refused."""

    def __init__(self, most: int = 32 << 20) -> None:
        self.most = most
        self.set: dict[int, int] = {}

    def mallopt(self, name: int, value: int) -> int:
        if name == -3 and value > self.most:
            return 0
        self.set[name] = value
        return 1


@pytest.fixture
def library(monkeypatch):
    found = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: found)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.31"))
    for name in ("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_an_older_glibc_takes_all_settings(library):
    assert freed_memory.keep_freed_memory.__wrapped__() == ""
    assert library.set == {-3: 32 << 20, -1: 256 << 20, -8: 1}


def test_nothing_is_set_where_the_threshold_is_refused(library):
    library.most = 512 << 10  # 32-bit
    assert "threshold" in freed_memory.keep_freed_memory.__wrapped__()
    assert library.set == {}


@pytest.mark.parametrize("found", [("", ""), ("musl", "1.2.5"), ("libc", "6")])
def test_other_libraries_are_left_alone(found, library, monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: found)
    assert "only glibc" in freed_memory.keep_freed_memory.__wrapped__()
    assert library.set == {}


@pytest.mark.parametrize("name", ["MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_the_user_told_the_library_stands(name, library, monkeypatch):
    monkeypatch.setenv(name, "glibc.malloc.arena_max=2" if name == "GLIBC_TUNABLES" else "2")
    assert freed_memory.keep_freed_memory.__wrapped__() == f"{name} is set, and stands"
    assert library.set == {}


def test_what_is_said_of_other_things_than_memory_is_no_objection(library, monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=4096")
    assert freed_memory.keep_freed_memory.__wrapped__() == ""


@glibc_only
def test_doctor_says_what_stays():
    inspect = "import sys; sys.argv = ['semascope', 'doctor']; from semascope.cli.main import entry; entry()"
    assert "up to 268 MB stay with the process" in " ".join(run(inspect).split())
    assert "MALLOC_ARENA_MAX is set, and stands" in " ".join(run(inspect, MALLOC_ARENA_MAX="2").split())


def test_the_library_alone_tells_the_c_library_nothing():
    program = (
        "import sys, semascope.encoders.engine.packed; sys.exit('semascope.cli.freed_memory' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
