"""The one path from texts to vectors.

texts -> prompts -> distinct -> store -> encoder -> checks -> store -> dims. Everything that needs a vector comes
through here: each distinct prompt is encoded once, the store is asked first, every finished batch is stored at once.
Processes and threads that fill one store at the same time share the work: each claims its batch before encoding it.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.data.text_checks import check_texts
from semascope.encoders.protocol import InParts
from semascope.encoders.templates import write_prompt
from semascope.errors import ConfigError, EncoderError, PromptTooLarge
from semascope.store.intake import Intake
from semascope.store.vectors import VectorStore, prompt_keys
from semascope.types import Step, silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semascope.encoders.protocol import Encoder, Lengths
    from semascope.encoders.templates import Role
    from semascope.store.claims import Claims
    from semascope.store.keys import Keys
    from semascope.types import Ints, Mask, Progress, Vectors

# A batch is what is computed, checked and stored together: large enough that a write is nothing beside the encoding,
# small enough that a crash loses little.
_BATCH_TEXTS = 256
_BATCH_TOKENS = 16_384
_CHUNK = 50_000  # texts held at a time when only the store is filled
_SUMMED = (
    "rows", "distinct", "hits", "shared", "tokens", "truncated_rows", "tokens_lost", "split_rows", "windows",
    "read_tokens", "unknown_tokens",
)  # fmt: skip
_POLL_SECONDS = 0.1  # between two looks at what others are encoding
_PATIENCE_SECONDS = 600.0  # a process that was stopped keeps its claim; its batch is then encoded here too


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What an embedding cost and what happened to the texts."""

    rows: int
    distinct: int  # distinct prompts
    hits: int  # distinct prompts that the store had at the start
    shared: int  # distinct prompts that another process or thread stored meanwhile
    tokens: int  # of all rows, before any cut
    truncated_rows: int  # rows that lost tokens
    tokens_lost: int  # tokens that the encoder did not see
    split_rows: int  # rows that were read in several windows
    windows: int  # of those rows
    read_tokens: (
        int  # of all rows, as they go through the network: with what windows repeat, without what is cut
    )
    empty_rows: tuple[int, ...]  # rows without a visible character; they are encoded like any other
    repaired_rows: tuple[int, ...]  # rows whose lone surrogates became U+FFFD
    seconds: float  # all of it
    encode_seconds: float  # inside the encoder
    encoded_tokens: int  # went through the network in this call, counted in the same way
    unknown_rows: tuple[int, ...] = ()  # rows that say something, but nothing that the vocabulary holds
    unknown_tokens: int = 0  # of all rows, read but not in the vocabulary; 0 where the encoder does not tell

    @property
    def tokens_lost_share(self) -> float:
        """Tokens lost as a share of all tokens, in [0, 1]."""
        return self.tokens_lost / self.tokens if self.tokens else 0.0

    @property
    def encoded(self) -> int:
        """Distinct prompts that the encoder computed in this call."""
        return self.distinct - self.hits - self.shared


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """Vectors with their account."""

    vectors: Vectors  # (n, d), unit length, row i belongs to text i
    tokens: Ints  # (n,) before any cut
    truncated: Mask  # (n,) rows that lost tokens
    account: Account


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
        Width to keep, from 1 to the encoder's width; the rows are cut after the store and brought back to unit
        length. None keeps all.
    store
        Asked first; gets every finished batch. None computes everything.
    numbers
        What errors and the account call each text: its row in the file it comes from. None counts from 0.
    progress
        Called after every batch.

    Raises
    ------
    EncoderError
        When the encoder fails or returns a row that is not finite or is zero; finished batches stay in the store.

    Examples
    --------
    >>> from semascope.encoders.hashing import HashEncoder
    >>> result = embed(["ebb", "flow", "ebb"], encoder=HashEncoder(8), dim=4)
    >>> result.vectors.shape, result.account.distinct
    ((3, 4), 2)
    """
    check_dim(dim, encoder)
    started = time.perf_counter()
    named = np.arange(len(texts)) if numbers is None else np.asarray(numbers)
    prompts, repaired = write_prompts(
        texts, encoder=encoder, instruction=instruction, role=role, numbers=named
    )
    first_row: dict[str, int] = {}
    index = np.empty(len(prompts), dtype=np.int64)
    for row, prompt in enumerate(prompts):
        index[row] = first_row.setdefault(prompt, len(first_row))
    distinct = list(first_row)
    lengths = encoder.lengths(distinct)
    tokenizing = getattr(encoder, "tokenizing_seconds", 0.0)
    keys = None if store is None else prompt_keys(encoder.fingerprint, distinct)
    vectors, found = _stored(keys, len(distinct), encoder=encoder, store=store)
    missing = np.flatnonzero(~found)
    seconds, encoded = _encode_missing(
        distinct,
        keys,
        missing,
        lengths.encoded,
        vectors,
        encoder=encoder,
        store=store,
        progress=progress,
        index=index,
        numbers=named,
    )
    encoded_tokens = int(lengths.encoded[encoded].sum())
    # An encoder that keeps tokens from counting finds them while it encodes: that they were found before is no saving.
    there = getattr(encoder, "tokenizing_seconds", 0.0) - tokenizing
    seconds += max(0.0, getattr(encoder, "seconds_a_token", 0.0) * encoded_tokens - there)
    tokens, lost, windows = lengths.tokens[index], lengths.lost[index], lengths.windows[index]
    unknown, unknown_rows = _unknown(texts, lengths, index)
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
        ),
    )


def _unknown(texts: Sequence[str], lengths: Lengths, index: Ints) -> tuple[int, Ints]:
    """Tokens of the texts that the vocabulary lacks, and places of the texts that hold no other and are not empty."""
    if lengths.unknown is None:
        return 0, np.empty(0, dtype=np.int64)
    nothing = np.flatnonzero((lengths.unknown == lengths.encoded)[index])
    places = [place for place in nothing.tolist() if not is_empty(texts[place])]
    return int(lengths.unknown[index].sum()), np.array(places, dtype=np.int64)


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
    keys = prompt_keys(encoder.fingerprint, prompts)
    vectors, found = _stored(keys, len(prompts), encoder=encoder, store=store)
    kept = np.zeros((len(prompts), dim or encoder.dim), dtype=np.float32)
    kept[found] = cut(vectors[found], dim)
    return kept, found


def fill_store(
    texts: Iterable[str],
    *,
    encoder: Encoder,
    store: VectorStore,
    instruction: str = "",
    role: Role | None = None,
    progress: Progress = silent,
) -> Account:
    """The account of storing every text's vector, for sets larger than memory: no vector is kept.

    Texts are taken in chunks of 50,000; ``distinct`` and ``hits`` are summed over the chunks.
    """
    stream = iter(texts)
    total: Account | None = None
    while chunk := list(islice(stream, _CHUNK)):
        start = 0 if total is None else total.rows
        part = embed(
            chunk, encoder=encoder, instruction=instruction, role=role, store=store,
            numbers=range(start, start + len(chunk)), progress=progress,
        ).account  # fmt: skip
        total = part if total is None else _add(total, part)
    if total is None:
        return embed([], encoder=encoder, store=store).account
    return total


def count_missing(
    texts: Sequence[str], *, encoder: Encoder, instruction: str = "", store: VectorStore | None = None
) -> tuple[int, int]:
    """Distinct prompts, and how many of them the store lacks; the encoder's weights are not loaded."""
    prompts, _ = write_prompts(texts, encoder=encoder, instruction=instruction, role=None)
    distinct = list(dict.fromkeys(prompts))
    if store is None:
        return len(distinct), len(distinct)
    found = store.contains(encoder.fingerprint, prompt_keys(encoder.fingerprint, distinct))
    return len(distinct), int((~found).sum())


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


