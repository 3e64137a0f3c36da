"""A finished study read again from its run folder: no cell is computed, no weights are loaded, nothing is written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from semascope.encoders.locating import has_weights, what_is_missing
from semascope.errors import ConfigError, DataError
from semascope.probes.threads import calm_threads
from semascope.store.place import default_store
from semascope.studies.encoder_names import given_file, recorded_sources
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.earlier import check_given
from semascope.studies.heads.asking.prepare import prepare
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.racing import ended_races
from semascope.studies.heads.judging.outcome import conclude
from semascope.studies.heads.tables import TABLES
from semascope.studies.heads.task import HeadsTask
from semascope.studies.reopening import (
    STUDY,
    check_same,
    made_again,
    made_of_run,
    shared_of,
    unfinished,
    verb_of,
)
from semascope.studies.task import Computed
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.result import HeadsResult
    from semascope.studies.task import Records


@dataclass(frozen=True, kw_only=True, slots=True)
class Reopened:
    """A run folder whose cells are all there, and the study that they answer."""

    folder: RunFolder
    prepared: Prepared
    computed: Computed
    made: Mapping[str, Any]  # how the run itself was made; empty in a folder that does not say


def read_study(
    folder: Path, *, price: float | None = None, command: str = "semascope.read_study", **loading: Any
) -> HeadsResult:
    """The finished study of a run folder, as it was when the run ended.

    Parameters
    ----------
    folder
        A run folder whose study is finished. Its data file must still be there, with the same rows.
    price
        Money for an hour of the machine that ran it; None takes what the study says.
    command
        How the folder is read, for the record.
    loading
        ``device`` and ``trust_remote_code``, as in ``run_study``.

    Raises
    ------
    ConfigError, DataError
        For a folder that holds no finished study of this version, or whose data file is gone or has changed.
    """
    check_price(price)
    found = reopen(folder, **loading)
    with calm_threads(0):  # verdicts are many small products
        result = conclude(found.prepared, found.computed, folder=found.folder.path, command=command)
    return replace(
        result,
        price=result.price if price is None else price,
        made=made_again(found.made, result.made, command=command),
    )


def check_price(price: float | None) -> None:
    """Refuse a price that is none.

    Raises
    ------
    ConfigError
        For 0, less, and what is no number.
    """
    if price is not None and not 0 < price < math.inf:
        raise ConfigError(
            f"price is {price}; it must be a number above 0, the money for an hour of the machine; leave it out where none is known"
        )


def reopen(folder: Path, *, device: str = "auto", trust_remote_code: bool = False) -> Reopened:
    """The cells of a finished run folder with its rows; parameters and errors are those of ``read_study``."""
    run = RunFolder(folder)
    shared = shared_of(run)
    if verb_of(shared) != STUDY:
        raise DataError(
            f"{run.path} holds a study of another kind ({verb_of(shared)}); several folders are compared where `{STUDY}` wrote all"
            " of them; name it alone, and its own report is made again"
        )
    study = Study.from_yaml(run.study)
    if not study.data.is_file():
        raise DataError(
            f"run folder {folder} is of {study.data}, which is gone; a report shows its texts; put the file back, or say in"
            f" {run.study} where it lies now (data:)"
        )
    records = run.read_records(TABLES)
    if not records:
        raise unfinished(run, "holds no finished cell", verb=STUDY)
    _check_encoders(run, study, records)
    prepared, naming = prepare(
        study,
        folder=run,
        store=default_store(),
        device=device,
        trust_remote_code=trust_remote_code,
        reading=True,
    )
    check_same(
        run,
        shared,
        HeadsTask(prepared=prepared, naming=naming).frozen,
        what="data file",
        changed="other rows, or other values in the columns that it used",
    )
    if study.race:
        prepared = replace(prepared, races=ended_races(prepared, run))
    if todo := prepared.todo(records):
        left = listing([cell.id for cell in todo], limit=3)
        raise unfinished(
            run, f"holds {len(records)} of {count(len(records) + len(todo), 'cell')} ({left})", verb=STUDY
        )
    computed = Computed(
        records=records, tables={what: run.read_tables(what, list(records)) for what in TABLES}
    )
    prepared = naming.with_others(prepared, records)
    check_given(prepared, records, run.path)
    return Reopened(folder=run, prepared=prepared, computed=computed, made=made_of_run(run))


def _check_encoders(run: RunFolder, study: Study, records: Records) -> None:
    """Nothing large is fetched to tell what an encoder reads."""
    asked = dict.fromkeys([*study.encoder, *recorded_sources(records).values()])
    if missing := [name for name in asked if given_file(name) is None and not has_weights(name)]:
        raise DataError(
            f"a report of run folder {run.path} says what its encoders read (limit, languages), and nothing is fetched for that:"
            f" {what_is_missing(missing[0])}"
        )
