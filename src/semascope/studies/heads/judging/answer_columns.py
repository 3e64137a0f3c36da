"""Columns of the file against the cell that is advised: what somebody else's answers are worth beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.judging.bench import judge_recipes
from semascope.studies.heads.judging.leading import leads
from semascope.studies.heads.judging.two_cells import mirrored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from semascope.stats.results import Family, Verdict
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.result import HeadResult


def judge_columns(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    families: tuple[Family, Family | None],
    cells: Iterable[HeadResult],
    chosen: str,
) -> dict[str, Verdict]:
    """Every column against the chosen cell, by cell id, on what the answer leads with; a Holm family of their own.

    Where the chosen cell or a column is the baseline, the table has compared the two already, and its verdict stands.

    Parameters
    ----------
    families
        The primary one, and that of the repeated splits.
    chosen
        Id of the cell that is advised.

    Returns
    -------
    dict
        Empty where there are no columns, or no held-out row judges.
    """
    by_id = {cell.id: cell for cell in cells}
    columns = [name for name, cell in by_id.items() if cell.reads == "column"]
    if not columns or not bench.judged.any():
        return {}
    primary, recipes = families
    repeated = recipes if recipes is not None and leads(recipes, by_id[chosen]) else None
    table = repeated or primary
    if table.baseline == chosen:
        return {name: table.verdicts[name] for name in columns}
    compared = [chosen, *columns]
    if repeated is not None:
        asked = {name: records[name] for name in compared}
        family, _ = judge_recipes(asked, baseline=chosen, measure=bench.measure, margin=bench.study.margin)
    else:
        raw = {name: bench.raw[name] for name in compared}
        family = replace(bench, baseline=chosen, raw=raw).family(np.flatnonzero(bench.judged))
    assert family is not None  # there are repeats
    found = {name: family.verdicts[name] for name in columns}
    if table.baseline in found:
        found[table.baseline] = mirrored(table.verdicts[chosen])
    return found
