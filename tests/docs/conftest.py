"""A way to run the notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
