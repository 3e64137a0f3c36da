"""Matryoshka widths: the first columns of a row, brought back to unit length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.types import Vectors


def cut(vectors: Vectors, dim: int | None) -> Vectors:
    """The first ``dim`` columns brought back to unit length (Matryoshka); all of them when ``dim`` is None.

    Examples
    --------
    >>> cut(np.array([[3.0, 4.0, 12.0]], dtype=np.float32), 2).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    if dim is None or dim == vectors.shape[1]:
        return vectors
    kept = vectors[:, :dim].copy()
    norms = np.linalg.norm(kept, axis=1, keepdims=True)
    kept /= np.where(norms > 0, norms, 1)
    return kept


def check_dim(dim: int | None, encoder: Encoder) -> None:
    """Refuse a width that the encoder does not have."""
    if dim is not None and not 1 <= dim <= encoder.dim:
        raise ConfigError(
            f"dim is {dim}; encoder {encoder.name!r} has {encoder.dim} dims; choose from 1 to {encoder.dim}"
        )
