"""How every head stands out of fold on the training rows, and which one is advised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.left_out import paired_errors
from semascope.store.speeds import clock_of
from semascope.studies.choice import RANK
from semascope.studies.choosing import Candidate, choose
from semascope.studies.heads.computing.fit import select, selecting, selecting_parts, selecting_shares
from semascope.studies.heads.computing.folded import from_table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    import pyarrow as pa

    from semascope.stats.measure import Measure, RowMeasure
    from semascope.studies.choice import Choice
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Floats, Mask


def on_common_rows(
    records: Mapping[str, Mapping[str, Any]],
    rows: Rows,
    measure: RowMeasure,
    folded: Mapping[str, pa.Table],
) -> tuple[dict[str, Mapping[str, Any]], Mask | None]:
    """The records with what each cell comes to on the training rows that all cells predicted, and (n,) these rows.

    A tuned model predicts one fold of them, as a training for each fold would cost three times as much; cells are chosen on
    the same rows or not at all. A column of the file is not chosen, and leaves none of them out. None, and the records as they
    are, where every cell predicted every row.
    """
    if not any(record["cell"]["reads"] == "texts" for record in records.values()):
        return dict(records), None
    found = {name: from_table(folded[name], rows) for name, record in records.items() if _chooses(record)}
    among = np.logical_and.reduce([one.answered for one in found.values()])
    chosen = {name: select(one, rows, measure, among=among) for name, one in found.items()}
    return {
        name: {**record, "selection": chosen[name][0], "ranking": chosen[name][1]}
        if name in chosen
        else record
        for name, record in records.items()
    }, among


def _chooses(record: Mapping[str, Any]) -> bool:
    """Whether a cell is among those that are chosen from: a column of the file answers for no other text."""
    return bool(record["cell"]["reads"] != "column")


def choose_head(
    study: Study,
    rows: Rows,
    measure: RowMeasure,
    records: Mapping[str, Mapping[str, Any]],
    folded: Mapping[str, pa.Table],
    *,
    baseline: str,
    among: Mask | None = None,
) -> Choice:
    """The advised cell beside the one that did best on the training rows.

    Parameters
    ----------
    folded
        Out-of-fold predictions of every cell.
    baseline
        Id of the cell whose errors several targets are shares of.
    among
        (n,) training rows that choose; see ``on_common_rows``. None: all of them.
    """
    apart = rows.seen.apart
    baseline = _unit_cell(records, apart, baseline)
    selections = selection_scores(records, baseline=baseline, measure=measure, apart=apart)
    seconds = _seconds(records)
    candidates = {
        name: table for name, table in folded.items() if name in records and _chooses(records[name])
    }
    scale = measure.weights(np.array(list(records[baseline]["selection"].values())))
    return choose(
        [
            Candidate(
                cell=name,
                value=selections[name],
                reads=record["cell"]["reads"],
                seconds=seconds[name],
                charge=record["costs"].get("charge_per_million", math.nan),
                currency=record["costs"].get("currency", ""),
            )
            for name, record in records.items()
        ],
        rule=study.choose,
        measure=measure,
        margin=study.margin,
        otherwise=baseline,
        errors=lambda best: (
            dict.fromkeys(records, math.nan)
            | _errors(rows, measure, candidates, best, scale=scale, among=among)
        ),
    )


def selection_scores(
    records: Mapping[str, Mapping[str, Any]],
    *,
    baseline: str,
    measure: Measure,
    apart: Collection[str] = (),
) -> dict[str, float]:
    """One number a cell from the training rows.

    Over several targets, errors are divided by the baseline's on the same target before the mean, so that a target
    with a wide scale does not decide alone; the baseline then stands at 1. NaN where the measure is undefined, of columns of
    the file, and of the cells of encoders that stand ``apart``: they take no part in the choice, because they were tuned on
    the training rows.
    """
    base = np.array(list(records[_unit_cell(records, apart, baseline)]["selection"].values()))
    scores = {}
    for name, record in records.items():
        values = np.array(list(record["selection"].values()))
        shares = _shares(values, base) if measure.in_shares(len(values)) else values
        chosen = not apart or _model(record) not in apart
        scores[name] = float(np.mean(shares)) if chosen else math.nan
    return scores


def _model(record: Mapping[str, Any]) -> str:
    """The encoder that a cell reads through, or the tuned model that it is."""
    cell = record["cell"]
    return str(cell["head"] if cell["reads"] == "texts" else cell["encoder"])


def _unit_cell(records: Mapping[str, Mapping[str, Any]], apart: Collection[str], baseline: str) -> str:
    """The cell whose errors several targets are shares of: the baseline, or a constant where that one is not chosen from."""
    if _chooses(records[baseline]) and _model(records[baseline]) not in apart:
        return baseline
    return next(name for name, record in records.items() if record["cell"]["reads"] == "nothing")


def _shares(errors: Floats, base: Floats) -> Floats:
    """Errors as shares of the baseline's; where that one makes none, 1 for the same and infinity for any other."""
    perfect = np.where(errors == 0, 1.0, np.inf)
    return np.divide(errors, base, out=perfect, where=base != 0)


def _errors(
    rows: Rows,
    measure: RowMeasure,
    tables: Mapping[str, pa.Table],
    best: str,
    *,
    scale: Floats,
    among: Mask | None,
) -> dict[str, float]:
    """The standard error of each cell's difference from the best, of the very numbers that rank them."""
    folded = {name: from_table(table, rows) for name, table in tables.items()}
    seen = {name: selecting(one, rows, measure) for name, one in folded.items()}
    others = [name for name in folded if name != best]
    parts = selecting_parts(folded[best], rows, measure, folded[best].answered if among is None else among)
    shares = selecting_shares(parts, rows, measure)
    train = rows.split.train
    found = [
        paired_errors(
            rows.truth[train[part]],
            seen[best][part],
            [seen[name][part] for name in others],
            measure=measure,
            scale=scale * share,
            groups=rows.units(train[part]),
        )
        for part, share in zip(parts, shares, strict=True)
    ]
    # The parts are apart, so that their errors add up in squares.
    errors = np.sqrt(np.square(found).sum(axis=0))
    return {best: 0.0, **dict(zip(others, errors.tolist(), strict=True))}


def _seconds(records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Seconds to encode and predict 1,000 texts; cells on the same vectors share what encoding costs to the bit.

    NaN for all cells with a network where some of them were timed on another machine, or over an API: the seconds would compare
    machines, or money with time.
    """
    encoding: dict[tuple[str, ...], float] = {}
    timed = _timed_on(records)
    for name, record in records.items():
        cost = float(record["costs"]["encode_seconds_per_1000"])
        if math.isfinite(cost) and (len(timed) < 2 or not _has_network(record)):
            encoding.setdefault(_vectors(name, record), cost)
    return {
        name: encoding.get(_vectors(name, record), math.nan)
        + float(record["costs"]["predict_seconds_per_1000"])
        for name, record in records.items()
    }


def _timed_on(records: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """What the networks whose cost is known were timed on: this machine, another one, an API; several, where it is mixed."""
    return {
        clock_of(record["costs"].get("encoded_on", ""))
        for record in records.values()
        if _has_network(record) and math.isfinite(record["costs"]["encode_seconds_per_1000"])
    }


def _has_network(record: Mapping[str, Any]) -> bool:
    return RANK.get(record["cell"]["reads"]) == RANK["vectors"]


def _vectors(name: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells the vectors that a cell reads; a cell without an encoder shares none."""
    cell = record["cell"]
    return (cell["encoder"], cell["sentence"], cell["long"]) if cell["encoder"] else (name,)
