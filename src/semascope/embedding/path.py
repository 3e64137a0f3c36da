"""The one path from texts to vectors.

texts -> prompts -> distinct -> store -> encoder -> checks -> store -> remedy -> dims. Everything that needs a vector comes
through here: each distinct prompt is encoded once, the store is asked first, every finished batch is stored at once.
Processes and threads that fill one store at the same time share the work: each claims its batch before encoding it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.embedding.account import Account, Embedded
from semascope.embedding.bill import bill_of, empty_bill
from semascope.embedding.consent import note, settle
from semascope.embedding.estimate import estimate
from semascope.embedding.mending import mended
from semascope.embedding.missing import encode_missing
from semascope.embedding.prompts import stored_keys, write_prompts
from semascope.embedding.unknown import unknown_in
from semascope.embedding.width import check_dim, cut
from semascope.encoders.api.purse import Purse
from semascope.encoders.protocol import Billed, stored_as
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.embedding.estimate import Estimate
    from semascope.encoders.api.meter import Meter
    from semascope.encoders.protocol import Encoder, Lengths
    from semascope.encoders.templates import Role
    from semascope.store.keys import Keys
    from semascope.store.vectors import VectorStore
    from semascope.types import Ints, Mask, Progress, Vectors


def embed(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    instruction: str = "",
    role: Role | None = None,
    dim: int | None = None,
    store: VectorStore | None = None,
    numbers: Sequence[int] | Ints | None = None,
    progress: Progress = silent,
    max_cost: float | None = None,
) -> Embedded:
    """One vector per text, with an account of what it took.

    Parameters
    ----------
    texts
        n strings. Empty ones are encoded and listed in the account; lone surrogates become U+FFFD.
    encoder
        Any ``Encoder``.
    instruction
        Sentence of the task; empty for none. It is written into the prompt by the encoder's own template.
    role
        Side of a retrieval task; None for a symmetric task.
    dim
        Width to keep, from 1 to the encoder's width; the rows are cut after the store, and after a remedy, and brought
        back to unit length. None keeps all.
    store
        Asked first; gets every finished batch. None computes everything. Of an encoder that mends the rows of another one
        it keeps those of the other.
    numbers
        What errors and the account call each text: its row in the file it comes from. None counts from 0.
    progress
        Called after every batch.
    max_cost
        Money that an encoder behind an API may cost at most, in the currency of its price; None for no limit of
        this call's own.

    Raises
    ------
    ConfigError
        When it is estimated to cost more than that, or no price is known; nothing is sent then.
    EncoderError
        When what was billed reaches ``max_cost``; finished batches stay in the store. When the encoder fails or returns a row that is not finite or is zero; finished batches stay in the store.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> result = embed(["ebb", "flow", "ebb"], encoder=HashEncoder(8), dim=4)
    >>> result.vectors.shape, result.account.distinct
    ((3, 4), 2)
    """
    most = None if max_cost is None else Purse(max_cost)
    return embed_within(
        most,
        texts,
        encoder=encoder,
        instruction=instruction,
        role=role,
        dim=dim,
        store=store,
        numbers=numbers,
        progress=progress,
    )


def embed_within(
    most: Purse | None,
    texts: Sequence[str],
    *,
    encoder: Encoder,
    instruction: str,
    role: Role | None,
    dim: int | None,
    store: VectorStore | None,
    numbers: Sequence[int] | Ints | None,
    progress: Progress,
) -> Embedded:
    """As ``embed``, out of a purse that pays others too; None for no limit."""
    check_dim(dim, encoder)
    started = time.perf_counter()
    named = np.arange(len(texts)) if numbers is None else np.asarray(numbers)
    prompts, repaired = write_prompts(
        texts, encoder=encoder, instruction=instruction, role=role, numbers=named
    )
    distinct, index = _distinct(prompts)
    reader = stored_as(encoder)
    lengths = reader.lengths(distinct)
    tokenizing = getattr(reader, "tokenizing_seconds", 0.0)
    keys = None if store is None else stored_keys(reader, distinct)
    vectors, found = from_store(keys, len(distinct), encoder=reader, store=store)
    missing = np.flatnonzero(~found)
    billed = _billed(reader, missing, lengths, most)
    with _billing(billed) as meter:
        seconds, encoded = encode_missing(
            distinct,
            keys,
            missing,
            lengths,
            vectors,
            encoder=reader,
            store=store,
            progress=progress,
            index=index,
            numbers=named,
            meter=meter,
        )
    bill = empty_bill(reader) if billed is None else bill_of(*billed)
    encoded_tokens = int(lengths.encoded[encoded].sum())
    # An encoder that keeps tokens from counting finds them while it encodes: that they were found before is no saving.
    there = getattr(reader, "tokenizing_seconds", 0.0) - tokenizing
    seconds += max(0.0, getattr(reader, "seconds_a_token", 0.0) * encoded_tokens - there)
    tokens, lost, windows = lengths.tokens[index], lengths.lost[index], lengths.windows[index]
    unknown, unknown_rows = unknown_in(texts, lengths, index)
    vectors = mended(vectors, encoder, index=index, numbers=named)
    return Embedded(
        vectors=cut(vectors, dim)[index],
        tokens=tokens,
        truncated=lost > 0,
        account=Account(
            rows=len(texts),
            distinct=len(distinct),
            hits=int(found.sum()),
            shared=len(missing) - int(encoded.sum()),
            tokens=int(tokens.sum()),
            truncated_rows=int((lost > 0).sum()),
            tokens_lost=int(lost.sum()),
            split_rows=int((windows > 1).sum()),
            windows=int(windows[windows > 1].sum()),
            read_tokens=int(lengths.encoded[index].sum()),
            empty_rows=tuple(int(named[row]) for row, text in enumerate(texts) if is_empty(text)),
            repaired_rows=tuple(int(named[row]) for row in repaired),
            seconds=time.perf_counter() - started,
            encode_seconds=seconds,
            encoded_tokens=encoded_tokens,
            unknown_rows=tuple(named[unknown_rows].tolist()),
            unknown_tokens=unknown,
            bills=() if bill is None else (bill,),
        ),
    )


def _billed(
    reader: Encoder, missing: Ints, lengths: Lengths, most: Purse | None
) -> tuple[Meter, Estimate] | None:
    """What counts, and limits, what is billed, and what is expected of it; None where nothing will be."""
    if not isinstance(reader, Billed) or not len(missing):
        return None
    expected = estimate(reader, texts=len(missing), tokens=int(lengths.encoded[missing].sum()))
    settle([expected], most=most)
    return reader.meter(most), expected


@contextmanager
def _billing(billed: tuple[Meter, Estimate] | None) -> Iterator[Meter | None]:
    """The meter; what it counted is told to the command in any case, for what fails in the end has cost money too."""
    if billed is None:
        yield None
        return
    try:
        yield billed[0]
    finally:
        note(bill_of(*billed))


def _distinct(prompts: list[str]) -> tuple[list[str], Ints]:
    """Each prompt once, in the order in which they come, and (n,) the place of each there."""
    first_row: dict[str, int] = {}
    index = [first_row.setdefault(prompt, len(first_row)) for prompt in prompts]
    return list(first_row), np.array(index, dtype=np.int64)


def from_store(
    keys: Keys | None, count: int, *, encoder: Encoder, store: VectorStore | None
) -> tuple[Vectors, Mask]:
    """(count, d) rows of the keys that the store has, zeros elsewhere, and (count,) whether it has them."""
    if store is not None and keys is not None and count:
        vectors, found = store.get(encoder.fingerprint, keys)
        if found.any():
            return vectors, found
    return np.zeros((count, encoder.dim), dtype=np.float32), np.zeros(count, dtype=np.bool_)
