"""What a head accepts: checked once at its door, so that a wrong shape is one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import by_appearance
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.types import Array, Floats, Ints, Vectors

# rows taken to float64 at once, so that a large prediction holds one block twice, not all rows
BLOCK = 16_384


def check_vectors(vectors: Array, *, dim: int | None = None) -> Vectors:
    """``vectors`` as float32 (n, d); wrong shapes, another ``dim`` and non-finite rows are errors."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise DataError(f"vectors have shape {vectors.shape}; it must be (rows, dim); pass one row per text")
    if dim is not None and vectors.shape[1] != dim:
        raise DataError(
            f"vectors have {vectors.shape[1]} dims; this head was fitted on {dim}; embed at the same width"
        )
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise DataError(f"row {row} of the vectors is not finite; every row must be; leave such rows out")
    return vectors.astype(np.float32, copy=False)


def check_targets(targets: Array, rows: int) -> Floats:
    """``targets`` as float64 (n, t); (n,) counts as one target, NaN as missing, infinity as an error."""
    values = np.asarray(targets, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != rows:
        raise DataError(f"targets have shape {values.shape} for {rows} vectors; it must be (rows, targets)")
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values).any(axis=1))[0])
        raise DataError(
            f"row {row} of the targets is infinite; it must be a number, or NaN where it is missing"
        )
    return values


def check_classes(targets: Array, rows: int, n_classes: int | None) -> tuple[Ints, int]:
    """Class indices (n,) and the number of classes."""
    classes = np.asarray(targets)
    if classes.shape != (rows,) or not np.issubdtype(classes.dtype, np.integer):
        raise DataError(
            f"classes have shape {classes.shape} and type {classes.dtype} for {rows} vectors; "
            "they must be integers of shape (rows,); pass class indices"
        )
    if rows == 0:
        raise DataError("there are 0 rows to fit; a head needs at least one; check what was left out")
    classes = classes.astype(np.int64, copy=False)
    count = int(classes.max()) + 1 if n_classes is None else n_classes
    if classes.min() < 0 or classes.max() >= count:
        raise DataError(
            f"class indices lie in {classes.min()}..{classes.max()}; they must lie in 0..{count - 1}"
        )
    return classes, count


def check_components(components: Ints | None, rows: int) -> Ints:
    """Component labels (n,), 0 or more; None and negative labels make a row its own component."""
    if components is None:
        return np.arange(rows, dtype=np.int64)
    labels = np.asarray(components)
    if labels.shape != (rows,):
        raise DataError(
            f"components have shape {labels.shape} for {rows} rows; there must be one label a row"
        )
    return by_appearance(labels)


def check_grid(what: str, grid: Sequence[float]) -> None:
    """Settings to try: one or more, positive, ascending."""
    values = np.asarray(grid, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0 or not (values > 0).all() or (np.diff(values) <= 0).any():
        raise ConfigError(f"{what} are {grid}; they must be positive and ascending; sort them")


def check_folds(folds: int | None) -> None:
    """Inner folds, 2 or more; None leaves them to the head."""
    if folds is not None and folds < 2:
        raise ConfigError(f"folds is {folds}; it must be 2 or more")


def as_columns(predictions: Array) -> Array:
    """(n, t) of what a head answers: (n,) is one column."""
    return predictions[:, None] if predictions.ndim == 1 else predictions


def names_of(targets: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """The t target names; without any, ``target 0``, ``target 1``, ..."""
    if not names:
        return tuple(f"target {number}" for number in range(targets))
    if len(names) != targets:
        raise DataError(f"{len(names)} target names for {targets} targets; there must be one a target")
    return names


def present_rows(targets: Floats, names: tuple[str, ...], head: str) -> list[tuple[Ints, Ints]]:
    """Targets grouped by the rows that have them: (rows, target numbers) per pattern of missing values.

    Raises
    ------
    DataError
        For a target that no row has.
    """
    have = ~np.isnan(targets)
    empty = np.flatnonzero(~have.any(axis=0))
    if len(empty):
        raise DataError(f"target {names[empty[0]]!r} is missing in every row; {head} needs at least one")
    patterns: dict[bytes, list[int]] = {}
    for number in range(targets.shape[1]):
        patterns.setdefault(have[:, number].tobytes(), []).append(number)
    return [(np.flatnonzero(have[:, group[0]]), np.array(group)) for group in patterns.values()]


def blocks(rows: int) -> Iterator[slice]:
    """Slices that cover ``rows`` rows, ``BLOCK`` at a time."""
    for start in range(0, rows, BLOCK):
        yield slice(start, min(start + BLOCK, rows))
