"""Which versions a study was made with."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "semascope",
    "numpy",
    "scikit-learn",
    "torch",
    "transformers",
    "tokenizers",
    "lightgbm",
    "pyarrow",
)


def installed_versions(*more: str) -> dict[str, str]:
    """Versions of the packages that can move a number in any study, and of more."""
    found = {"python": sys.version.split()[0]}
    for name in (*PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
