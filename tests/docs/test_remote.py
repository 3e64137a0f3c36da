"""The remote plan of docs/remote.md, line by line in two folders: the second loads no network."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from semascope.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "remote.md"
TABLE = "messages.jsonl"
WORDS = (
    "tide",
    "rope",
    "anchor",
    "harbour",
    "sail",
    "storm",
    "calm",
    "deck",
    "port",
    "lamp",
    "gull",
    "chart",
)


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the page's study file and a table each."""
    (study,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf8"), re.DOTALL | re.MULTILINE)
    rows = [
        {"text": " ".join(WORDS[(row * step) % 12] for step in range(1, 9)) + f" no {row}", "rating": row % 5}
        for row in range(60)
    ]
    folders = tmp_path / "server", tmp_path / "here"
    for folder in folders:
        folder.mkdir()
        (folder / TABLE).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
        (folder / "study.yaml").write_text(study.replace("FILE", TABLE), encoding="utf8")
    return folders


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    return [[shlex.split(line) for line in block.splitlines()] for block in blocks]  # type: ignore[misc]


def test_the_server_encodes_and_the_study_here_loads_no_network(machines, monkeypatch, capsys):
    pytest.importorskip("torch")
    import semascope.encoders.engine.network as network

    server, here = machines
    ((embed,), (copy, merge, study)) = commands()
    monkeypatch.chdir(server)
    assert main(embed[1:]) == 0
    said = capsys.readouterr().out
    assert "minilm: 60 rows, 60 distinct prompts, 0 found in the store, 60 encoded in" in said
    assert sorted(path.name for path in server.iterdir()) == [TABLE, "study.yaml", "vectors"]

    assert copy[:2] == ["rsync", "-a"]
    shutil.copytree(server / "vectors", here / copy[3])
    monkeypatch.chdir(here)
    assert main(merge[1:]) == 0
    assert "60 rows, 60 taken in" in capsys.readouterr().out

    def refuse(*given, **more):
        raise AssertionError("a network was loaded")

    monkeypatch.setattr(network, "load_network", refuse)
    assert main(study[1:]) == 0
    captured = capsys.readouterr()
    assert "no text to encode" in captured.err
    records = [json.loads(line) for line in (here / "run" / "records.jsonl").read_text().splitlines()]
    costs = next(record["costs"] for record in records if record["id"] == "minilm · default · 384 · ridge")
    assert costs["encoded_on"] in ("cpu elsewhere", "cuda elsewhere")
    assert costs["encode_seconds_per_1000"] > 0
    (fingerprint,) = re.findall(r"fingerprint (\S+),", said)
    assert fingerprint in {record["fingerprint"] for record in records}