def write_prompts(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    instruction: str = "",
    role: Role | None = None,
    numbers: Ints | None = None,
) -> tuple[list[str], list[int]]:
    """Prompts of the texts, and rows whose lone surrogates were replaced; ``numbers`` as in ``embed``."""
    check_texts(texts, numbers)
    prompts, repaired = [], []
    family = encoder.space.template
    for row, text in enumerate(texts):
        clean = text
        try:
            text.encode()
        except UnicodeEncodeError:
            clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            repaired.append(row)
        prompts.append(write_prompt(clean, family=family, instruction=instruction, role=role))
    return prompts, repaired


def _stored(
    keys: Keys | None, count: int, *, encoder: Encoder, store: VectorStore | None
) -> tuple[Vectors, Mask]:
    if store is not None and keys is not None and count:
        vectors, found = store.get(encoder.fingerprint, keys)
        if found.any():
            return vectors, found
    return np.zeros((count, encoder.dim), dtype=np.float32), np.zeros(count, dtype=np.bool_)


def _encode_missing(
    prompts: list[str],
    keys: Keys | None,
    missing: Ints,
    counts: Ints,
    vectors: Vectors,
    *,
    encoder: Encoder,
    store: VectorStore | None,
    progress: Progress,
    index: Ints,
    numbers: Ints,
) -> tuple[float, Mask]:
    """Fill ``vectors`` where rows are missing, storing batch by batch.

    Returns
    -------
    seconds
        Spent inside the encoder.
    encoded
        (n,) rows that were computed here; the other missing ones came from somebody who encoded them meanwhile.
    """
    seconds, done, bad = 0.0, 0, []
    encoded = np.zeros(len(prompts), dtype=np.bool_)
    if not len(missing):
        return seconds, encoded
    stage = f"encoding with {encoder.name}"
    waiting = f"waiting for another process that is encoding with {encoder.name}"
    progress(Step(stage=stage, done=0, total=len(missing), unit="texts"))
    intake = None if store is None else Intake(store, encoder)
    factor: int = getattr(encoder, "batch_factor", 1)
    with nullcontext() if store is None else store.claims(encoder.fingerprint) as claims:
        for batch, arrived in _turns(missing, counts, keys, vectors, claims, factor=factor):
            if len(batch):
                if not encoded.any():
                    encoder.load()  # only when there is something to encode; loading is no part of the speed
                    if intake is not None:
                        intake.begin()
                parts = _parts(encoder, [prompts[row] for row in batch])
                began = time.perf_counter()
                try:
                    for places, rows in parts:
                        seconds += time.perf_counter() - began
                        part = batch[places]
                        good = np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1, initial=0) > 0)
                        bad.extend(part[~good].tolist())
                        vectors[part] = rows
                        encoded[part] = True
                        if intake is not None and keys is not None and good.any():
                            intake.put(keys[part[good]], rows[good])
                        done += len(part)
                        progress(Step(stage=stage, done=done, total=len(missing), unit="texts"))
                        began = time.perf_counter()
                except PromptTooLarge as error:
                    row = numbers[np.flatnonzero(index == batch[error.place])[0]]
                    raise EncoderError(f"row {row}: {error}") from error
                if not encoded[batch].all():
                    raise EncoderError(
                        f"encoder {encoder.name!r} handed over {int(encoded[batch].sum())} of {len(batch)} rows; each prompt"
                        " needs one; correct the encoder"
                    )
            if arrived or not len(batch):
                done += arrived
                now = stage if arrived else waiting
                progress(Step(stage=now, done=done, total=len(missing), unit="texts"))
    if bad:
        raise _no_vectors(np.array(bad), counts, encoder=encoder, index=index, numbers=numbers)
    return seconds, encoded


