"""How long should passages be? Lengths of one encoder against its whole documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.stats.family import one_family
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.telling.shown import LengthJudged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Records
    from semascope.types import Floats

WHOLE = "whole documents"


def judge_lengths(
    prepared: Prepared,
    records: Records,
    scores: Mapping[str, Floats],
    groups: Sequence[int] | None,
) -> list[LengthJudged]:
    """Every passage length of an encoder against whole documents read in the same way, Holm over all of these.

    Parameters
    ----------
    scores
        (m,) of each estimating query, by cell.
    groups
        (m,) label of each of these, the same for near-copies; None: every one stands for itself.
    """
    families, cells = [], []
    for whole, parts in _compared(records).items():
        families.append(
            judge_scores(
                {cell: scores[cell] for cell in (whole, *parts)},
                baseline=whole,
                measure=prepared.measure,
                margin=prepared.study.margin,
                groups=groups,
                unit="query",
                seed=prepared.study.seed,
            )
        )
        cells.append((whole, *parts))
    found = []
    for names, verdicts in zip(cells, one_family(families), strict=True):
        for cell in names:
            verdict = verdicts[cell]
            baseline = verdict.word == "baseline"
            found.append(
                LengthJudged(
                    cell=cell,
                    encoder=names[0],  # with its instruction and width
                    length=records[cell]["passage"] or WHOLE,
                    value=prepared.measure.value(scores[cell]),
                    difference=0.0 if baseline else verdict.difference,
                    low=verdict.low,
                    high=verdict.high,
                    p=verdict.p_holm,
                    word=verdict.word,
                )
            )
    return found


def _compared(records: Records) -> dict[str, list[str]]:
    """Cells of passages by the cell of whole documents that reads as they do, the shortest passages first."""
    dense = {cell: record for cell, record in records.items() if record["kind"] == "dense"}
    found: dict[str, list[str]] = {}
    for cell, record in dense.items():
        if not record["passage"]:
            continue
        for whole, other in dense.items():
            alike = all(other[name] == record[name] for name in ("encoder", "instruction", "dim"))
            if alike and not other["passage"] and other["long"] == "truncate":
                found.setdefault(whole, []).append(cell)
    return {
        whole: sorted(parts, key=lambda cell: [int(part) for part in records[cell]["passage"].split("/")])
        for whole, parts in found.items()
    }
