"""The whole job: a table becomes spaces, the spaces a linked map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.read import read_table
from semascope.embedding import check_dim, cut, embed
from semascope.encoders.catalogue import default_encoder, load_encoder
from semascope.encoders.choices import stated_choices
from semascope.encoders.instructions import parse_instruction
from semascope.errors import ConfigError, DataError
from semascope.maps.build import build_contents
from semascope.maps.contents import Numbers
from semascope.maps.labelling import kept_labels, make_labels
from semascope.maps.layout import LayoutSettings
from semascope.maps.linked_map import LinkedMap
from semascope.maps.measuring import MapSettings
from semascope.maps.predicted import check_scores, predicted_numbers
from semascope.maps.spaces import Space
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.encoders.instructions import Instruction
    from semascope.encoders.protocol import Encoder
    from semascope.maps.contents import Labels
    from semascope.maps.layout_cache import LayoutCache
    from semascope.maps.plan import MapPlan
    from semascope.store.vectors import VectorStore
    from semascope.types import Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Spaces:
    spaces: tuple[Space, ...]
    notes: tuple[str, ...]


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
    if table is None:
        table = read_table(plan.data, limit=plan.limit, seed=plan.seed)
    elif plan.limit is not None:
        table = table.sample(plan.limit, seed=plan.seed)
    colours = list(dict.fromkeys(filter(None, [plan.label, *plan.color, *plan.target])))
    table.require([*plan.text, *colours])
    texts = table.texts(plan.text)
    if not texts:
        raise DataError(f"{plan.data} has no rows; a map needs one text or more; give another file")
    settings = MapSettings(
        layout=LayoutSettings(
            method=plan.layout, neighbors=plan.neighbors, min_dist=plan.min_dist, seed=plan.seed
        ),
        independent=plan.independent,
        k=plan.k,
    )
    if plan.target and plan.coordinates:
        raise ConfigError(
            f"target is {plan.target[0]!r}; predictions need vectors, and these panels have coordinates only; leave it out"
        )
    targets = {column: table.numbers(column) for column in plan.target}
    for column, scores in targets.items():
        check_scores(column, scores)
    made = (
        _from_coordinates(plan, table)
        if plan.coordinates
        else _from_vectors(plan, table, texts, store, progress)
    )
    numbers: list[Numbers] = []
    labels: list[Labels] = []
    for column in plan.color:
        if column in targets:
            continue  # its scores come with its predictions
        found = _colouring(table, column)
        if column == plan.label and not isinstance(found, Numbers):
            continue  # shown first anyway
        (numbers if isinstance(found, Numbers) else labels).append(found)  # type: ignore[arg-type]
    notes = list(made.notes)
    first = made.spaces[0]
    for column, scores in targets.items():
        assert first.vectors is not None  # coordinates were refused above
        numbers += predicted_numbers(column, scores, first.vectors, texts, space=first.name, seed=plan.seed)
    label = None if plan.label is None else make_labels(plan.label, table.strings(plan.label))
    built = build_contents(
        texts,
        table.rows,
        made.spaces,
        title=plan.data.name,
        labels=label,
        numbers=numbers,
        settings=settings,
        cache=cache,
        notes=notes,
        command=command,
        progress=progress,
    )
    # A text without a usable vector is on no panel, so it has no colour either.
    kept = np.flatnonzero(np.isin(table.rows, built.contents.rows))
    return LinkedMap(
        contents=built.contents,
        record=built.record,
        spaces=made.spaces,
        vector_rows=table.rows,
        more_labels=tuple(kept_labels(each, kept) for each in labels),
    )


def _from_coordinates(plan: MapPlan, table: Table) -> _Spaces:
    spaces = []
    for written in plan.coordinates:
        name, given, columns = written.partition("=")
        pair = [column.strip() for column in columns.split(",")]
        if not given or not name.strip() or len(pair) != 2 or not all(pair):
            raise ConfigError(
                f"coordinates are {written!r}; they must be NAME=X_COLUMN,Y_COLUMN; name two columns"
            )
        table.require(pair)
        places = np.stack([table.numbers(column) for column in pair], axis=1)
        spaces.append(
            Space(name=name.strip(), caption=f"columns {pair[0]} and {pair[1]}", coordinates=places)
        )
    return _Spaces(spaces=tuple(spaces), notes=())


def _from_vectors(
    plan: MapPlan, table: Table, texts: Sequence[str], store: VectorStore | None, progress: Progress
) -> _Spaces:
    names = plan.encoder or [default_encoder()]
    instructions = [parse_instruction(written) for written in plan.instruction or ["default"]]
    _check_instructions(instructions)
    spaces: list[Space] = []
    notes: list[str] = []
    widths: list[int | None] = list(plan.dim) or [None]
    encoders = {
        name: load_encoder(
            name, precision=plan.precision, device=plan.device, trust_remote_code=plan.trust_remote_code
        )
        for name in names
    }
    for encoder in encoders.values():  # all, before the first embeds
        for dim in widths:
            check_dim(dim, encoder)
    for name in names:
        encoder = encoders.pop(name)  # so that the model before it can leave the memory
        truncated: list[int] = []
        for instruction in instructions:
            embedded = embed(
                texts,
                encoder=encoder,
                instruction=instruction.sentence,
                store=store,
                numbers=table.rows,
                progress=progress,
            )
            truncated.append(embedded.account.truncated_rows)
            notes += stated_choices(encoder, instruction=instruction.sentence, dims=widths)
            for dim in widths:
                parts = [
                    name if len(names) > 1 else "",
                    instruction.name if len(instructions) > 1 or len(names) * len(widths) == 1 else "",
                    f"{dim} dims" if len(widths) > 1 else "",
                ]
                spaces.append(
                    Space(
                        name=", ".join(filter(None, parts)),
                        caption=instruction.sentence or "no instruction",
                        vectors=cut(embedded.vectors, dim),
                    )
                )
        if max(truncated):
            notes.append(_cut(encoder, truncated, len(texts)))
    return _Spaces(spaces=tuple(spaces), notes=tuple(dict.fromkeys(notes)))


def _check_instructions(instructions: Sequence[Instruction]) -> None:
    names = [instruction.name for instruction in instructions]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two instructions are called {name!r}; names must differ; rename one")


def _cut(encoder: Encoder, rows: list[int], texts: int) -> str:
    """How many texts were cut; a longer instruction leaves less room."""
    least, most = min(rows), max(rows)
    count = f"{most:,}" if least == most else f"{least:,} to {most:,}, by instruction,"
    return f"{encoder.name} reads {encoder.max_tokens:,} tokens: {count} of {texts:,} texts are longer and were cut"


def _colouring(table: Table, column: str) -> Labels | Numbers:
    """Numbers where every cell is one, else labels."""
    try:
        return Numbers(name=column, values=table.numbers(column))
    except DataError:
        return make_labels(column, table.strings(column))


def plan_values(plan: MapPlan) -> dict[str, Any]:
    """The settings as plain values, for ``map.json``."""
    return plan.model_dump(mode="json")
