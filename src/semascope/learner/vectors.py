"""How texts become vectors: remembered, from the store, by the encoder, or by code of a user's own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.embedding.stored import stored_vectors
from semascope.errors import DataError
from semascope.learner.log import LOGGER
from semascope.types import silent
from semascope.words.progress import ProgressDisplay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.types import Array, Floats, Progress

_SHOWN = 100  # texts to encode from which progress is shown


def remembered(
    texts: list[str], memory: dict[str, Array], make: Callable[[list[str]], dict[str, Array]]
) -> Array:
    """(n, d) vectors of n texts, one or more; ``make`` makes those that are not in the memory, which are there then."""
    # Taken out once: another thread may clear the memory meanwhile.
    found = {text: vector for text in texts if (vector := memory.get(text)) is not None}
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    if missing:
        fresh = make(missing)
        memory.update(fresh)
        found.update(fresh)
    return np.stack([found[text] for text in texts])


def stored_or_encoded(
    texts: list[str],
    *,
    encoder: Encoder,
    store: VectorStore,
    instruction: str,
    dim: int,
    progress: Progress | None,
) -> dict[str, Array]:
    """(dim,) float32 vectors by text; no tokenizer and no weights are loaded for those that the store has."""
    rows, known = stored_vectors(texts, encoder=encoder, store=store, instruction=instruction, dim=dim)
    LOGGER.debug("%d of %d texts are in the store", known.sum(), len(texts))
    found: dict[str, Array] = {texts[place]: rows[place] for place in np.flatnonzero(known)}
    unknown = [text for text in texts if text not in found]
    if unknown:
        with _shown(len(unknown), progress) as show:
            made = embed(
                unknown, encoder=encoder, instruction=instruction, dim=dim, store=store, progress=show
            )
        account = made.account
        LOGGER.debug(
            "embedded %d texts: %d truncated, %.2f s",
            account.rows,
            account.truncated_rows,
            account.seconds,
        )
        found.update(zip(unknown, made.vectors, strict=True))
    return found


def own_vectors(
    texts: list[str], function: Callable[[str], object], *, name: str, after_first: Callable[[], None]
) -> Floats:
    """(n, d) vectors that a function of the user's own makes, one call a text.

    Parameters
    ----------
    name
        What the function belongs to, for errors.
    after_first
        Called behind the first text.
    """
    rows = [_check_vector(function(texts[0]), texts[0])]
    after_first()
    rows += [_check_vector(function(text), text) for text in texts[1:]]
    if len({len(row) for row in rows}) > 1:
        raise DataError(
            f"_get_embedding_vector of {name} returned vectors of several lengths,"
            f" {min(map(len, rows))} to {max(map(len, rows))}; they must be equally long"
        )
    return np.stack(rows)


def _check_vector(vector: object, text: str) -> Floats:
    found = np.asarray(vector, dtype=np.float64)
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise DataError(
            f"_get_embedding_vector returned {found.shape} for {text!r:.60}; expected one row of finite numbers; fix the method"
        )
    return found


@contextmanager
def _shown(count: int, progress: Progress | None) -> Iterator[Progress]:
    """Progress as asked for; where nothing was asked, a bar when there is much to do."""
    if progress is not None or count < _SHOWN:
        yield progress or silent
        return
    with ProgressDisplay(sys.stderr) as display:
        yield display.show
