"""The whole job: a plan becomes an answer with its evidence."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from semascope.studies.switching.asking.measures import read_measures
from semascope.studies.switching.asking.searched import is_collection, read_searched
from semascope.studies.switching.asking.seen import without_seen, without_seen_queries
from semascope.studies.switching.asking.side import read_sides
from semascope.studies.switching.asking.texts import read_texts
from semascope.studies.switching.deciding import decide
from semascope.studies.switching.over_collection import over_collection
from semascope.studies.switching.over_texts import over_texts
from semascope.studies.switching.result import SideTold, SwitchResult
from semascope.studies.switching.stating import constant_notes, seen_notes
from semascope.studies.switching.telling import headline, same
from semascope.studies.versions import installed_versions
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.data.table import Table
    from semascope.store.vectors import VectorStore
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.evidence.gathered import Evidence
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.types import Array, Progress


def run_switch(
    plan: SwitchPlan,
    *,
    table: Table | None = None,
    given: Mapping[str, Array] | None = None,
    store: VectorStore | None = None,
    folder: str = "",
    command: str = "",
    progress: Progress = silent,
) -> SwitchResult:
    """The answer to a plan.

    Parameters
    ----------
    table
        Rows to take in place of those of ``plan.data``, which then only names them.
    given
        Vectors of these rows as arrays, under "old" and "new", in place of what the plan names.
    store
        Asked for vectors first, and given new ones.
    folder
        Where the answer will lie, for the page.
    command
        What made it.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        Before anything is encoded wherever that can be known.
    """
    began = time.perf_counter()
    sides = read_sides(plan, given)
    read_measures(plan.measure)
    if table is None and is_collection(plan):
        searched, seen = without_seen_queries(sides, read_searched(plan))
        found = over_collection(plan, sides, searched, store=store, progress=progress)
    else:
        texts, seen = without_seen(sides, read_texts(plan, table))
        found = over_texts(plan, sides, texts, store=store, progress=progress)
    found = replace(found, notes=[*seen_notes(seen), *constant_notes(found.old, found.new), *found.notes])
    return conclude(
        plan,
        found,
        folder=folder,
        made={"command": command, "seconds": round(time.perf_counter() - began, 1)},
    )


def conclude(plan: SwitchPlan, found: Evidence, *, folder: str, made: dict[str, Any]) -> SwitchResult:
    """The evidence with its answer in words."""
    near = found.found or found.neighborhoods
    answer = decide(
        found.judged,
        near,
        found.cosines,
        margin=plan.overlap_margin,
        same=same(found),
        constant=found.constant,
    )
    return SwitchResult(
        name=plan.data.name,
        folder=folder,
        answer=answer,
        headline=headline(plan, found, answer),
        old=_told(found.old),
        new=_told(found.new),
        margin=plan.margin,
        neighborhoods=found.neighborhoods,
        found=found.found,
        cosines=found.cosines,
        judged=found.judged,
        rows=found.rows,
        queries=found.queries,
        storage=found.storage,
        reencoding=found.reencoding,
        thresholds=found.thresholds,
        notes=found.notes,
        looked_for=(),
        settings=plan.model_dump(mode="json"),
        made=made | {"versions": installed_versions(), "counted": dict(found.counted)},
    )


def _told(placed: Placed) -> SideTold:
    side = placed.side
    return SideTold(
        name=side.name,
        source=side.source,
        dims=int(placed.vectors.shape[1]),
        arithmetic=side.arithmetic,
        instruction=side.instruction.sentence,
        space=placed.space,
        is_file=side.encoder is None,
    )
