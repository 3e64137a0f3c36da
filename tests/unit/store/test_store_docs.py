"""The page about the store: its code runs, and the block that reads the files needs nothing of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "store.md"


def test_the_blocks_of_the_page_run_and_pyarrow_alone_reads_the_files(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    put, claim, read = blocks
    assert "semascope.store" not in read
    outputs = []
    for code in (
        put + "print(vectors.tolist(), found.tolist())",
        read,
        put + claim + "print(share.stored.tolist(), share.ours.tolist(), store.info()[0].rows)",
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.strip())
    assert outputs[0] == "[[1.0, 0.0], [0.0, 1.0]] [True, True]"
    assert outputs[1] == "my-encoder 2 fixed_size_list<item: float not null>[2]"
    assert outputs[2] == "[True, False] [False, True] 3"
