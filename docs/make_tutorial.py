"""Run what docs/tutorial.md shows, and write what it prints into the page.

Command: python docs/make_tutorial.py

The page is followed from top to bottom in an empty folder, as a reader would: a ```python block is run in Python, and each
`$` line of a ```console block in a shell, whose standard output is put under it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("tutorial.md")
BLOCK = re.compile(
    r"^```(python|console)\n(.*?)^```$(\n+```text\n.*?^```$)?", flags=re.DOTALL | re.MULTILINE
)  # a text block behind a Python block is what it prints


def follow(page: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Each block as it stands, and as it should: with what its commands print now."""
    environment = {name: value for name, value in os.environ.items() if name != "SEMASCOPE_ENCODER"}
    environment |= {"COLUMNS": "100", "XDG_CACHE_HOME": str(folder / ".cache")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for block in BLOCK.finditer(page):
        language, body, printed = block.groups()
        if language == "python":
            lines = _run([sys.executable, "-c", body], folder, environment)
            code = f"```python\n{body}```"
            yield block[0], f"{code}\n\n```text\n{lines}```" if printed else code
            continue
        shown = ""
        for line in body.splitlines():
            if line.startswith("$ "):
                rows = _run(["bash", "-o", "pipefail", "-c", line[2:]], folder, environment)
                shown += f"{line}\n" + "".join(f"{row.rstrip()}\n" for row in rows.splitlines())
        yield block[0], f"```console\n{shown}```"


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf8", check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[-1]}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Write the page anew."""
    page = PAGE.read_text(encoding="utf8")
    with tempfile.TemporaryDirectory() as folder:
        for before, after in follow(page, Path(folder)):
            page = page.replace(before, after, 1)
    PAGE.write_text(page, encoding="utf8")


if __name__ == "__main__":
    main()