def _parts(encoder: Encoder, prompts: list[str]) -> Iterator[tuple[Ints, Vectors]]:
    """Rows of a batch as they get ready, with their places in it; each part is checked for its shape."""
    if isinstance(encoder, InParts):
        parts = encoder.encode_parts(prompts)
    else:
        parts = iter([(np.arange(len(prompts)), encoder.encode(prompts))])
    for places, rows in parts:
        if rows.shape != (len(places), encoder.dim):
            raise EncoderError(
                f"encoder {encoder.name!r} returned {rows.shape} for {len(places)} prompts; rows of {encoder.dim} numbers are"
                " needed, one a prompt; correct the encoder"
            )
        yield places, rows


def _no_vectors(bad: Ints, counts: Ints, *, encoder: Encoder, index: Ints, numbers: Ints) -> EncoderError:
    """What to say of the prompts ``bad``, for which the encoder gave no vector."""
    silent_ones = bad[counts[bad] == 0]
    rows = numbers[np.isin(index, silent_ones if len(silent_ones) else bad)]
    named = f"{count(len(rows), 'row')}, the first is row {rows[0]}"
    if len(silent_ones):
        return EncoderError(
            f"encoder {encoder.name!r} sees no token in {named}: its tokenizer adds none of its own to an empty text; every"
            " row needs one; leave these texts out, or write something in them"
        )
    way_out = "try --precision float32"
    if encoder.fingerprint.endswith("-float32"):
        way_out = "it computes in float32 already, so its weights may be damaged: fetch them again"
    return EncoderError(
        f"encoder {encoder.name!r} returned a zero or non-finite vector for {named}; every row must be finite;"
        f" {way_out}, or leave these texts out"
    )


