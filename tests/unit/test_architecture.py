"""The rule of the rooms: a room imports only from rooms above it, and from itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from semascope.stats.measures import all_measures
from semascope.types import Kind

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "semascope"
FILES = sorted(SRC.rglob("*.py"))
HEAVY = (
    "torch",
    "transformers",
    "sklearn",
    "umap",
    "plotly",
    "fastapi",
    "matplotlib",
    "lightgbm",
    "pydantic",
)
READS_ENVIRONMENT = {"cli", "serve"}


def rooms() -> dict[str, int]:
    """Level of each room, from the list in docs/architecture.md: one line of the list is one level."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf8")
    block = re.search(r"```rooms\n(.*?)```", text, flags=re.DOTALL)[1]
    levels = {}
    for level, line in enumerate(block.strip().splitlines()):
        for name in re.findall(r"(\w+)(?:/|\.py)(?= |$)", line):
            levels[name] = level
    return levels


ROOMS = rooms()


def imports(path: Path) -> set[str]:
    """Modules of ours that a file imports, late imports and type-checking ones included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "semascope":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "semascope"}
    return found


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.parent != SRC or path.stem not in ("__init__", "__main__")],
    ids=lambda p: str(p.relative_to(SRC)),
)
def test_a_room_imports_only_from_above(path):
    room = room_of(path)
    assert room in ROOMS, f"room {room!r} has no line in docs/architecture.md"
    for module in imports(path):
        other = module.split(".")[1]
        if other == "__version__":
            continue
        assert other == room or ROOMS[other] < ROOMS[room], f"{path} imports {module}, which lies below"


def test_every_room_of_the_list_exists():
    for room in ROOMS:
        assert (SRC / room).is_dir() or (SRC / f"{room}.py").is_file(), room


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_only_the_shell_prints_and_reads_the_environment(path):
    room = room_of(path)
    tree = ast.parse(path.read_text(encoding="utf8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert room == "cli" or "print" not in called
    touched = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    if room not in READS_ENVIRONMENT and path.name not in ("catalogue.py", "environment.py"):
        assert not touched & {"os.environ", "os.getenv"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_file_names_say_what_they_hold(path):
    assert path.stem not in ("utils", "common", "helpers", "base", "misc")


def names_measures(node: ast.AST) -> bool:
    """Whether a node asks which measure it has: compares with the name of one, or lists two of them, as a table does."""
    if isinstance(node, ast.Compare | ast.MatchValue):
        return bool(named_in(ast.walk(node)))
    if isinstance(node, ast.Dict):
        return len(named_in(node.keys)) > 1
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and len(named_in(node.elts)) > 1


def named_in(nodes: Iterable[ast.AST | None]) -> list[str]:
    names = {one.name for kind in get_args(Kind) for one in all_measures(kind, positive=0)}
    return [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in names]


@pytest.mark.parametrize(
    "path",
    FILES + sorted((ROOT / "benchmarks").glob("*.py")),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_nobody_but_a_measure_asks_which_measure_it_is(path):
    compared = ast.Compare | ast.MatchValue if path.parent.name == "benchmarks" else ast.AST
    asking = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, compared) and names_measures(node)
    ]
    assert not asking, "say it in stats/measure.py, once for all who ask"


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ('measure.name == "mae"', True),
        ('self.measure in ("rmse", "r2")', True),
        ('RANKS = ("spearman", "pearson")', True),
        ('WORDS = {"mae": "mean absolute error", "f1": "F1"}', True),
        ('match name:\n case "mse": pass', True),
        ('get_measure("mae", "regression")', False),
        ('names = (self.measure, "mse")', False),
        ("measure.name in known", False),
    ],
)
def test_asking_which_measure_it_is_is_seen(code, asks):
    assert any(names_measures(node) for node in ast.walk(ast.parse(code))) == asks


@pytest.mark.parametrize("statement", ["import semascope", "from semascope.cli.verbs import app"])
def test_nothing_heavy_is_imported_early(statement):
    import subprocess
    import sys

    code = f"{statement}\nimport sys\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
