"""A finished study of retrieval read again from its run folder: nothing is searched, no encoder is looked at, nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.probes.threads import calm_threads
from semascope.store.place import default_store
from semascope.studies.folder import RunFolder
from semascope.studies.reopening import (
    RETRIEVE,
    check_same,
    made_again,
    made_of_run,
    shared_of,
    unfinished,
    verb_of,
)
from semascope.studies.retrieval.asking.prepare import prepare_reading
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.searching.found import DISTURBED, FOUND
from semascope.studies.retrieval.searching.searches import Searches
from semascope.studies.retrieval.task import RUNS, RetrievalTask
from semascope.studies.task import Computed
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.studies.retrieval.result import RetrievalResult


def read_retrieval(folder: Path, *, command: str = "read_retrieval") -> RetrievalResult:
    """The finished study of a run folder, as it was when the run ended.

    Parameters
    ----------
    folder
        A run folder whose study is finished. Its collection must still be there, with the same texts and judgements.
    command
        How the folder is read, for the record.

    Raises
    ------
    ConfigError, DataError
        For a folder that holds no finished study of retrieval of this version, or whose collection is gone or has changed.
    """
    run = RunFolder(folder, together=RUNS)
    shared = shared_of(run)
    if verb_of(shared) != RETRIEVE:
        raise DataError(
            f"{run.path} holds a study of another kind ({verb_of(shared)}); what `{RETRIEVE}` wrote is accepted; name another folder"
        )
    study = RetrievalStudy.from_yaml(run.study)
    if study.judged_here:
        raise DataError(
            f"{run.path} holds a study that asks for judgements; its page is {run.report} and no other form is made of it; run"
            f" `{RETRIEVE} {run.study} --output {run.path}` to go on with it"
        )
    if not study.data.exists():
        raise DataError(
            f"run folder {folder} is of {study.data}, which is gone; a report shows its texts; put the collection back, or say in"
            f" {run.study} where it lies now (data:)"
        )
    tables = [FOUND, DISTURBED] if study.perturb else [FOUND]
    records = run.read_records(tables)
    if not records:
        raise unfinished(run, "holds no finished cell", verb=RETRIEVE)
    prepared = prepare_reading(study, records, store=default_store())
    task = RetrievalTask(prepared=prepared, searches=Searches(prepared))
    check_same(run, shared, task.frozen, what="collection", changed="other documents, queries or judgements")
    if todo := [cell.id for batch in task.batches(records) for cell in batch]:
        held = f"holds {len(records)} of {count(len(records) + len(todo), 'cell')} ({listing(todo, limit=3)})"
        raise unfinished(run, held, verb=RETRIEVE)
    computed = Computed(
        records=records, tables={what: run.read_tables(what, list(records)) for what in tables}
    )
    with calm_threads(0):  # verdicts are many small products
        result = task.conclude(computed, folder=run.path, command=command)
    return replace(result, made=made_again(made_of_run(run), result.made, command=command))
