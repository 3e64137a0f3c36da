"""Compute one cell: plain values in, a record and two tables out; nothing is written here."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding.path import embed
from semascope.embedding.width import cut
from semascope.encoders.api.name import is_api
from semascope.encoders.naming import source_of
from semascope.encoders.protocol import stored_as
from semascope.encoders.weight_bytes import weight_bytes
from semascope.stats.measures import all_measures
from semascope.store.speeds import Speeds, device_of
from semascope.studies.failing import WIDTH
from semascope.studies.heads.asking.given import GivenVectors
from semascope.studies.heads.computing.charged import charged, same_vectors
from semascope.studies.heads.computing.curve import learning_curve
from semascope.studies.heads.computing.fit import (
    comparable,
    fit_cell,
    measure_targets,
    predict_repeat,
)
from semascope.studies.heads.computing.folded import to_table as folded_table
from semascope.studies.heads.computing.predictions import to_table
from semascope.studies.heads.computing.sharing import copy_common_rows
from semascope.studies.heads.computing.slicing import measure_parts, parts_of
from semascope.studies.heads.computing.speed import priced_speed
from semascope.studies.heads.tables import HELD_OUT, OUT_OF_FOLD
from semascope.studies.task import CellValues
from semascope.studies.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.data.splits import Split
    from semascope.embedding.account import Account, Embedded
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.computing.fit import Fitted
    from semascope.studies.task import Record, Records
    from semascope.types import Array, Ints, Progress

NOTHING_READ: dict[str, Any] = {
    "tokens": 0,
    "truncated_rows": 0,
    "tokens_lost_share": 0.0,
    "split_rows": 0,
    "windows": 0,
    "unknown_rows": 0,
    "unknown_share": 0.0,
}
"""Costs of a cell that puts no text through a network."""


def compute_batch(
    prepared: Prepared,
    batch: Sequence[Cell],
    records: Records,
    *,
    starting: Callable[[str], None],
    progress: Progress,
) -> Iterator[CellValues]:
    """The values of cells that read the same vectors, or of those that read none."""
    embedded = embed_rows(prepared, batch[0], progress=progress) if batch[0].encoder else None
    for cell in batch:
        starting(prepared.plan.labels.get(cell.id, cell.id))
        finished = records.get(cell.id)
        if finished is None:
            yield compute_cell(prepared, cell, embedded, records, progress=progress)
        else:
            yield priced(prepared, cell, embedded, finished, records, progress=progress)


def embed_rows(
    prepared: Prepared,
    cell: Cell,
    *,
    progress: Progress,
    ahead: bool = False,
    among: Ints | None = None,
) -> Embedded:
    """Vectors of all rows of the study, or of some, as the cell reads them, at the encoder's full width.

    The speed is noted beside the store, under the way that truncates: the network is the same in all. ``ahead``: of a study
    that will be run later. ``among``: (k,) rows.
    """
    encoder = prepared.encoders[cell.encoder]
    if isinstance(encoder, GivenVectors):
        return encoder.embedded()
    copy_common_rows(prepared, cell)
    texts, numbers = prepared.rows.texts, prepared.rows.table.rows
    if among is not None:
        texts, numbers = [texts[row] for row in among], numbers[among]
    embedded = embed(
        texts,
        encoder=prepared.encoder_of(cell),
        instruction=cell.instruction.sentence,
        store=prepared.store,
        numbers=numbers,
        progress=progress,
    )
    account = embedded.account
    prepared.bills.add(same_vectors(cell), account)
    if account.encoded:
        Speeds(prepared.store.root).note(
            stored_as(encoder).fingerprint,
            tokens=account.encoded_tokens,
            seconds=account.encode_seconds,
            device=device_of(encoder),
            ahead=ahead,
        )
    return embedded


def read_by(prepared: Prepared, cell: Cell, embedded: Embedded | None) -> Array:
    """(n, dim) vectors that the cell's head sees, or (n,) texts; a constant head sees one column of zeros."""
    if cell.reads == "words":
        return np.array(prepared.rows.texts, dtype=np.object_)
    if embedded is None:
        return np.zeros((len(prepared.rows), 1), dtype=np.float32)
    return cut(embedded.vectors, cell.dim)


