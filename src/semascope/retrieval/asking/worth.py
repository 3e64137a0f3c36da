"""What a measure says of every cell by the grades of pooled documents.

Letters: c cells, m queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.asking.pool import Pool
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.types import Floats


def differences(
    pools: Sequence[Pool], grades: Mapping[str, Mapping[str, float]], measure: QueryMeasure
) -> Floats:
    """(c - 1, m) how each cell differs from the baseline on each query.

    Parameters
    ----------
    grades
        By query and document; one that has none counts as not relevant, one outside the pool does not count.

    Notes
    -----
    The ideal of nDCG is the best order of the pooled documents. A query of which no pooled document is relevant gives 0
    to all cells, whatever lies outside.
    """
    if not pools:
        return np.zeros((0, 0))
    pooled = {
        pool.query: {each: grades.get(pool.query, {}).get(each, 0.0) for each in pool.documents}
        for pool in pools
    }
    cells = len(pools[0].ranks)
    if not any(grade > 0 for each in pooled.values() for grade in each.values()):
        return np.zeros((cells - 1, len(pools)))
    key = AnswerKey.of(Judgements.of(pooled))
    place = {pool.query: at for at, pool in enumerate(pools)}
    counted = [place[query] for query in key.queries]
    worth = np.zeros((cells, len(pools)))
    for cell in range(cells):
        worth[cell, counted] = measure.scores(key.look_up(_run(pools, cell)))
    found: Floats = worth[1:] - worth[0]
    return found


def _run(pools: Sequence[Pool], cell: int) -> Run:
    """What a cell has among its first, in its order."""
    return Run.of(
        {
            pool.query: {
                document: -float(rank)
                for document, rank in zip(pool.documents, pool.ranks[cell].tolist(), strict=True)
                if rank <= pool.looked.cutoff
            }
            for pool in pools
        }
    )
