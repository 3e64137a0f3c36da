"""Layouts and neighbours kept between runs, apart from vectors: another setting computes only what it changes."""

from __future__ import annotations

import json
import warnings
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from platformdirs import user_cache_path

from semascope.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.types import Array

_FORMAT = 1
_VERSIONS = {
    "umap": ("umap-learn", "numba", "numpy"),
    "tsne": ("scikit-learn", "numpy"),
    "pca": ("scipy", "numpy"),
    "neighbors": ("numpy",),
    "across": ("numpy",),
}


class LayoutCache:
    """A folder of small files, one a result, named by the digest of all that the result depends on.

    Parameters
    ----------
    folder
        Made when the first result is kept. None: ``layouts`` in the cache folder of the platform.

    Notes
    -----
    A file is written under a temporary name and renamed, so any number of processes may share the folder. Each is a
    plain ``.npz`` whose checksums are read; it may be deleted at any time.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(user_cache_path("semascope", appauthor=False)) / "layouts"

    def get_or_make(
        self, key: str, shapes: Mapping[str, tuple[int, ...]], make: Callable[[], dict[str, Array]]
    ) -> dict[str, Array]:
        """The arrays kept under ``key``, or those that ``make`` computes, which are then kept.

        Parameters
        ----------
        shapes
            Name and shape of each array. A file that cannot be read or holds something else is computed anew, with a
            warning that names it.
        """
        path = self.folder / f"{key}.npz"
        found = _read(path, shapes)
        if found is None:
            found = make()
            _write(path, found)
        return found


def kept(
    cache: LayoutCache | None,
    what: str,
    shapes: Mapping[str, tuple[int, ...]],
    make: Callable[[], dict[str, Array]],
    **parts: Array | str | float,
) -> dict[str, Array]:
    """The arrays that ``make`` computes, those of an earlier run where ``cache`` has them; None keeps nothing.

    ``what`` and ``parts`` are those of ``make_key``; an array stands for its digest.
    """
    if cache is None:
        return make()
    written = {name: digest(part) if isinstance(part, np.ndarray) else part for name, part in parts.items()}
    return cache.get_or_make(make_key(what, **written), shapes, make)


def digest(array: Array) -> str:
    """Of the numbers, their type and their shape.

    Examples
    --------
    >>> digest(np.zeros(4)) == digest(np.zeros((2, 2)))
    False
    """
    found = blake2b(f"{array.shape} {array.dtype.str}".encode(), digest_size=20)
    for start in range(0, len(array), 65_536):
        found.update(np.ascontiguousarray(array[start : start + 65_536]).data)
    return found.hexdigest()


def make_key(what: str, **parts: str | float) -> str:
    """Name of a result: its method, what goes in, and the versions of the packages that compute it.

    Parameters
    ----------
    what
        ``umap``, ``tsne``, ``pca``, ``neighbors`` or ``across``.
    parts
        Digests and settings, all that can change the result.
    """
    versions = {package: _version(package) for package in _VERSIONS[what]}
    whole = json.dumps(
        {"format": _FORMAT, "what": what, "parts": parts, "versions": versions}, sort_keys=True
    )
    return f"{what}-{blake2b(whole.encode(), digest_size=20).hexdigest()}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _read(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array] | None:
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in shapes}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        _warn(path, f"cannot be read ({error})")
        return None
    wrong = [name for name, shape in shapes.items() if found[name].shape != shape]
    if wrong:
        _warn(path, f"holds {', '.join(wrong)} of another shape")
        return None
    return found


def _warn(path: Path, what: str) -> None:
    warnings.warn(f"{path} {what}; it is computed anew and replaced", UserWarning, stacklevel=4)


def _write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Keep the arrays; a folder that cannot be written costs the next run time, not this one its result."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            np.savez(file, allow_pickle=False, **dict(arrays))
    except OSError as error:
        warnings.warn(f"{path} cannot be written ({error}); the layout is not kept", UserWarning, stacklevel=4)  # fmt: skip
