"""One cell against another on what the answer leads with: the repeated splits where they lead, else the held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.judging.bench import judge_recipes
from semascope.studies.heads.judging.leading import leads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from semascope.stats.results import Family, Verdict, Word
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.result import HeadResult


def judge_two(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    families: tuple[Family, Family | None],
    cell: HeadResult,
    *,
    against: HeadResult,
) -> Verdict | None:
    """How ``cell`` stands ``against`` another: the table's verdict where one of them is the baseline, else one of its own.

    Parameters
    ----------
    records
        By cell id, with the repeated splits.
    families
        The primary one, and that of the repeated splits.

    Returns
    -------
    Verdict or None
        None where no held-out row judges.
    """
    if not bench.judged.any():
        return None
    primary, recipes = families
    repeated = recipes if recipes is not None and leads(recipes, against) else None
    if primary.baseline == against.id:
        return (repeated or primary).verdicts[cell.id]
    if primary.baseline == cell.id:  # what the table says of the other, seen from here
        return mirrored((repeated or primary).verdicts[against.id])
    if repeated is not None:
        two = {one.id: records[one.id] for one in (against, cell)}
        found, _ = judge_recipes(two, baseline=against.id, measure=bench.measure, margin=bench.study.margin)
        return found.verdicts[cell.id] if found else None
    raw = {one.id: bench.raw[one.id] for one in (against, cell)}
    return replace(bench, baseline=against.id, raw=raw).family(np.flatnonzero(bench.judged)).verdicts[cell.id]


def mirrored(verdict: Verdict) -> Verdict:
    """The verdict from the other side: what was better is worse."""
    turned: dict[Word, Word] = {"better": "worse", "worse": "better"}
    return replace(
        verdict,
        word=turned.get(verdict.word, verdict.word),
        difference=-verdict.difference,
        gain=-verdict.gain,
        low=-verdict.high,
        high=-verdict.low,
        low90=-verdict.high90,
        high90=-verdict.low90,
    )
