"""Small changes of a Python file that a good test notices: where each stands and what stands there instead.

Left as they are: texts, messages, annotations, decorators, f-strings, and what stands under ``if TYPE_CHECKING``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAIRS = (
    "Lt LtE, Gt GtE, Eq NotEq, In NotIn, Is IsNot, Add Sub, Mult Div, BitAnd BitOr, LShift RShift, And Or"
)
_ONE_WAY = "FloorDiv Div, Mod Mult, Pow Mult"
_NAMES = "min max, any all, zeros ones, nanmin nanmax, argmin argmax"
_SKIPPED = {"annotation", "returns", "decorator_list", "exc", "bases"}


def _both_ways(pairs: str) -> dict[str, str]:
    return {a: b for pair in pairs.split(", ") for a, b in (pair.split(), reversed(pair.split()))}


OPERATORS = _both_ways(_PAIRS) | dict(pair.split() for pair in _ONE_WAY.split(", "))
NEGATED = {"Lt": "GtE", "GtE": "Lt", "Gt": "LtE", "LtE": "Gt"}
NAMES = _both_ways(_NAMES)


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes ``start`` to ``end`` of a file become ``new``."""

    path: Path
    line: int
    function: str  # qualified name of the outermost function around it; empty at the level of the module
    start: int
    end: int
    new: str

    def source(self, text: bytes) -> bytes:
        """The whole file, changed."""
        return text[: self.start] + self.new.encode() + text[self.end :]


def mutants_of(path: Path) -> list[Mutant]:
    """Every mutant of a file, in the order of the file."""
    text, begins = path.read_bytes(), [0]
    for line in text.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    found = {}
    for node, function in _walk(ast.parse(text)):
        for part, new in _changes(node):
            start = begins[part.lineno - 1] + part.col_offset
            end = begins[part.end_lineno - 1] + part.end_col_offset
            found[start, end, new] = Mutant(path, part.lineno, function, start, end, new)
    return [found[place] for place in sorted(found)]


def bodies(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Name and first statement, without the docstring, of every function that stands in no other."""
    for node, function in _walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef) and f".{function}".endswith(f".{node.name}"):
            yield from ((function, each) for each in [each for each in node.body if not _is_text(each)][:1])


def _walk(node: ast.AST, function: str = "", names: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Each node that may be changed, with the function around it."""
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ):
        return
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        names = f"{names}.{node.name}".strip(".")
        function = function or (names if isinstance(node, ast.FunctionDef) else "")
    yield node, function
    for field, value in ast.iter_fields(node):
        for child in (value if isinstance(value, list) else [value]) if field not in _SKIPPED else []:
            if isinstance(child, ast.AST):
                yield from _walk(child, function, names)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Nodes, this one or its test, with what may stand in their place."""
    match node:
        case ast.Compare(ops=[op, *others]):
            for table in (OPERATORS, NEGATED):
                if name := table.get(type(op).__name__):
                    yield node, _with(node, ops=[getattr(ast, name)(), *others])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op):
            if name := OPERATORS.get(type(op).__name__):
                yield node, _with(node, op=getattr(ast, name)())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(value=bool() as value):
            yield node, str(not value)
        case ast.Constant(value=int() | float() as value):
            yield node, str(value + 1) if isinstance(value, int) else repr(value * 2 or 1.0)
        case ast.Call(keywords=given):
            for place, each in enumerate(given):
                if each.arg:
                    yield node, _with(node, keywords=given[:place] + given[place + 1 :])
        case ast.Name(id=name) if name in NAMES:
            yield node, NAMES[name]
        case ast.Attribute(attr=name) if name in NAMES:
            yield node, _with(node, attr=NAMES[name])
        case ast.Return(value=ast.AST()):
            yield node, "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break():
            yield node, "pass"
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute(), *_]):
            yield node, "pass"
        case ast.If(test=test) | ast.IfExp(test=test) if isinstance(
            test, (ast.Name, ast.Attribute, ast.Call)
        ):
            yield test, f"(not {ast.unparse(test)})"


def _with(node: ast.AST, **fields: object) -> str:
    """The node with other fields as source, in brackets where it is an operation that may stand in another."""
    changed = ast.unparse(type(node)(**({name: getattr(node, name) for name in node._fields} | fields)))
    return f"({changed})" if isinstance(node, (ast.Compare, ast.BinOp, ast.BoolOp)) else changed
