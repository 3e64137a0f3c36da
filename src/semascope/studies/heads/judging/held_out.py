"""The held-out rows of a finished study, for pictures and error analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.heads.computing.predictions import probabilities_from_table, tokens_of
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
    limit = prepared.encoders[cell.encoder].max_tokens if cell.encoder else np.inf
    tokens = tokens_of(computed.tables[HELD_OUT][shown], rows)[kept]
    probabilities = {
        name: probabilities_from_table(computed.tables[HELD_OUT][name], rows)[kept]
        for name in bench.raw
        if "probabilities" in computed.tables[HELD_OUT][name].column_names
    }
    return HeldOut(
        rows=rows.table.rows[test],
        texts=[rows.texts[row] for row in test],
        truth=bench.truth[kept],
        predictions={name: seen[kept] for name, seen in bench.seen_by(prepared.measure).items()},
        probabilities=probabilities,
        languages=[rows.language.languages[row] for row in test],
        tokens=tokens,
        over_limit=tokens > limit,
        long=cell.long,
        slices={name: [column[row] for row in test] for name, column in rows.slices.items()},
    )