def priced(
    prepared: Prepared,
    cell: Cell,
    embedded: Embedded | None,
    record: Record,
    records: Records,
    *,
    progress: Progress,
) -> CellValues:
    """A finished cell whose record did not know what encoding costs, because its vectors came from a store."""
    assert embedded is not None  # a cell without an encoder encodes for nothing
    costs = record["costs"] | encoding_cost(prepared, cell, embedded.account, records, progress=progress)
    costs |= charged(prepared, cell, embedded.account, records)
    return CellValues(record={**record, "costs": costs})


def compute_cell(
    prepared: Prepared, cell: Cell, embedded: Embedded | None, records: Records, *, progress: Progress
) -> CellValues:
    """Everything that one cell gives: fitted, folded, repeated, measured and priced."""
    began = time.perf_counter()
    rows, seed = prepared.rows, prepared.study.seed
    read = read_by(prepared, cell, embedded)
    factory = prepared.factory(cell.head)
    fitted = fit_cell(read, rows, factory=factory, measure=prepared.measure, seed=seed)

    def predict_again(split: Split, repeat: int) -> Array:
        return predict_repeat(
            read, rows, split, factory=factory, measure=prepared.measure, seed=seed + repeat
        )

    return values_of(
        prepared,
        cell,
        fitted,
        made={
            "source": source_of(prepared.encoders[cell.encoder]) if cell.encoder else "",
            "fingerprint": prepared.encoder_of(cell).fingerprint if cell.encoder else "",
            "repeats": measure_repeats(prepared, predict_again),
            "curve": learning_curve(prepared, predict_again),
            "costs": _costs(prepared, cell, embedded, fitted, records, progress=progress),
            **_given(prepared, cell),
            **_width(prepared, cell),
        },
        tokens=embedded.tokens if embedded and cell.reads != "given" else None,
        began=began,
    )


def _given(prepared: Prepared, cell: Cell) -> dict[str, Any]:
    """What a report says of vectors that were computed elsewhere, so that it does not need their file."""
    encoder = prepared.encoders.get(cell.encoder)
    return {"given": encoder.record()} if isinstance(encoder, GivenVectors) else {}


def _width(prepared: Prepared, cell: Cell) -> dict[str, Any]:
    """The full width of an encoder that would have to be asked for it."""
    encoder = prepared.encoders.get(cell.encoder)
    return {WIDTH: encoder.dim} if encoder is not None and is_api(source_of(encoder)) else {}


def made_of(cell: Cell) -> dict[str, Any]:
    """What a record says of a cell; see ``cell_of``."""
    return {
        "reads": cell.reads,
        "encoder": cell.encoder,
        "instruction": cell.instruction.name,
        "sentence": cell.instruction.sentence,
        "long": cell.long,
        "dim": cell.dim,
        "head": cell.head,
    }


def values_of(
    prepared: Prepared,
    cell: Cell,
    fitted: Fitted,
    *,
    made: Mapping[str, Any],
    tokens: Ints | None,
    began: float,
) -> CellValues:
    """What a cell hands over: its record, and its tables.

    Parameters
    ----------
    made
        What only the kind of cell knows: source, fingerprint, repeats, costs, and whatever else its record has.
    tokens
        (n,) of all rows as the cell reads them; None for a cell without a network, and where nobody counted.
    began
        Of ``time.perf_counter``.
    """
    rows = prepared.rows
    record = {
        "id": cell.id,
        "cell": made_of(cell),
        "measure": prepared.measure.name,
        "selection": dict(fitted.selection),
        "ranking": dict(fitted.ranking),
        "measures": _measures(prepared, fitted),
        "choices": dict(fitted.choices),
        "notes": list(fitted.notes),
        **made,
        "data_digest": rows.digest,
        "seed": prepared.study.seed,
        "train_rows": len(rows.split.train),
        "test_rows": len(rows.split.test),
        "versions": installed_versions(),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - began, 3),
    }
    held_out = to_table(fitted, rows, cell=cell.id, tokens=tokens)
    tables = {HELD_OUT: held_out, OUT_OF_FOLD: folded_table(fitted.folded, rows, cell=cell.id)}
    return CellValues(record=record, tables=tables)


