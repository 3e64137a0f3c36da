"""Tokens in the OpenAPI document: which of the two a route asks for, where the service has any."""

from __future__ import annotations

from typing import Any

from semascope.serve.guarding.tokens import LEARNING, OPEN_PATHS, READING, is_learning

_READ, _LEARN = "reading", "learning"
_NONE: dict[str, list[str]] = {}  # on this machine alone a service may have no token


def with_tokens(document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with both tokens, and what each route asks for."""
    document.setdefault("components", {})["securitySchemes"] = {
        _READ: _bearer(f"The value of {READING}, where the service was started with it."),
        _LEARN: _bearer(f"The value of {LEARNING}; it reads, too."),
    }
    for path, methods in document.get("paths", {}).items():
        for operation in methods.values():
            operation["security"] = _asked(path)
            if path in OPEN_PATHS:
                operation["responses"].pop("401", None)
    return document


def _asked(path: str) -> list[dict[str, list[str]]]:
    """Any one of them is enough."""
    if path in OPEN_PATHS:
        return []
    learning: dict[str, list[str]] = {_LEARN: []}
    return [learning, _NONE] if is_learning(path) else [{_READ: []}, learning, _NONE]


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "description": description}
