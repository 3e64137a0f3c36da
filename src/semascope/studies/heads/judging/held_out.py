"""The held-out rows of a finished study, for pictures and error analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.heads.computing.predictions import probabilities_from_table, tokens_of
from semascope.studies.heads.judging.over_limit import over_limit
from semascope.studies.heads.result import HeldOut
from semascope.studies.heads.tables import HELD_OUT

if TYPE_CHECKING:
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.task import Computed


def held_out_rows(prepared: Prepared, computed: Computed, bench: Bench, winner: str) -> HeldOut:
    """The held-out rows as the report shows them; lengths are the winner's, or the baseline's when it reads nothing."""
    rows, kept = prepared.rows, np.flatnonzero(bench.clean)
    test = rows.split.test[kept]
    shown = winner if computed.records[winner]["cell"]["encoder"] else bench.baseline
    cell = cell_of(computed.records[shown]["cell"])
    table = computed.tables[HELD_OUT][shown]
    over = np.zeros(len(rows.split.test), dtype=np.bool_)
    if cell.encoder:
        over = over_limit(rows, cell, prepared.encoders[cell.encoder], table)
    probabilities = {
        name: probabilities_from_table(computed.tables[HELD_OUT][name], rows)[kept]
        for name in bench.raw
        if rows.kind == "classification"
    }
    return HeldOut(
        rows=rows.table.rows[test],
        texts=[rows.texts[row] for row in test],
        truth=bench.truth[kept],
        predictions={name: seen[kept] for name, seen in bench.seen_by(prepared.measure).items()},
        probabilities=probabilities,
        languages=[rows.language.languages[row] for row in test],
        tokens=tokens_of(table, rows)[kept],
        over_limit=over[kept],
        long=cell.long,
        slices={name: [column[row] for row in test] for name, column in rows.slices.items()},
    )
