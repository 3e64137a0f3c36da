"""The rule of the rooms: a room imports only from rooms above it, and from itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from semascope.stats.measures import all_measures
from semascope.types import Kind

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "semascope"
FILES = sorted(SRC.rglob("*.py"))
BENCHMARKS = ROOT / "benchmarks"
MEASURES = {one.name for kind in get_args(Kind) for one in all_measures(kind, positive=0)}
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the rules ask of one file, late imports and type-checking ones included."""

    imports: set[str]  # modules of ours
    called: set[str]  # plain names
    touched: set[str]  # as in ``os.environ``
    asking: list[int]  # lines that ask which measure they have


@cache
def found_in(path: Path) -> Found:
    """Every file is parsed once for all rules."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf8"))))
    # a benchmark may list measures
    compared = ast.Compare | ast.MatchValue if path.parent == BENCHMARKS else ast.AST
    return Found(
        imports={module for node in nodes for module in imports(node)},
        called={
            node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        },
        touched={
            f"{node.value.id}.{node.attr}"
            for node in nodes
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        },
        asking=[node.lineno for node in nodes if isinstance(node, compared) and names_measures(node)],
    )


def imports(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "semascope":
        return {f"{node.module}.{alias.name}" for alias in node.names}
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names if alias.name.split(".")[0] == "semascope"}
    return set()


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


FILES_OF = {room: [path for path in FILES if room_of(path) == room] for room in map(room_of, FILES)}
each_room = pytest.mark.parametrize("room", FILES_OF)


def below(module: str, room: str) -> bool:
    other = module.split(".")[1]
    return other not in ("__version__", room) and ROOMS[other] >= ROOMS[room]


@pytest.mark.parametrize("room", [room for room in FILES_OF if room not in ("__init__", "__main__")])
def test_a_room_imports_only_from_above(room):
    assert room in ROOMS, f"room {room!r} has no line in docs/architecture.md"
    lower = {
        str(path): wrong
        for path in FILES_OF[room]
        if (wrong := [module for module in found_in(path).imports if below(module, room)])
    }
    assert not lower, "these import what lies below them"


def test_every_room_of_the_list_exists():
    for room in ROOMS:
        assert (SRC / room).is_dir() or (SRC / f"{room}.py").is_file(), room


@each_room
def test_only_the_shell_prints_and_reads_the_environment(room):
    printing = [path for path in FILES_OF[room] if "print" in found_in(path).called]
    assert room == "cli" or not printing
    reading = [
        path
        for path in FILES_OF[room]
        if path.name not in ("catalogue.py", "environment.py")
        and found_in(path).touched & {"os.environ", "os.getenv"}
    ]
    assert room in READS_ENVIRONMENT or not reading


@each_room
def test_file_names_say_what_they_hold(room):
    assert not [
        path for path in FILES_OF[room] if path.stem in ("utils", "common", "helpers", "base", "misc")
    ]


def names_measures(node: ast.AST) -> bool:
    """Whether a node asks which measure it has: compares with the name of one, or lists two of them, as a table does."""
    if isinstance(node, ast.Compare | ast.MatchValue):
        return bool(named_in(ast.walk(node)))
    if isinstance(node, ast.Dict):
        return len(named_in(node.keys)) > 1
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and len(named_in(node.elts)) > 1


def named_in(nodes: Iterable[ast.AST | None]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in MEASURES]


@pytest.mark.parametrize("room", [*FILES_OF, "benchmarks"])
def test_nobody_but_a_measure_asks_which_measure_it_is(room):
    files = sorted(BENCHMARKS.glob("*.py")) if room == "benchmarks" else FILES_OF[room]
    asking = {str(path): lines for path in files if (lines := found_in(path).asking)}
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
