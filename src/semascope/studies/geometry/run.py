"""The whole job: texts in spaces become numbers, verdicts and words."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.describing import describe_labels
from semascope.geometry.shape.describing import describe_shape
from semascope.geometry.shape.neighborhoods import LISTED
from semascope.neighbors import top_k
from semascope.plain import plain
from semascope.studies.geometry.asking.asked import LENGTH
from semascope.studies.geometry.asking.checking import check_plan
from semascope.studies.geometry.asking.prepare import prepare_geometry
from semascope.studies.geometry.comparing.asked_for import together_of
from semascope.studies.geometry.judging.by_tasks import probed_of, remedied_of
from semascope.studies.geometry.judging.copies import of_copies
from semascope.studies.geometry.judging.sides import rows_together
from semascope.studies.geometry.result import GeometryResult, OneSpace
from semascope.studies.geometry.telling.headline import headline_of
from semascope.studies.versions import installed_versions
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.data.table import Table
    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.labelled import Labelled
    from semascope.neighbors import Neighbors
    from semascope.store.vectors import VectorStore
    from semascope.studies.geometry.asking.asked import Asked
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.types import Array, Floats, Ints, Progress, Step

WIDE = 3  # times k: neighbours listed, so that k are left in nearly every half of the texts


def run_geometry(
    plan: GeometryPlan,
    *,
    table: Table | None = None,
    given: Mapping[str, Array] | None = None,
    store: VectorStore | None = None,
    command: str = "",
    progress: Progress = silent,
) -> GeometryResult:
    """The geometry of a plan.

    Parameters
    ----------
    table
        Rows to take instead of those of ``plan.data``, which then only names them.
    given
        Spaces that are there already, by name: (n, d) each, row i of the table's row i.
    store
        Asked for vectors first, and given new ones.
    command
        What made it, for the page.
    """
    check_plan(plan)
    started = time.perf_counter()
    asked = prepare_geometry(plan, table=table, given=given, store=store, progress=progress)
    together = rows_together(asked.texts, groups=asked.groups, kinds=asked.kinds)
    halves = draw_halves(len(asked.texts), groups=together, seed=plan.seed)
    if asked.groups is None:
        halves = replace(halves, reason=of_copies(halves.reason))
    nearest = {name: _nearest(name, vectors, plan.k, progress) for name, vectors in asked.spaces.items()}
    spaces = {name: _one_space(name, asked, halves, nearest[name], plan, progress) for name in asked.spaces}
    labelled = _labelled(asked, nearest, halves, together, plan, progress)
    beside = together_of(
        asked,
        {name: found.indices for name, found in nearest.items()},
        halves,
        together,
        plan,
        progress,
        labelled=labelled,
    )
    found = GeometryResult(
        name=asked.name,
        headline=(),
        spaces=spaces,
        labelled=labelled,
        probed=probed_of(asked, together, plan, progress),
        remedied=remedied_of(asked, together, plan, progress),
        together=beside,
        notes=asked.notes,
        settings=plain(plan.model_dump(mode="json")),
        made={
            "command": command,
            "seconds": time.perf_counter() - started,
            "versions": installed_versions("scipy"),
        },
        asked=asked,
    )
    return replace(found, headline=headline_of(found))


def _nearest(name: str, vectors: Array, k: int, progress: Progress) -> Neighbors:
    """The 3 k nearest of every text, 30 at the least, itself not among them; fewer where there are fewer.

    Hubness is always of 10 neighbours, whatever k is, and needs three times as many.
    """

    def shown(step: Step) -> None:
        progress(replace(step, stage=f"neighbours in {name}"))

    listed = max(min(max(WIDE * k, LISTED), len(vectors) - 1), 1)
    return top_k(vectors, vectors, listed, exclude_self=True, progress=shown)


def _one_space(
    name: str, asked: Asked, halves: Halves, nearest: Neighbors, plan: GeometryPlan, progress: Progress
) -> OneSpace:
    vectors = asked.spaces[name]

    def shown(step: Step) -> None:
        progress(replace(step, stage=f"{step.stage} in {name}"))

    shape = describe_shape(
        vectors,
        halves=halves,
        nearest=nearest,
        kinds=asked.kinds,
        codes=None if asked.labels is None else asked.codes,
        pairs=_pairs(asked, name),
        seed=plan.seed,
        progress=shown,
    )
    columns: dict[str, Sequence[object] | Array] = {}
    if any(asked.texts):  # vectors may come without their texts
        columns[LENGTH] = np.log1p([len(text) for text in asked.texts])
    columns |= {
        column: values if isinstance(values, np.ndarray) else _words(values.codes, values.names)
        for column, values in asked.columns.items()
    }
    return OneSpace(
        name=name,
        caption=asked.captions[name],
        shape=shape,
        explained=explained_by(vectors, columns, halves=halves, groups=asked.groups),
    )


def _words(codes: Ints, names: Sequence[str]) -> list[object]:
    return [names[code] if code >= 0 else None for code in codes.tolist()]


def _pairs(asked: Asked, name: str) -> Floats | None:
    """(n, d) the other text of each row, NaN where there is none; None without pairs."""
    if name not in asked.pairs:
        return None
    vectors = asked.pairs[name]
    found = np.full((len(asked.texts), vectors.shape[1]), np.nan)
    found[asked.paired] = vectors
    return found


def _labelled(
    asked: Asked,
    nearest: Mapping[str, Neighbors],
    halves: Halves,
    together: Ints,
    plan: GeometryPlan,
    progress: Progress,
) -> Labelled | None:
    if asked.labels is None:
        return None
    return describe_labels(
        asked.spaces,
        {name: found.indices for name, found in nearest.items()},
        asked.labels.codes,
        asked.labels.names,
        label=asked.labels.name,
        halves=halves,
        components=together,
        k=plan.k,
        margin=plan.margin,
        seed=plan.seed,
        progress=progress,
    )
