"""Numbers and texts made small for a page: bytes in base64, texts in gzip blocks that a page opens on demand."""

from __future__ import annotations

import gzip
from base64 import b64encode
from typing import TYPE_CHECKING

import numpy as np

from semascope.words.texts import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints, Mask

BLOCK = 500  # texts of one gzip block: 1 to 2 ms to open in a browser
MOST_LABELS = 65_535  # two bytes a text, of which 0 is missing
LONGEST = 50_000  # characters of a text that go into the page
# a coordinate has 20 bits: the lattice is finer than a pixel up to 1,000 times enlarged
STEPS = (1 << 20) - 2
_MISSING = (1 << 20) - 1  # both coordinates: this text has no place
_LIKE = 1.25  # boxes whose union is at most this many times each of them share one box


def base64(values: Array) -> str:
    """The values' bytes, little-endian, in base64."""
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return b64encode(little.tobytes()).decode("ascii")


def boxes(panels: Sequence[Floats]) -> list[tuple[float, float, float]]:
    """A square for each panel, as left, bottom and side, that holds all its points.

    Layouts that were aligned lie on each other and get one square, so that what stayed is seen at the same place;
    layouts from elsewhere get a square each.

    Parameters
    ----------
    panels
        (n, 2) each; rows that are not finite are left out.
    """
    there = [each[np.isfinite(each).all(axis=1)] for each in panels]
    own = [_square(each) for each in there]
    union = _square(np.concatenate(there))
    if all(union[2] <= _LIKE * box[2] for box, points in zip(own, there, strict=True) if len(points)):
        return [union] * len(own)
    return own


def pack_coordinates(coordinates: Floats, box: tuple[float, float, float]) -> str:
    """Five bytes a text in base64: the upper 16 bits of x and y for all texts, then the lower 4 bits of both.

    Parameters
    ----------
    coordinates
        (n, 2); a row that is not finite has no place.
    box
        From ``boxes``.
    """
    left, bottom, side = box
    there: Mask = np.isfinite(coordinates.sum(axis=1))
    unit = (np.where(there[:, None], coordinates, 0.0) - (left, bottom)) / side
    steps = np.rint(np.clip(unit, 0.0, 1.0) * STEPS).astype(np.uint32)
    steps[~there] = _MISSING
    upper = (steps >> 4).astype("<u2")
    lower = ((steps[:, 0] & 15) << 4 | (steps[:, 1] & 15)).astype(np.uint8)
    return b64encode(upper.tobytes() + lower.tobytes()).decode("ascii")


def pack_codes(codes: Ints) -> dict[str, object]:
    """Places of labels with -1 for missing, one byte each where that is enough, else two; 0 is missing."""
    width = 1 if codes.max(initial=-1) < 255 else 2
    return {"width": width, "data": base64((codes + 1).astype(np.uint8 if width == 1 else np.uint16))}


def pack_numbers(values: Floats) -> dict[str, object]:
    """Numbers in 4 bytes each where that keeps every one of them, else in 8; NaN where missing."""
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    same = np.array_equal(narrow.astype(np.float64), values, equal_nan=True)
    return {"width": 4 if same else 8, "data": base64(narrow if same else values.astype(np.float64))}


def pack_rows(rows: Ints) -> dict[str, object]:
    """Row numbers: their start where they follow each other, else 8 bytes each."""
    if np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows))):
        return {"start": int(rows[0])}
    return {"data": base64(rows.astype(np.float64))}


def pack_neighbors(neighbors: Ints, n: int) -> dict[str, object]:
    """Places of neighbours, (n, k), in 2 bytes each, or in 3 from 65,535 texts on; the largest number is none."""
    width = 2 if n < 65_535 else 3
    none = (1 << (8 * width)) - 1
    wide = np.where(neighbors < 0, none, neighbors).astype("<u4")
    narrow = wide.view(np.uint8).reshape(*wide.shape, 4)[..., :width]
    return {"width": width, "k": int(neighbors.shape[1]), "data": base64(narrow)}


def pack_texts(texts: Sequence[str]) -> tuple[list[int], str]:
    """Texts in gzip blocks of ``BLOCK``, joined by NUL; a text never holds one.

    Returns
    -------
    tuple
        The length in base64 characters of each block, and the blocks one after the other.
    """
    blocks = []
    for start in range(0, len(texts), BLOCK):
        joined = "\0".join(_shown(text) for text in texts[start : start + BLOCK])
        packed = gzip.compress(joined.encode("utf-8"), compresslevel=6, mtime=0)
        blocks.append(b64encode(packed).decode("ascii"))
    return [len(block) for block in blocks], "".join(blocks)


def _shown(text: str) -> str:
    """The text as a page can carry it, cut with a count beyond ``LONGEST`` characters."""
    if len(text) > LONGEST:
        more = len(text) - LONGEST
        text = f"{text[:LONGEST]}… ({more:,} more characters are not on this page)"
    return readable(text)


def _square(points: Floats) -> tuple[float, float, float]:
    if not len(points):
        return 0.0, 0.0, 1.0
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if not side > 0:
        side = 1.0
    left, bottom = (float(v) for v in (low + high) / 2 - side / 2)
    return left, bottom, side
