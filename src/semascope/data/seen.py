"""Which texts a model was trained on: ``seen.npy`` in its folder, digests of the normalised texts.

A model that is judged, or chosen, on texts that it was trained on looks better than it is. The digests let whoever uses the
folder find these texts in a table of their own; the texts cannot be read off them.
"""

from __future__ import annotations

import io
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.errors import DataError
from semascope.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semascope.types import Mask

SEEN = "seen.npy"


def text_digests(texts: Iterable[str]) -> NDArray[np.uint64]:
    """(n,) one digest a text, the same for texts that are equal after normalisation (see ``data/duplicates.py``).

    Among ten million different texts two share a digest with a chance of 1 in 370,000.
    """
    found = (
        int.from_bytes(
            blake2b(normalise(text).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
        )
        for text in texts
    )
    return np.fromiter(found, dtype=np.uint64)


def write_seen(folder: Path, texts: Iterable[str], *, before: NDArray[np.uint64] | None = None) -> None:
    """Say in ``folder`` which texts its model was trained on; written whole or not at all.

    ``before`` are digests of what the model had seen that it goes on from.
    """
    buffer = io.BytesIO()
    seen = text_digests(texts) if before is None else np.concatenate([text_digests(texts), before])
    np.save(buffer, np.unique(seen), allow_pickle=False)
    replace_file(folder / SEEN, buffer.getvalue())


def read_seen(folder: Path) -> NDArray[np.uint64]:
    """Sorted digests of the texts that the folder's model was trained on; (0,) where it does not say.

    Raises
    ------
    DataError
        When the file is damaged: without it a flattered figure would pass.
    """
    file = folder / SEEN
    if not file.is_file():
        return np.empty(0, dtype=np.uint64)
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(_damaged(file, str(error))) from error
    if found.dtype != np.uint64 or found.ndim != 1 or not bool((found[1:] > found[:-1]).all()):
        raise DataError(_damaged(file, f"{found.dtype} of shape {found.shape}, not a sorted list of digests"))
    return np.asarray(found, dtype=np.uint64)


def among(texts: Sequence[str], seen: NDArray[np.uint64]) -> Mask:
    """(n,) whether each text is one of those with the ``seen`` digests; an empty text never is."""
    if not len(seen):
        return np.zeros(len(texts), dtype=np.bool_)
    digests = text_digests(texts)
    places = np.minimum(np.searchsorted(seen, digests), len(seen) - 1)
    there: Mask = seen[places] == digests
    return there & np.array([bool(text.strip()) for text in texts], dtype=np.bool_)


def _damaged(file: Path, why: str) -> str:
    return (
        f"{file} is damaged ({why}); it holds digests of the texts that the model was trained on, without which its figures"
        " may be flattered; make the folder again"
    )
