"""Encode what the store lacks, batch by batch, sharing the work with whoever fills the same store."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.bill import progress_words
from semascope.encoders.protocol import Billed, InParts
from semascope.errors import EncoderError, NotServed, PromptsRefused, PromptTooLarge, StoreError
from semascope.store.intake import Intake
from semascope.types import Step
from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from semascope.encoders.api.meter import Meter
    from semascope.encoders.protocol import Encoder, Lengths
    from semascope.store.claims import Claims
    from semascope.store.keys import Keys
    from semascope.store.vectors import VectorStore
    from semascope.types import Ints, Mask, Progress, Vectors

# A batch is what is computed, checked and stored together: large enough that a write is nothing beside the encoding,
# small enough that a crash loses little.
_BATCH_TEXTS = 256
_BATCH_TOKENS = 16_384
_POLL_SECONDS = 0.1  # between two looks at what others are encoding
_PATIENCE_SECONDS = 600.0  # a process that was stopped keeps its claim; its batch is then encoded here too
_WINDOW_SECONDS = 60.0


def encode_missing(
    prompts: list[str],
    keys: Keys | None,
    missing: Ints,
    lengths: Lengths,
    vectors: Vectors,
    *,
    encoder: Encoder,
    store: VectorStore | None,
    progress: Progress,
    index: Ints,
    numbers: Ints,
    meter: Meter | None = None,
) -> tuple[float, Mask]:
    """Fill ``vectors`` where rows are missing, storing batch by batch.

    Parameters
    ----------
    meter
        Counts what a ``Billed`` encoder sends; None for any other one.

    Returns
    -------
    seconds
        Spent inside the encoder.
    encoded
        (n,) rows that were computed here; the other missing ones came from somebody who encoded them meanwhile.
    """
    seconds, done, bad = 0.0, 0, []
    refused: dict[int, str] = {}  # what is said of each row that gets no vector
    encoded = np.zeros(len(prompts), dtype=np.bool_)
    if not len(missing):
        return seconds, encoded
    stage = f"encoding with {encoder.name}"
    waiting = f"waiting for another process that is encoding with {encoder.name}"
    progress(_step(stage, 0, len(missing), meter))
    intake = None if store is None else Intake(store, encoder)
    factor: int = getattr(encoder, "batch_factor", 1)
    whole: int | None = getattr(encoder, "batch_texts", None)
    with nullcontext() if store is None else store.claims(encoder.fingerprint) as claims:
        for batch, arrived in _turns(
            missing, lengths.encoded, keys, vectors, claims, factor=factor, whole=whole
        ):
            if len(batch):
                if not encoded.any():
                    encoder.load()  # only when there is something to encode; loading is no part of the speed
                    if intake is not None:
                        intake.begin()
                parts = _parts(encoder, [prompts[row] for row in batch], meter)
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
                            _put(intake, keys[part[good]], rows[good])
                        done += len(part)
                        progress(_step(stage, done, len(missing), meter))
                        began = time.perf_counter()
                except PromptsRefused as error:
                    refused.update(zip(batch[error.places].tolist(), error.says, strict=True))
                except PromptTooLarge as error:
                    row = numbers[np.flatnonzero(index == batch[error.place])[0]]
                    raise EncoderError(f"row {row}: {error}") from error
                except BaseException as error:
                    if meter is not None and not isinstance(error, StoreError):
                        _keep_what_lands(parts, error, intake, None if keys is None else keys[batch], meter)
                    parts.close()
                    raise
                if not encoded[batch[~np.isin(batch, list(refused))]].all():
                    raise EncoderError(
                        f"encoder {encoder.name!r} handed over {int(encoded[batch].sum())} of {len(batch)} rows; each prompt"
                        " needs one; correct the encoder"
                    )
            if arrived or not len(batch):
                done += arrived
                now = stage if arrived else waiting
                progress(_step(now, done, len(missing), meter))
    if refused:
        raise _refused(refused, len(missing), encoder=encoder, store=store, index=index, numbers=numbers)
    if bad:
        raise _no_vectors(np.array(bad), lengths, encoder=encoder, index=index, numbers=numbers)
    return seconds, encoded


def _step(stage: str, done: int, total: int, meter: Meter | None) -> Step:
    """How far it is; where somebody is paid, with what it costs so far.

    A provider's pace changes with its limits and its load, so what is left goes by the pace of the last minute.
    """
    if meter is None or not (meter.spent.requests or meter.trouble):
        return Step(stage=stage, done=done, total=total, unit="texts")
    return Step(
        stage=stage,
        done=done,
        total=total,
        unit="texts",
        detail=progress_words(meter),
        window=_WINDOW_SECONDS,
    )


def _keep_what_lands(
    parts: Generator[tuple[Ints, Vectors]],
    error: BaseException,
    intake: Intake | None,
    keys: Keys | None,
    meter: Meter,
) -> None:
    """Store what is in flight when whoever takes the rows cannot go on: it was paid for."""
    meter.halt(error)
    with suppress(EncoderError, type(error)):
        for places, rows in parts:
            good = np.isfinite(rows).all(axis=1) & (np.abs(rows).max(axis=1, initial=0) > 0)
            if intake is not None and keys is not None and good.any():
                intake.put(keys[places[good]], rows[good])


def _put(intake: Intake, keys: Keys, rows: Vectors) -> None:
    """Store rows, also where Ctrl-C falls into it: they may have been paid for."""
    try:
        intake.put(keys, rows)
    except KeyboardInterrupt:
        intake.put(keys, rows)
        raise


def _parts(encoder: Encoder, prompts: list[str], meter: Meter | None) -> Generator[tuple[Ints, Vectors]]:
    """Rows of a batch as they get ready, with their places in it; each part is checked for its shape."""
    if isinstance(encoder, Billed):
        parts = encoder.encode_parts(prompts, meter=meter)
    elif isinstance(encoder, InParts):
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


def _refused(
    refused: dict[int, str],
    missing: int,
    *,
    encoder: Encoder,
    store: VectorStore | None,
    index: Ints,
    numbers: Ints,
) -> NotServed:
    """What to say of prompts that were refused while the others went on."""
    rows = numbers[np.isin(index, list(refused))]
    first = next(iter(refused.values()))
    kept = f"; the {missing - len(refused):,} others are in the store" if store is not None else ""
    return NotServed(
        f"encoder {encoder.name!r} gives no vector for {count(len(rows), 'row')} ({some_rows(rows.tolist(), limit=10)}): {first};"
        f" every row needs one{kept}; leave these texts out or change them, and run again",
        for_all=False,
    )


def _no_vectors(bad: Ints, lengths: Lengths, *, encoder: Encoder, index: Ints, numbers: Ints) -> EncoderError:
    """What to say of the prompts ``bad``, for which the encoder gave no vector."""
    silent_ones = bad[lengths.encoded[bad] == 0]
    strange = bad[:0] if lengths.unknown is None else bad[(lengths.unknown == lengths.encoded)[bad]]
    told = next(filter(len, (silent_ones, strange)), bad)
    rows = numbers[np.isin(index, told)]
    named = f"{count(len(rows), 'row')}, the first is row {rows[0]}"
    if len(silent_ones):
        return EncoderError(
            f"encoder {encoder.name!r} sees no token in {named}: its tokenizer adds none of its own to an empty text; every"
            " row needs one; leave these texts out, or write something in them"
        )
    if len(strange):
        return EncoderError(
            f"encoder {encoder.name!r} knows no word of {named}, and its table has no vector for an unknown one; every row"
            " needs a vector; leave these texts out, or choose another encoder"
        )
    way_out = "try --precision float32"
    if encoder.fingerprint.endswith("-float32"):
        way_out = "it computes in float32 already, so its weights may be damaged: fetch them again"
    return EncoderError(
        f"encoder {encoder.name!r} returned a zero or non-finite vector for {named}; every row must be finite;"
        f" {way_out}, or leave these texts out"
    )


def _turns(
    missing: Ints,
    limits: Ints,
    keys: Keys | None,
    vectors: Vectors,
    claims: Claims | None,
    *,
    factor: int,
    whole: int | None,
) -> Iterator[tuple[Ints, int]]:
    """Batches to encode here, each with the number of rows that have just come from others.

    Rows that others have claimed are put off to the end, and then waited for until they are stored or nobody claims
    them any more. An empty batch without rows from others means waiting; whoever waits holds no claim.
    """
    if keys is None or claims is None:
        yield from ((batch, 0) for batch in _plan(missing, limits, factor, whole))
        return
    left, heard = missing, time.monotonic()
    while len(left):
        put_off, news = [], False
        regardless = time.monotonic() - heard > _PATIENCE_SECONDS
        for batch in _plan(left, limits, factor, whole):
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


def _plan(rows: Ints, counts: Ints, factor: int, whole: int | None) -> list[Ints]:
    """Batches of rows of like length, in an order that mixes short and long ones, so that a rate says something.

    ``factor`` times the usual size for an encoder so fast that writing small batches would take longer than encoding;
    at most ``whole`` texts, of all lengths, for one that makes batches of its own and hands rows over as they come.
    """
    if not len(rows):
        return []
    ordered = rows[np.argsort(-counts[rows], kind="stable")]
    if (
        whole is not None
    ):  # each of them short and long ones alike: where requests and tokens are limited, both are used
        groups = -(-len(ordered) // whole)
        return [ordered[start::groups] for start in range(groups)]
    batches, start = [], 0
    while start < len(ordered):
        longest = max(1, int(counts[ordered[start]]))
        size = max(1, factor * min(_BATCH_TEXTS, _BATCH_TOKENS // longest))
        batches.append(ordered[start : start + size])
        start += size
    order = np.random.default_rng(0).permutation(len(batches))
    return [batches[place] for place in order]
