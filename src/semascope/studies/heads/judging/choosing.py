"""How every cell of a study stands on the training rows, and which one is advised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.head import TEXT_HEADS
from semascope.stats.left_out import paired_errors
from semascope.studies.choice import Choice, Standing, advise, allowed
from semascope.studies.heads.computing.fit import selecting, selecting_parts
from semascope.studies.heads.computing.folded import from_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa

    from semascope.stats.measure import Measure, RowMeasure
    from semascope.studies.choice import Reads
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Floats


def choose(
    study: Study,
    rows: Rows,
    measure: RowMeasure,
    records: Mapping[str, Mapping[str, Any]],
    folded: Mapping[str, pa.Table],
    *,
    baseline: str,
) -> Choice:
    """The advised cell beside the one that did best on the training rows.

    Parameters
    ----------
    folded
        Out-of-fold predictions of every cell.
    baseline
        Id of the cell whose errors several targets are shares of.
    """
    baseline = _unit_cell(records, rows, baseline)
    selections = selection_scores(records, rows, baseline=baseline, measure=measure)
    best = measure.best(selections)
    margin = measure.margin_around(study.margin, np.array([selections[best]]))
    scale = measure.weights(np.array(list(records[baseline]["selection"].values())))
    errors = _errors(rows, measure, folded, best, scale=scale)
    seconds = _seconds(records)
    standings = [
        Standing(
            cell=name,
            value=selections[name],
            behind=0.0 if name == best else measure.gain(selections[best] - selections[name]),
            error=errors[name],
            allowed=allowed(margin, errors[name]),
            reads=_reads(record),
            seconds=seconds[name],
        )
        for name, record in records.items()
    ]
    advised = advise(standings, best=best) if study.choose == "cheapest" else best
    return Choice(
        rule=study.choose,
        advised=advised,
        best=best,
        margin=margin,
        of_error=measure.lower_is_better,
        standings=standings,
    )


def selection_scores(
    records: Mapping[str, Mapping[str, Any]], rows: Rows, *, baseline: str, measure: Measure
) -> dict[str, float]:
    """One number a cell from the training rows.

    Over several targets, errors are divided by the baseline's on the same target before the mean, so that a target
    with a wide scale does not decide alone; the baseline then stands at 1. NaN where the measure is undefined, and of a
    cell that takes no part in the choice, because its encoder was tuned on the training rows.
    """
    base = np.array(list(records[_unit_cell(records, rows, baseline)]["selection"].values()))
    scores = {}
    for name, record in records.items():
        values = np.array(list(record["selection"].values()))
        shares = _shares(values, base) if measure.in_shares(len(values)) else values
        apart = record["cell"]["encoder"] in rows.seen.apart
        scores[name] = math.nan if apart else float(np.mean(shares))
    return scores


def _unit_cell(records: Mapping[str, Mapping[str, Any]], rows: Rows, baseline: str) -> str:
    """The cell whose errors several targets are shares of: the baseline, or a constant where that one was tuned on them."""
    apart = records[baseline]["cell"]["encoder"] in rows.seen.apart
    return (
        next(name for name, record in records.items() if not record["cell"]["encoder"]) if apart else baseline
    )


def _shares(errors: Floats, base: Floats) -> Floats:
    """Errors as shares of the baseline's; where that one makes none, 1 for the same and infinity for any other."""
    perfect = np.where(errors == 0, 1.0, np.inf)
    return np.divide(errors, base, out=perfect, where=base != 0)


def _errors(
    rows: Rows, measure: RowMeasure, tables: Mapping[str, pa.Table], best: str, *, scale: Floats
) -> dict[str, float]:
    """The standard error of each cell's difference from the best, of the very numbers that rank them."""
    folded = {name: from_table(table, rows) for name, table in tables.items()}
    seen = {name: selecting(one, rows, measure) for name, one in folded.items()}
    others = [name for name in folded if name != best]
    parts = selecting_parts(folded[best], rows, measure)
    train = rows.split.train
    found = [
        paired_errors(
            rows.truth[train[part]],
            seen[best][part],
            [seen[name][part] for name in others],
            measure=measure,
            scale=scale,
            groups=rows.units(train[part]),
        )
        for part in parts
    ]
    # The parts are apart, so that their errors add up in squares.
    errors = np.sqrt(np.square(found).sum(axis=0)) / len(parts)
    return {best: 0.0, **dict(zip(others, errors.tolist(), strict=True))}


def _reads(record: Mapping[str, Any]) -> Reads:
    cell = record["cell"]
    if cell["encoder"]:
        return "vectors"
    return "words" if cell["head"] in TEXT_HEADS else "nothing"


def _seconds(records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Seconds to encode and predict 1,000 texts; cells on the same vectors share what encoding costs to the bit."""
    encoding: dict[tuple[str, str, str], float] = {}
    for record in records.values():
        cost = float(record["costs"]["encode_seconds_per_1000"])
        if math.isfinite(cost):
            encoding.setdefault(_vectors(record), cost)
    return {
        name: encoding.get(_vectors(record), math.nan) + float(record["costs"]["predict_seconds_per_1000"])
        for name, record in records.items()
    }


def _vectors(record: Mapping[str, Any]) -> tuple[str, str, str]:
    cell = record["cell"]
    return cell["encoder"], cell["sentence"], cell["long"]
