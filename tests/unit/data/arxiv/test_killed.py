"""A fetch that is killed in the middle of a page: the next one goes on from that page."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from semascope.data.arxiv.fetching import fetch_arxiv

CODE = """
import sys
from pathlib import Path
from semascope.data.arxiv.fetching import fetch_arxiv

fetch_arxiv(["gr-qc"], folder=Path(sys.argv[1]), address=sys.argv[2], wait=0.0)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_pages_that_came_are_not_asked_for_again(atom_server, tmp_path, how):
    reached, released = threading.Event(), threading.Event()

    def held(page):
        reached.set()
        released.wait(60)
        return page

    entries = [
        atom_server.Entry(id=f"2401.{n:05d}v1", title=f"Tide {n}", summary=f"On {n}.") for n in range(420)
    ]
    with atom_server.AtomServer({"gr-qc": entries}) as server:
        server.faults = {2: atom_server.Fault(body=held)}
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, tmp_path / "pages", server.address],
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.SIG_DFL
            ),  # a test run in the background ignores it
        )
        try:
            assert reached.wait(60)
            process.send_signal(how)
            assert process.wait(60) != 0
        finally:
            released.set()
            process.kill()
        found = fetch_arxiv(["gr-qc"], folder=tmp_path / "pages", address=server.address, wait=0.0)
    assert [asked["start"] for asked in server.asked] == ["0", "100", "200", "200", "300", "400"]
    assert (found.account.pages_recorded, found.account.pages_asked) == (2, 3)
    assert found.table.strings("id") == [f"2401.{n:05d}" for n in range(420)]
