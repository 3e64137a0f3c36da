"""What is read from the head of a request: single values of headers, and the path below the server's root."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope


# Routers, logs and proxies do not agree on where a path ends that holds one of these.
_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]")


def values_of(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of the header ``name`` (lower case), in order; a client may send one several times."""
    return [value for key, value in scope["headers"] if key == name]


def path_of(scope: Scope) -> str:
    """The path that routes see: without the root under which a proxy has put the server."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def is_clear(path: str) -> bool:
    r"""Whether ``path``, its escapes resolved, means the same to all who read it.

    Examples
    --------
    >>> is_clear("/v1/score/my model"), is_clear("/v1/score\n"), is_clear("/v1\\score")
    (True, False, False)
    """
    return not _NEVER.search(path)
