"""What is read from the head of a request: single values of headers, and the path below the server's root."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope


def values_of(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of the header ``name`` (lower case), in order; a client may send one several times."""
    return [value for key, value in scope["headers"] if key == name]


def path_of(scope: Scope) -> str:
    """The path that routes see: without the root under which a proxy has put the server."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
