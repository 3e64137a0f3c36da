"""How every cell of a study stands on the training rows, and which one is advised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.head import TEXT_HEADS
from semascope.stats.left_out import paired_errors
from semascope.stats.words import SHARE_OF_ERROR, margin_of
from semascope.studies.choice import Choice, Standing, advise, allowed
from semascope.studies.fit import selecting, selecting_parts, selecting_shares
from semascope.studies.folded import cells_in, from_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa

    from semascope.stats.measures import Measure
    from semascope.studies.choice import Reads
    from semascope.studies.rows import Rows
    from semascope.studies.settings import Study
    from semascope.types import Floats


def choose(
    study: Study,
    rows: Rows,
    measure: Measure,
    records: Mapping[str, Mapping[str, Any]],
    folded: pa.Table | None,
    *,
    baseline: str,
) -> Choice:
    """The advised cell beside the one that did best on the training rows.

    Parameters
    ----------
    folded
        Out-of-fold predictions of the cells; those that have none have a standard error of NaN and are never near.
    baseline
        Id of the cell whose errors several targets are shares of.
    """
    selections = selection_scores(records, baseline=baseline, measure=measure)
    best = best_of(selections, measure)
    if math.isnan(selections[best]):  # no cell has a number: the first of them is a constant, and no choice
        best = baseline
    margin = margin_of_choice(study.margin, measure, selections[best])
    errors = _errors(rows, measure, folded, list(records), best, scale=_scale(records, baseline, measure))
    seconds = _seconds(records)
    sign = 1 if measure.lower_is_better else -1
    standings = [
        Standing(
            cell=name,
            value=selections[name],
            behind=0.0 if name == best else sign * (selections[name] - selections[best]),
            error=errors.get(name, math.nan),
            allowed=allowed(margin, errors.get(name, math.nan)),
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


def best_of(selections: Mapping[str, float], measure: Measure) -> str:
    """The cell that did best out of fold on the training rows; the first of equals."""
    sign = 1 if measure.lower_is_better else -1
    return min(selections, key=lambda cell: (np.isnan(selections[cell]), sign * selections[cell]))


def margin_of_choice(margin: float | None, measure: Measure, best: float) -> float:
    """The study's margin in the unit of what ranks the cells: of errors a share of the best cell's."""
    if measure.lower_is_better:
        return (SHARE_OF_ERROR if margin is None else margin) * best
    return margin_of(margin, measure, np.array([best]))


def selection_scores(
    records: Mapping[str, Mapping[str, Any]], *, baseline: str, measure: Measure
) -> dict[str, float]:
    """One number a cell from the training rows.

    Over several targets, errors are divided by the baseline's on the same target before the mean, so that a target
    with a wide scale does not decide alone; the baseline then stands at 1. NaN where the measure is undefined.
    """
    base = np.array(list(records[baseline]["selection"].values()))
    scores = {}
    for name, record in records.items():
        values = np.array(list(record["selection"].values()))
        relative = len(values) > 1 and measure.lower_is_better
        scores[name] = float(np.mean(_shares(values, base) if relative else values))
    return scores


def _shares(errors: Floats, base: Floats) -> Floats:
    """Errors as shares of the baseline's; where that one makes none, 1 for the same and infinity for any other."""
    perfect = np.where(errors == 0, 1.0, np.inf)
    return np.divide(errors, base, out=perfect, where=base != 0)


def _scale(records: Mapping[str, Mapping[str, Any]], baseline: str, measure: Measure) -> Floats:
    """(t,) what ``selection_scores`` multiplies each target's measure by; 0 where only a cell without error is finite."""
    base = np.array(list(records[baseline]["selection"].values()))
    if len(base) == 1 or not measure.lower_is_better:
        return np.full(len(base), 1 / len(base))
    scale: Floats = np.divide(1 / len(base), base, out=np.zeros(len(base)), where=base != 0)
    return scale


def _errors(
    rows: Rows, measure: Measure, table: pa.Table | None, cells: list[str], best: str, *, scale: Floats
) -> dict[str, float]:
    """The standard error of each cell's difference from the best, of the very numbers that rank them."""
    known = cells_in(table)
    if table is None or best not in known:
        return {}
    folded = {name: from_table(table, rows, cell=name) for name in cells if name in known}
    seen = {name: selecting(one, rows, measure) for name, one in folded.items()}
    others = [name for name in folded if name != best]
    parts = selecting_parts(folded[best], rows, measure)
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
