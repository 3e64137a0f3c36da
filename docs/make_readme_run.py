"""Write the run that README shows, and the picture of its report, from a real run of the demo.

Command: python docs/make_readme_run.py [FOLDER]

FOLDER keeps the run and its store, to be looked at; it must be new. The picture needs Chromium and is left out without it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 1200, 2400  # of the picture: down to the results by language
CUT = "…"
KEPT = ("Use ", "minilm reads English only")  # beginnings of sentences of the answer


def main() -> None:
    """Run the demo twice: what it prints, and its record, which tells the sentences apart."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        folder.mkdir(parents=True, exist_ok=folder == Path(made))
        first = run_demo(folder)
        record = json.loads(run_demo(folder, "--json").stdout)
        write_run(shown(first.stderr, first.stdout, record["headline"]))
        take_picture(folder / "runs" / "demo" / "report.html")


def run_demo(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """The demo as somebody runs it in ``folder``, on 100 columns."""
    command = [sys.executable, "-m", "semascope", "demo", "--store", str(folder / "store"), *flags]
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"COLUMNS": str(100)},
        capture_output=True,
        text=True,
        encoding="utf8",
        check=True,
    )


def shown(err: str, out: str, headline: list[str]) -> list[str]:
    """The lines that README shows of a run; what is left out is marked."""
    lines = [line for line in err.splitlines() if re.match(r"\S+\.jsonl: |\d+ cells", line)]
    answer, *parts = [part.splitlines() for part in out.strip("\n").split("\n\n")]
    for sentence, own in zip(headline, _sentences(answer, headline), strict=True):
        lines += own if sentence.startswith(KEPT) else [CUT]
    table, slices, *_, folder = parts
    lines += ["", *_until(table, "* chosen"), CUT, *_until(slices, "by category"), CUT, *folder]
    return [line.rstrip() for number, line in enumerate(lines) if line != CUT or lines[number - 1] != CUT]


def _sentences(lines: list[str], headline: list[str]) -> list[list[str]]:
    """The lines of each sentence of the answer."""
    left, found = list(lines), []
    for sentence in headline:
        own: list[str] = []
        while "".join(own).replace(" ", "") != sentence.replace(" ", ""):
            own.append(left.pop(0))
        found.append(own)
    return found


def _until(lines: list[str], start: str) -> list[str]:
    """The lines before the first one that begins so."""
    return lines[: next((n for n, line in enumerate(lines) if line.startswith(start)), len(lines))]


def write_run(lines: list[str]) -> None:
    """Put the lines into README's first run."""
    text = README.read_text(encoding="utf8")
    block = "```console\n" + "\n".join(["$ semascope demo", *lines]) + "\n```"
    README.write_text(re.sub(r"```console\n.*?```", lambda _: block, text, count=1, flags=re.DOTALL), "utf8")


def take_picture(report: Path) -> None:
    """The top of the report as a browser draws it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        sys.stderr.write("no Chromium: the picture stays as it was\n")
        return
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size = [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={PICTURE}"]
    subprocess.run([*command, *size, report.resolve().as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
