"""The evidence of a collection: documents' neighbours, what queries find, their judgements, forms, costs, thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.studies.result import Note
from semascope.studies.retrieval.asking.asked import spoken_in
from semascope.studies.retrieval.telling.changes import pair_of
from semascope.studies.retrieval.telling.standing import Lists
from semascope.studies.switching.asking.measures import read_measures
from semascope.studies.switching.evidence import neighborhoods, thresholds
from semascope.studies.switching.evidence.cosines import cosines_apart, farther
from semascope.studies.switching.evidence.costs import reencoding
from semascope.studies.switching.evidence.forms import plain_form
from semascope.studies.switching.evidence.gathered import Evidence
from semascope.studies.switching.evidence.judging import judge_tasks
from semascope.studies.switching.evidence.searching import Queries
from semascope.studies.switching.evidence.spaces import kinds_of, place_both
from semascope.studies.switching.evidence.storage import Searching, Tried, stored
from semascope.studies.switching.result import NEW, OLD
from semascope.studies.switching.stating import asked_notes, stated, unread_notes

if TYPE_CHECKING:
    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.telling.shown import Pair
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.asking.searched import Searched
    from semascope.studies.switching.asking.side import Side
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.studies.switching.result import CosinesApart
    from semascope.types import Array, Ints, Progress, Vectors

    _Both = tuple[Vectors, Vectors]  # in OLD and in NEW

MOST_GAINED = 10  # queries told of those gained, and of those lost


def over_collection(
    plan: SwitchPlan,
    sides: tuple[Side, Side],
    asked: Searched,
    *,
    store: VectorStore | None,
    progress: Progress,
) -> Evidence:
    """All evidence of documents, and of the queries that search them."""
    texts = asked.collection.documents.texts
    old, new = place_both(sides, texts, asked.documents, role="document", store=store, progress=progress)
    old_asks, new_asks = place_both(
        sides, asked.query_texts, asked.queries, role="query", store=store, progress=progress
    )
    _check_widths((old, old_asks), (new, new_asks))
    holds, asks = (old.vectors, new.vectors), (old_asks.vectors, new_asks.vectors)
    kinds = kinds_of(*holds)
    near = neighborhoods.of_texts(
        *holds,
        kinds,
        asked.document_copies,
        texts,
        np.arange(len(asked)),
        k=plan.k,
        unit="document",
        seed=plan.seed,
        progress=progress,
    )
    task = _task(plan, asked)
    tasks = [] if task is None else [task]
    forms = {
        OLD: (plain_form(old.vectors), old_asks.vectors),
        NEW: (plain_form(new.vectors), new_asks.vectors),
    }
    runs = {} if task is None else {key: task.rank(*form) for key, form in forms.items()}
    answers = [{key: task.scores(run) for key, run in runs.items()} for task in tasks]
    floors = [task.floor(*forms[OLD]) for task in tasks]
    tried = Tried.of(tasks, answers, floors, plan, asking=new_asks.vectors)
    searching = Searching.of_queries(
        new.vectors, new_asks.vectors, kinds, asked.query_copies, k=near.k, seed=plan.seed
    )
    every = np.arange(len(asked))
    return Evidence(
        old=old,
        new=new,
        neighborhoods=near,
        cosines=_cosines(asks, holds, kinds, k=near.k, seed=plan.seed),
        found=neighborhoods.of_queries(
            asks,
            holds,
            kinds,
            asked.query_copies,
            asked.query_texts,
            asked.queries.table.rows,
            texts,
            k=plan.k,
            seed=plan.seed,
            progress=progress,
        ),
        judged=judge_tasks(tasks, answers, floors, tried.learnt, margin=plan.margin),
        queries=None if task is None else _gained(asked, task, runs, answers[0], sides),
        storage=stored(searching, every, tried, progress=progress),
        reencoding=reencoding(
            old,
            new,
            texts,
            role="document",
            what="document",
            price=plan.price,
            seed=plan.seed,
            progress=progress,
        ),
        thresholds=thresholds.of_queries(asks, holds, asked.query_copies, seed=plan.seed),
        notes=[
            *_notes(asked),
            *asked_notes(plan, near.asked, [task.kind for task in tasks], unit="document"),
            *unread_notes(sides, spoken_in(asked.collection)[1], what="documents"),
            *stated(old, new),
        ],
        counted={"documents": len(asked), "queries": len(asked.query_ids)},
    )


def _cosines(asks: _Both, holds: _Both, kinds: Ints, *, k: int, seed: int) -> CosinesApart:
    """How far apart the cosines lie, of documents among themselves or of queries and documents: whichever is farther."""
    among, asked = (
        cosines_apart(these, holds, kinds=kinds, among=these is holds, k=k, seed=seed)
        for these in (holds, asks)
    )
    return farther(among, asked)


def _task(plan: SwitchPlan, asked: Searched) -> Queries | None:
    if asked.key is None or asked.asked is None:
        return None
    return Queries(
        key=asked.key,
        measure=read_measures(plan.measure).of_queries,
        query_ids=asked.query_ids,
        doc_ids=asked.collection.documents.ids,
        copies=asked.asked.copies(asked.key),
        seed=plan.seed,
    )


def _check_widths(*sides: tuple[Placed, Placed]) -> None:
    for documents, queries in sides:
        widths = documents.vectors.shape[1], queries.vectors.shape[1]
        if widths[0] != widths[1]:
            raise DataError(
                f"the documents of {documents.side.name} have {widths[0]} dims and its queries {widths[1]}; both are of one space; give"
                " vectors of one encoder"
            )


def _gained(
    asked: Searched,
    task: Queries,
    runs: dict[str, Rankings],
    answers: dict[str, Array],
    sides: tuple[Side, Side],
) -> Pair:
    """The queries that NEW answers better and worse than OLD, under the names of the two."""
    assert asked.asked is not None
    names = dict(zip((OLD, NEW), _apart(sides), strict=True))
    lists = Lists(
        asked=asked.asked,
        runs={names[key]: run for key, run in runs.items()},
        queries=task.key.queries,
    )
    return pair_of(
        lists, {names[key]: own for key, own in answers.items()}, (names[OLD], names[NEW]), most=MOST_GAINED
    )


def _apart(sides: tuple[Side, Side]) -> tuple[str, str]:
    old, new = sides
    return (old.name, new.name) if old.name != new.name else (f"{old.name} (OLD)", f"{new.name} (NEW)")


def _notes(asked: Searched) -> list[Note]:
    collection = asked.collection
    found = [
        Note(level="warning" if note.warning else "info", title="Reading the collection", text=note.text)
        for note in collection.notes
    ]
    if asked.asked is None:
        found.append(
            Note(
                level="info",
                title="No judgements",
                text="Nobody has judged which documents answer the queries, so only what they find can be compared.",
            )
        )
    return found
