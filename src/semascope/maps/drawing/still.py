"""A static picture of a panel, for browsers that cannot draw the living one: a small PNG from numpy alone."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING

import numpy as np

from semascope.maps.contents import Labels
from semascope.maps.drawing.marks import ranked_codes, span_of
from semascope.maps.drawing.palette import LIGHT_DIVERGING, LIGHT_GREYS, LIGHT_SEQUENTIAL
from semascope.pages.hues import LIGHT_HUES

if TYPE_CHECKING:
    from semascope.maps.contents import Numbers
    from semascope.types import Floats, Ints

_SIDE = 360  # pixels
_MARGIN = 10
_MOST = 20_000  # points drawn: more than that only fill the same pixels again
_SEED = 42


def still(coordinates: Floats, box: tuple[float, float, float], colours: Ints) -> str:
    """A PNG with a transparent ground, as a ``data:`` address.

    Parameters
    ----------
    coordinates
        (n, 2); rows that are not finite are left out.
    box
        From ``packing.boxes``.
    colours
        (n,) places in ``colour_table()``, from ``still_colours``.
    """
    there = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    rng = np.random.default_rng(_SEED)
    there = rng.permutation(there)[:_MOST]
    left, bottom, side = box
    unit = (coordinates[there] - (left, bottom)) / side
    radius = 3 if len(there) <= 1_000 else 2 if len(there) <= 5_000 else 1
    reach = _SIDE - 2 * _MARGIN
    x = _MARGIN + np.rint(unit[:, 0] * reach).astype(np.int64)
    y = _MARGIN + np.rint((1 - unit[:, 1]) * reach).astype(np.int64)
    pixels = np.zeros((_SIDE, _SIDE), dtype=np.uint8)  # 0 is transparent
    for dx in range(-radius, radius + 1):
        for dy in range(-radius, radius + 1):
            if dx * dx + dy * dy <= radius * (radius + 0.5):  # round, without a spike at each side
                pixels[y + dy, x + dx] = colours[there] + 1
    return "data:image/png;base64," + b64encode(_png(pixels, _colour_table())).decode("ascii")


def still_colours(colouring: Labels | Numbers | None, n: int) -> Ints:
    """(n,) places in the table of colours: hues, then grey for the rest, then the two ramps."""
    if colouring is None:
        return np.zeros(n, dtype=np.int64)
    rest = len(LIGHT_HUES)
    if isinstance(colouring, Labels):
        place = np.full(len(colouring.names) + 1, rest)  # the last one is for -1, missing
        for rank, code in enumerate(ranked_codes(colouring)[:rest]):
            place[code] = rank
        return place[colouring.codes]
    there = np.isfinite(colouring.values)
    low, high = span_of(colouring)
    steps = len(LIGHT_SEQUENTIAL)
    share = (np.where(there, colouring.values, low) - low) / (high - low)
    first = rest + 1 + (steps if colouring.diverging else 0)
    return np.where(there, first + np.clip((share * steps).astype(np.int64), 0, steps - 1), rest)


def _colour_table() -> list[str]:
    return [*LIGHT_HUES, LIGHT_GREYS[0], *LIGHT_SEQUENTIAL, *LIGHT_DIVERGING]


def _png(pixels: np.ndarray[tuple[int, int], np.dtype[np.uint8]], table: list[str]) -> bytes:
    """A palette image whose colour 0 is transparent (PNG specification, sections 4.1.2 and 4.2.1.1)."""
    height, width = pixels.shape
    palette = b"\0\0\0" + b"".join(bytes.fromhex(colour[1:]) for colour in table)
    rows = np.concatenate([np.zeros((height, 1), dtype=np.uint8), pixels], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", b"\0"),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
