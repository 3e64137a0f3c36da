"""Hybrids against their best part: what a second way of searching adds to the better of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.stats.family import one_family
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.telling.shown import AgainstPart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Record, Records
    from semascope.types import Floats


def judge_hybrids(
    prepared: Prepared,
    records: Records,
    scores: Mapping[str, Floats],
    choosing: Mapping[str, Floats],
    groups: Sequence[int] | None,
) -> list[AgainstPart]:
    """Every hybrid whose best part is not the baseline, against that part, with Holm's correction over all of these.

    Parameters
    ----------
    scores, choosing
        By cell, the measure of each estimating and each choosing query. Which part is best is said by the choosing queries: the
        same queries could not say it and judge it.
    groups
        Label of each estimating query, the same for near-copies; None: every one stands for itself.
    """
    best = {
        cell: part
        for cell, record in records.items()
        if record["kind"] == "mixed"
        and (part := prepared.measure.best(_of_parts(prepared, parts_of(record), choosing)))
        != prepared.baseline
    }
    families = [
        judge_scores(
            {part: scores[part], cell: scores[cell]},
            baseline=part,
            measure=prepared.measure,
            margin=prepared.study.margin,
            groups=groups,
            unit="query",
            seed=prepared.study.seed,
        )
        for cell, part in best.items()
    ]
    judged = zip(best.items(), one_family(families), strict=True)
    return [AgainstPart(cell=cell, part=part, verdict=verdicts[cell]) for (cell, part), verdicts in judged]


def parts_of(record: Record) -> list[str]:
    """The cells that a hybrid was made of, of several candidates the chosen one."""
    chosen = [value for value in record["choices"].values() if isinstance(value, str)]
    return [
        next((part for part in parts if part in chosen), parts[0]) for parts in record["made_of"]["parts"]
    ]


def _of_parts(prepared: Prepared, parts: list[str], choosing: Mapping[str, Floats]) -> dict[str, float]:
    return {part: prepared.measure.value(choosing[part]) for part in parts}