def _measures(prepared: Prepared, fitted: Fitted) -> dict[str, dict[str, float]]:
    """Every measure of every target on the judged held-out rows, by measure and target."""
    rows = prepared.rows
    judged = rows.judged[rows.split.test]
    truth, training = rows.truth[rows.split.test][judged], rows.truth[rows.split.train]
    return {
        measure.name: measure_targets(
            truth,
            comparable(fitted.predictions[judged], fitted.unmapped[judged], training, measure),
            rows,
            measure=measure,
        )
        for measure in all_measures(rows.kind, positive=prepared.positive)
    }


def measure_repeats(prepared: Prepared, predict: Callable[[Split, int], Array]) -> list[dict[str, Any]]:
    """The measure per target on every repeated split, also by slice; the same splits for every cell, none for a single one.

    ``predict`` gives (m, t) predictions of a split's held-out rows, as the measure sees them, learnt from its training rows.
    """
    found: list[dict[str, Any]] = []
    rows = prepared.rows
    if prepared.repeats == 1:
        return found
    measure, parts = prepared.measure, parts_of(rows)
    for repeat, split in enumerate(prepared.splits):
        predicted = predict(split, repeat)
        judged = rows.judged[split.test]
        values = measure_targets(rows.truth[split.test][judged], predicted[judged], rows, measure=measure)
        # Both sides in judged rows: the correction asks which share of the rows it speaks about is held out.
        train, test = (int(rows.judged[side].sum()) for side in (split.train, split.test))
        found.append({"repeat": repeat, "train": train, "test": test, "values": values})
        if parts:
            found[-1]["slices"] = measure_parts(parts, predicted, rows, split, measure=measure)
    return found


def _costs(
    prepared: Prepared,
    cell: Cell,
    embedded: Embedded | None,
    fitted: Fitted,
    earlier: Records,
    *,
    progress: Progress,
) -> dict[str, Any]:
    """What the cell costs; encoding costs what it did for an ``earlier`` cell on the same vectors, if there is one."""
    held_out = max(1, len(prepared.rows.split.test))
    found = {
        "dim": cell.dim,
        "fit_seconds": fitted.fit_seconds,
        "predict_seconds_per_1000": 1000 * fitted.predict_seconds / held_out,
        "memory_bytes": fitted.head_bytes + _weights(prepared, cell),
    }
    if embedded is None:
        return found | {"encode_seconds_per_1000": 0.0, **NOTHING_READ}
    account = embedded.account
    return found | {
        **encoding_cost(prepared, cell, account, earlier, progress=progress),
        **charged(prepared, cell, account, earlier),
        "tokens": account.tokens,
        "truncated_rows": account.truncated_rows,
        "tokens_lost_share": account.tokens_lost_share,
        "split_rows": account.split_rows,
        "windows": account.windows,
        "unknown_rows": len(account.unknown_rows),
        "unknown_share": account.unknown_tokens / max(1, account.read_tokens),
    }


def _weights(prepared: Prepared, cell: Cell) -> float:
    """Bytes of the network that the cell needs for another text; NaN where others computed its vectors."""
    if not cell.encoder:
        return 0.0
    return math.nan if cell.reads == "given" else weight_bytes(prepared.encoders[cell.encoder])


def encoding_cost(
    prepared: Prepared,
    cell: Cell,
    account: Account,
    earlier: Records,
    *,
    progress: Progress,
) -> dict[str, Any]:
    """Seconds per 1,000 texts and what was timed, the same for all cells on the same vectors; NaN where the clock saw none.

    A study that goes on finds its vectors in the store, or encodes the last few alone: what was measured when most of
    them were encoded stands in the records. Where nothing was ever measured, a few of the texts are tried. Of given vectors
    nobody knows.
    """
    if cell.reads == "given":
        return {"encode_seconds_per_1000": float("nan"), "encoded_on": ""}
    same = (cell.encoder, cell.instruction.sentence, cell.long)
    for record in earlier.values():
        of, costs = record["cell"], record["costs"]
        seconds = float(costs["encode_seconds_per_1000"])
        if (of["encoder"], of["sentence"], of["long"]) == same and np.isfinite(seconds):
            return {"encode_seconds_per_1000": seconds, "encoded_on": costs.get("encoded_on", "")}
    speed = priced_speed(prepared, cell, encoded=account.encoded, progress=progress)
    seconds = 1000 * account.read_tokens / account.rows / speed.tokens if speed.tokens else float("nan")
    return {"encode_seconds_per_1000": seconds, "encoded_on": speed.device}
