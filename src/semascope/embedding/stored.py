"""Vectors that lie in the store, and the store filled for sets that are larger than memory."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.account import Account, added
from semascope.embedding.mending import mended
from semascope.embedding.path import embed, embed_within, from_store
from semascope.embedding.prompts import stored_keys, write_prompts
from semascope.embedding.width import check_dim, cut
from semascope.encoders.api.purse import Purse
from semascope.encoders.protocol import stored_as
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore
    from semascope.types import Mask, Progress, Vectors

_CHUNK = 50_000  # texts held at a time when only the store is filled


def stored_vectors(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    store: VectorStore,
    instruction: str = "",
    role: Role | None = None,
    dim: int | None = None,
) -> tuple[Vectors, Mask]:
    """(n, d) rows that the store has of n texts, and (n,) whether it has them: loads no tokenizer and no weights.

    What it lacks is zero. Parameters as in ``embed``, which keeps an account and therefore counts tokens.
    """
    check_dim(dim, encoder)
    prompts, _ = write_prompts(texts, encoder=encoder, instruction=instruction, role=role)
    reader = stored_as(encoder)
    keys = stored_keys(reader, prompts)
    vectors, found = from_store(keys, len(prompts), encoder=reader, store=store)
    kept = np.zeros((len(prompts), dim or encoder.dim), dtype=np.float32)
    there = np.flatnonzero(found)
    rows = mended(vectors[there], encoder, index=np.arange(len(there)), numbers=there)
    kept[there] = cut(rows, dim)
    return kept, found


def fill_store(
    texts: Iterable[str],
    *,
    encoder: Encoder,
    store: VectorStore,
    instruction: str = "",
    role: Role | None = None,
    progress: Progress = silent,
    max_cost: float | None = None,
) -> Account:
    """The account of storing every text's vector, for sets larger than memory: no vector is kept.

    Texts are taken in chunks of 50,000; ``distinct`` and ``hits`` are summed over the chunks. ``max_cost`` as in
    ``embed``, of all chunks together; the estimate is that of a chunk.
    """
    most = None if max_cost is None else Purse(max_cost)
    stream = iter(texts)
    total: Account | None = None
    while chunk := list(islice(stream, _CHUNK)):
        start = 0 if total is None else total.rows
        part = embed_within(
            most, chunk, encoder=encoder, instruction=instruction, role=role, dim=None, store=store,
            numbers=range(start, start + len(chunk)), progress=progress,
        ).account  # fmt: skip
        total = part if total is None else added(total, part)
    if total is None:
        return embed([], encoder=encoder, store=store).account
    return total
