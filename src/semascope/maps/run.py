"""The whole job: a table becomes spaces, the spaces a linked map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.read import table_of
from semascope.errors import ConfigError, DataError
from semascope.maps.build import build_contents
from semascope.maps.colouring.labelling import make_labels, spelling_notes
from semascope.maps.colouring.names import check_names, predicted_name, residual_name
from semascope.maps.colouring.predicted import check_scores, predicted_numbers
from semascope.maps.contents import Labels, Numbers
from semascope.maps.coordinates import from_coordinates
from semascope.maps.items import check_items
from semascope.maps.laying_out.layout import LayoutSettings
from semascope.maps.linked_map import LinkedMap
from semascope.maps.measuring.each_space import MapSettings
from semascope.spaces.sources import from_encoders
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.data.table import Table
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.maps.plan import MapPlan
    from semascope.spaces.preparing import Space
    from semascope.store.vectors import VectorStore
    from semascope.types import Floats, Progress


def run_map(
    plan: MapPlan,
    *,
    table: Table | None = None,
    store: VectorStore | None = None,
    cache: LayoutCache | None = None,
    command: str = "",
    progress: Progress = silent,
) -> LinkedMap:
    """The map of a plan.

    Parameters
    ----------
    table
        Rows to take instead of those of ``plan.data``, which then only names them.
    store
        Asked for vectors first, and given new ones.
    cache
        Keeps layouts and neighbours between runs.
    command
        What made it, for the page.
    """
    # All that can be refused is refused before the first text is embedded.
    table = _rows(plan, table)
    texts, settings, scores = table.texts(plan.text), _settings(plan), _scores(plan, table)
    label, across = (
        None if column is None else make_labels(column, table.strings(column))
        for column in (plan.label, plan.across)
    )
    colors = _colors(plan, table)
    check_items(texts, table.rows, label, colors, across=across)
    check_names(_names(plan, [each for each in (label, across) if each is not None], colors))

    if plan.coordinates:
        made = from_coordinates(plan, table)
    else:
        made = from_encoders(plan, table, texts, store, progress)
    built = build_contents(
        texts,
        table.rows,
        made.spaces,
        title=plan.data.name,
        labels=label,
        across=across,
        colors=[*colors, *_predicted(plan, scores, made.spaces[0], texts, progress)],
        settings=settings,
        cache=cache,
        notes=[*made.notes, *_near_numbers(plan, table), *_spelling_notes(plan, table, colors)],
        command=command,
        progress=progress,
    )
    return LinkedMap(
        contents=built.contents,
        alone=built.alone,
        record={**built.record, "plan": plan.model_dump(mode="json"), "encoders": dict(made.encoders)},
        spaces=made.spaces,
        vector_rows=table.rows,
    )


def _rows(plan: MapPlan, table: Table | None) -> Table:
    """The rows of the map, with all columns that the plan names."""
    if table is None:
        table = table_of(plan.data, limit=plan.limit, seed=plan.seed, quoting=plan.quoting)
    elif plan.limit is not None:
        table = table.sample(plan.limit, seed=plan.seed)
    table.require([*plan.text, *filter(None, [plan.label, plan.across, *plan.color, *plan.target])])
    if not len(table):
        raise DataError(f"{plan.data} has no rows; a map needs one text or more; give another file")
    return table


def _settings(plan: MapPlan) -> MapSettings:
    layout = LayoutSettings(
        method=plan.layout, neighbors=plan.neighbors, min_dist=plan.min_dist, seed=plan.seed
    )
    return MapSettings(layout=layout, independent=plan.independent, k=plan.k)


def _scores(plan: MapPlan, table: Table) -> dict[str, Floats]:
    """The columns to predict."""
    if plan.target and plan.coordinates:
        raise ConfigError(
            f"target is {plan.target[0]!r}; predictions need vectors, and these panels have coordinates only; leave it out"
        )
    found = {column: table.numbers(column) for column in plan.target}
    for column, scores in found.items():
        check_scores(column, scores)
    return found


def _colors(plan: MapPlan, table: Table) -> list[Labels | Numbers]:
    """Further colours: numbers where every cell of the column is one, else labels."""
    found: list[Labels | Numbers] = []
    for column in dict.fromkeys(plan.color):
        if column in plan.target:
            continue  # its scores come with its predictions
        if table.is_numeric(column):
            found.append(Numbers(name=_as_numbers(column, plan), values=table.numbers(column)))
        elif column not in (plan.label, plan.across):  # as labels it is shown first anyway
            found.append(make_labels(column, table.strings(column)))
    return found


def _spelling_notes(plan: MapPlan, table: Table, colors: Sequence[Labels | Numbers]) -> list[str]:
    labelled = [
        *filter(None, [plan.label, plan.across]),
        *(each.name for each in colors if isinstance(each, Labels)),
    ]
    return [note for name in dict.fromkeys(labelled) for note in spelling_notes(name, table.strings(name))]


def _near_numbers(plan: MapPlan, table: Table) -> list[str]:
    """Colours that are labels though most of their cells look like numbers."""
    return [
        f"{column!r} is coloured by its words, not as numbers: {hint}"
        for column in dict.fromkeys(plan.color)
        if column not in plan.target and (hint := table.why_words(column))
    ]


def _as_numbers(column: str, plan: MapPlan) -> str:
    """What the numbers of a column are called: where its values are labels too, its own name stands for these."""
    return f"{column} as a number" if column in (plan.label, plan.across) else column


def _names(plan: MapPlan, labels: Sequence[Labels], colors: Sequence[Labels | Numbers]) -> list[str]:
    """Of all colourings that there will be, before predictions are made."""
    names = [each.name for each in (*labels, *colors)]
    for column in dict.fromkeys(plan.target):
        names += [_as_numbers(column, plan), predicted_name(column), residual_name(column)]
    return names


def _predicted(
    plan: MapPlan, scores: Mapping[str, Floats], first: Space, texts: Sequence[str], progress: Progress
) -> list[Numbers]:
    found: list[Numbers] = []
    for column, values in scores.items():
        assert first.vectors is not None  # scores beside coordinates were refused
        found.append(Numbers(name=_as_numbers(column, plan), values=values))
        found += predicted_numbers(
            column, values, first.vectors, texts, space=first.name, seed=plan.seed, progress=progress
        )
    return found