def _turns(
    missing: Ints, limits: Ints, keys: Keys | None, vectors: Vectors, claims: Claims | None, *, factor: int
) -> Iterator[tuple[Ints, int]]:
    """Batches to encode here, each with the number of rows that have just come from others.

    Rows that others have claimed are put off to the end, and then waited for until they are stored or nobody claims
    them any more. An empty batch without rows from others means waiting; whoever waits holds no claim.
    """
    if keys is None or claims is None:
        yield from ((batch, 0) for batch in _plan(missing, limits, factor))
        return
    left, heard = missing, time.monotonic()
    while len(left):
        put_off, news = [], False
        regardless = time.monotonic() - heard > _PATIENCE_SECONDS
        for batch in _plan(left, limits, factor):
            share = claims.take(keys[batch], regardless=regardless)
            arrived = batch[share.stored]
            if len(arrived):
                vectors[arrived] = share.vectors[share.stored]
            ours = batch[share.ours]
            if len(ours) or len(arrived):
                news = True
                yield ours, len(arrived)
            put_off.append(batch[~(share.stored | share.ours)])
        left = np.sort(np.concatenate(put_off))
        if news:
            heard = time.monotonic()
        elif len(left):
            yield left[:0], 0
            time.sleep(_POLL_SECONDS)


def _plan(rows: Ints, counts: Ints, factor: int) -> list[Ints]:
    """Batches of rows of like length, in an order that mixes short and long ones, so that a rate says something.

    ``factor`` times the usual size for an encoder so fast that writing small batches would take longer than encoding.
    """
    if not len(rows):
        return []
    ordered = rows[np.argsort(-counts[rows], kind="stable")]
    batches, start = [], 0
    while start < len(ordered):
        longest = max(1, int(counts[ordered[start]]))
        size = max(1, factor * min(_BATCH_TEXTS, _BATCH_TOKENS // longest))
        batches.append(ordered[start : start + size])
        start += size
    order = np.random.default_rng(0).permutation(len(batches))
    return [batches[place] for place in order]


def _add(one: Account, other: Account) -> Account:
    return replace(
        one,
        **{name: getattr(one, name) + getattr(other, name) for name in _SUMMED},
        empty_rows=one.empty_rows + other.empty_rows,
        unknown_rows=one.unknown_rows + other.unknown_rows,
        repaired_rows=one.repaired_rows + other.repaired_rows,
        seconds=one.seconds + other.seconds,
        encode_seconds=one.encode_seconds + other.encode_seconds,
        encoded_tokens=one.encoded_tokens + other.encoded_tokens,
    )
