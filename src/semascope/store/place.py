"""Where vectors are kept."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from semascope.store.vectors import VectorStore


def default_store() -> VectorStore:
    """The store of this user, shared by all projects: ``vectors`` in the cache folder of the platform."""
    return VectorStore(Path(user_cache_path("semascope", appauthor=False)) / "vectors")


def open_store(folder: Path | None) -> VectorStore:
    """The store in a folder; None: the user's own."""
    return VectorStore(folder) if folder else default_store()
