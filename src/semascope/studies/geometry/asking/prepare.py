"""A plan becomes texts in spaces; what can be refused is refused before the first text is embedded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.read import table_of
from semascope.errors import DataError
from semascope.geometry.comparing.overlap import fewer_measured
from semascope.maps.colouring.labelling import kept_labels, make_labels, spelling_notes
from semascope.maps.contents import Labels
from semascope.spaces.preparing import prepare, unit_rows
from semascope.spaces.sources import Beside
from semascope.studies.geometry.asking.asked import Asked, Searched
from semascope.studies.geometry.asking.collection import (
    TEXT,
    collection_asked,
    documents_table,
    grades_of,
    judged_queries,
    queries_beside,
)
from semascope.studies.geometry.asking.pairs import grades_of_pairs, paired_rows
from semascope.studies.geometry.asking.placing import place_texts
from semascope.studies.result import Note
from semascope.studies.unread import table_languages, unread_note
from semascope.types import silent
from semascope.words.texts import capital, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection
    from semascope.spaces.preparing import Prepared
    from semascope.store.vectors import VectorStore
    from semascope.studies.geometry.asking.placing import PlacedTexts
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.types import Array, Floats, Ints, Progress, Vectors

_PAIRS, _QUERIES = "pairs", "queries"  # texts beside
LABEL = "label"  # of a folder or an archive of texts: the sub-folder


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Read:
    """The rows of the plan before they are embedded."""

    table: Table
    file_rows: int
    texts: Sequence[str]
    labels: Labels | None
    columns: Mapping[str, Labels | Floats]
    targets: Mapping[str, Floats]
    paired: Ints  # rows that have another text
    others: Sequence[str]
    collection: Collection | None
    queries: list[int]


def prepare_geometry(
    plan: GeometryPlan,
    *,
    table: Table | None = None,
    given: Mapping[str, Array] | None = None,
    store: VectorStore | None = None,
    progress: Progress = silent,
) -> Asked:
    """The texts of a plan in all its spaces.

    Parameters
    ----------
    table
        Rows to take instead of those of ``plan.data``, which then only names them.
    given
        Spaces that are there already, by name: (n, d) each; no encoder is then asked unless the plan names one.
    """
    read = _read(plan, table)
    placed = place_texts(
        plan,
        read.table,
        read.texts,
        file_rows=read.file_rows,
        given=given or {},
        role=None if read.collection is None else "document",
        beside=_beside(read),
        store=store,
        progress=progress,
    )
    prepared = prepare(placed.spaces, read.table.rows)
    kept = prepared.kept
    if len(kept) < 2:
        left = " left" if len(kept) < len(read.texts) else ""
        raise DataError(
            f"{plan.data} has one text{left}; a geometry is about pairs of texts; give two or more"
        )
    return Asked(
        name=plan.data.name,
        texts=[read.texts[place] for place in kept],
        rows=read.table.rows[kept],
        spaces={space.name: space.vectors for space in prepared.spaces if space.vectors is not None},
        captions={space.name: space.caption for space in prepared.spaces},
        kinds=prepared.kinds,
        encoders=placed.encoders,
        made_by=placed.made_by,
        widths=placed.widths,
        labels=None if read.labels is None else kept_labels(read.labels, kept),
        groups=None if plan.group is None else [read.table.strings(plan.group)[place] for place in kept],
        columns={name: _of(values, kept) for name, values in read.columns.items()},
        targets={name: values[kept] for name, values in read.targets.items()},
        paired=_paired(read, kept),
        pairs=_beside_of(_PAIRS, placed, np.flatnonzero(np.isin(read.paired, kept))),
        searched=_searched(read, placed, prepared),
        notes=_notes(plan, read, placed, prepared),
        untrained=placed.untrained,
    )


def _read(plan: GeometryPlan, table: Table | None) -> _Read:
    collection = None if table is not None else collection_asked(plan)
    if collection is not None:
        whole = documents_table(collection)
    else:
        whole = table_of(plan.data, quoting=plan.quoting) if table is None else table
    rows = whole if plan.limit is None else whole.sample(plan.limit, seed=plan.seed)
    names = plan.text or [TEXT]
    label = plan.label or (LABEL if not plan.text and collection is None and LABEL in rows.columns else None)
    rows.require([*names, *filter(None, [label, plan.group, plan.pair]), *plan.slice, *plan.target])
    texts = rows.texts(names)
    if not len(texts):
        raise DataError(f"{plan.data} has no rows; a geometry needs two texts or more; give another file")
    others = [] if plan.pair is None else rows.strings(plan.pair)
    paired = np.empty(0, dtype=np.int64)
    if plan.pair is not None:
        paired = paired_rows(others, plan.pair, rows.source)
    return _Read(
        table=rows,
        file_rows=len(whole),
        texts=texts,
        labels=None if label is None else make_labels(label, rows.strings(label)),
        columns=_columns(plan, rows),
        targets={name: rows.numbers(name) for name in plan.target},
        paired=paired,
        others=[others[row] for row in paired],
        collection=collection,
        queries=[] if collection is None else judged_queries(collection),
    )


def _columns(plan: GeometryPlan, rows: Table) -> dict[str, Labels | Floats]:
    """Numbers where every cell of a column is one, else labels."""
    return {
        name: rows.numbers(name) if rows.is_numeric(name) else make_labels(name, rows.strings(name))
        for name in dict.fromkeys(plan.slice)
    }


def _beside(read: _Read) -> list[Beside]:
    if read.collection is not None:
        return [queries_beside(read.collection, read.queries)]
    return [Beside(name=_PAIRS, texts=read.others)] if len(read.paired) else []


def _of(values: Labels | Floats, kept: Ints) -> Labels | Floats:
    return kept_labels(values, kept) if isinstance(values, Labels) else values[kept]


def _paired(read: _Read, kept: Ints) -> Ints:
    """(p,) places, among the texts that are left, of those that have another one."""
    return np.searchsorted(kept, read.paired[np.isin(read.paired, kept)])


def _beside_of(what: str, placed: PlacedTexts, left: Ints) -> dict[str, Vectors]:
    """By space: the vectors of the texts beside that are left, at unit length; none where there are none."""
    if what not in placed.beside:
        return {}
    return {
        name: unit_rows(vectors, left)
        for name, vectors in zip(placed.names, placed.beside[what], strict=True)
    }


def _searched(read: _Read, placed: PlacedTexts, prepared: Prepared) -> Searched | None:
    """What judges a space as a place to search in; None without queries."""
    documents = {space.name: space.vectors for space in prepared.spaces if space.vectors is not None}
    if read.collection is not None:
        ids = read.collection.queries.ids
        return Searched(
            query_ids=tuple(ids[place] for place in read.queries),
            query_texts=[read.collection.queries.texts[place] for place in read.queries],
            queries=_beside_of(_QUERIES, placed, np.arange(len(read.queries))),
            documents=documents,
            grades=grades_of(read.collection, read.queries, prepared.kept),
            of_pairs=False,
        )
    left = np.flatnonzero(np.isin(read.paired, prepared.kept))
    queries = _beside_of(_PAIRS, placed, left)
    if not queries:
        return None
    others = [read.others[place] for place in left.tolist()]
    texts = [read.texts[place] for place in prepared.kept]
    return Searched(
        query_ids=tuple(f"row {row}" for row in read.table.rows[read.paired[left]]),
        query_texts=others,
        queries=queries,
        documents=documents,
        grades=grades_of_pairs(texts, others, _paired(read, prepared.kept)),
        of_pairs=True,
    )


def _notes(plan: GeometryPlan, read: _Read, placed: PlacedTexts, prepared: Prepared) -> list[Note]:
    said = [*placed.notes, *prepared.notes]
    if fewer := fewer_measured(len(prepared.kept), plan.k):
        said.append(fewer)
    if read.labels is not None:
        said += spelling_notes(read.labels.name, read.table.strings(read.labels.name))
        missing = int((read.labels.codes < 0).sum())
        if missing:
            said.append(
                f"{missing:,} of {len(read.texts):,} texts have no {read.labels.name}; they take no part in what is said of it"
            )
    copies = len(prepared.kinds) - int(prepared.kinds.max(initial=-1)) - 1
    if copies:
        said.append(
            f"{copies:,} of {len(prepared.kinds):,} texts have the vectors of another one; copies are each other's neighbours"
        )
    if read.collection is not None:
        said += [note.text for note in read.collection.notes]
    found = [
        Note(
            level="warning" if text.startswith("Warning") else "info",
            title=_title(text, placed.encoders),
            text="",
        )
        for text in said
    ]
    return [
        *_unread(plan, read, placed),
        *found,
        *(_how(name, stated) for name, stated in placed.stated.items() if stated),
    ]


def _unread(plan: GeometryPlan, read: _Read, placed: PlacedTexts) -> list[Note]:
    """A warning for all encoders that read the same, where some texts are in other languages."""
    alike: dict[frozenset[str], list[str]] = {}
    for name, reads in placed.reads.items():
        if reads is not None:
            alike.setdefault(frozenset(reads), []).append(name)
    if not alike:
        return []
    languages = table_languages(read.table, read.texts, seed=plan.seed)
    return [
        unread_note(names, reads, languages)
        for reads, names in alike.items()
        if languages.calls_for_warning(reads)
    ]


def _title(text: str, encoders: Iterable[str]) -> str:
    """A note as a title: the name of an encoder stays as it is written."""
    said = text.removeprefix("Warning: ").removesuffix(".")
    name = next((name for name in encoders if said.startswith((f"{name} ", f"{name}:"))), None)
    return capital(said) if name is None else said


def _how(name: str, stated: Sequence[str]) -> Note:
    """What was read or assumed about an encoder: whether it was made for vectors at all is among it."""
    return Note(
        level="info", title=f"How {name} is run", text=f"{'. '.join(spoken(each, name) for each in stated)}."
    )
