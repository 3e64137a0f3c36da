"""A finished study read again from its run folder: no cell is computed, no weights are loaded, nothing is written."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from semascope.encoders.catalogue import has_weights, what_is_missing
from semascope.errors import ConfigError, DataError
from semascope.files import differing
from semascope.probes.threads import calm_threads
from semascope.store.place import default_store
from semascope.studies.encoder_names import given_file, recorded_sources
from semascope.studies.folder import FORMAT, RunFolder
from semascope.studies.heads.asking.earlier import check_given
from semascope.studies.heads.asking.prepare import prepare
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.racing import ended_races
from semascope.studies.heads.judging.outcome import conclude
from semascope.studies.heads.tables import TABLES
from semascope.studies.heads.task import HeadsTask
from semascope.studies.task import Computed
from semascope.studies.versions import installed_versions
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.result import HeadsResult
    from semascope.studies.task import Records

OF_A_RUN = ("command", "ended", "cells computed now", "versions")
"""What only the run itself can say of how it was made."""


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
    # a folder that does not say how its run was made still knows what its cells say
    known = found.made or {name: value for name, value in result.made.items() if name not in OF_A_RUN}
    return replace(
        result,
        price=result.price if price is None else price,
        made={**known, "read again": read_again(command)},
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


def read_again(command: str) -> dict[str, str]:
    """By what a folder was read after its run had ended."""
    return {
        "command": command,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "semascope": installed_versions()["semascope"],
    }


def reopen(folder: Path, *, device: str = "auto", trust_remote_code: bool = False) -> Reopened:
    """The cells of a finished run folder with its rows; parameters and errors are those of ``read_study``."""
    run = RunFolder(folder)
    shared = _shared(run)
    study = Study.from_yaml(run.study)
    if not study.data.is_file():
        raise DataError(
            f"run folder {folder} is of {study.data}, which is gone; a report shows its texts; put the file back, or say in"
            f" {run.study} where it lies now (data:)"
        )
    records = run.read_records(TABLES)
    if not records:
        raise _unfinished(run, "holds no finished cell")
    _check_encoders(run, study, records)
    prepared, naming = prepare(
        study,
        folder=run,
        store=default_store(),
        device=device,
        trust_remote_code=trust_remote_code,
        reading=True,
    )
    _check_same(run, shared, HeadsTask(prepared=prepared, naming=naming).frozen)
    if study.race:
        prepared = replace(prepared, races=ended_races(prepared, run))
    if todo := prepared.todo(records):
        left = listing([cell.id for cell in todo], limit=3)
        raise _unfinished(run, f"holds {len(records)} of {count(len(records) + len(todo), 'cell')} ({left})")
    computed = Computed(
        records=records, tables={what: run.read_tables(what, list(records)) for what in TABLES}
    )
    prepared = naming.with_others(prepared, records)
    check_given(prepared, records, run.path)
    return Reopened(folder=run, prepared=prepared, computed=computed, made=_made(run))


def _shared(run: RunFolder) -> dict[str, Any]:
    """What the folder's cells share; refuses what is no run folder of this version."""
    if not run.path.is_dir():
        raise DataError(
            f"run folder {run.path} does not exist; what `semascope study` wrote is accepted; see its last lines, or runs/"
        )
    shared = run.shared()
    if shared is None or not run.study.is_file():
        raise DataError(
            f"{run.path} is no run folder: it holds no study.yaml with frozen.json; what `semascope study` wrote is accepted"
        )
    if shared.pop("format", None) != FORMAT:
        raise ConfigError(
            f"run folder {run.path} was made by another version of semascope, which kept its cells otherwise; its own"
            f" report.html stays as it is; for another form run the study again: semascope study {run.study} --output FOLDER"
        )
    if "target" not in shared:
        raise DataError(
            f"{run.path} holds a study of another kind (semascope retrieve); a report is made again of what `semascope study` wrote;"
            f" its page is {run.report}"
        )
    return shared


def _check_same(run: RunFolder, shared: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse rows or settings that are not those of the folder's cells."""
    now = json.loads(json.dumps(now))
    if shared.get("data_digest") != now["data_digest"]:
        raise DataError(
            f"the data file of run folder {run.path} has changed since the study: other rows, or other values in the columns"
            " that it used; a report speaks about the rows that were measured; put the earlier file back, or run the study again"
        )
    if changed := differing(shared, now):
        raise ConfigError(
            f"{run.study} does not say what the cells of its folder were computed with: {'; '.join(changed[:4])}; undo the change,"
            " or run the study again with another --output"
        )


def _check_encoders(run: RunFolder, study: Study, records: Records) -> None:
    """Nothing large is fetched to tell what an encoder reads."""
    asked = dict.fromkeys([*study.encoder, *recorded_sources(records).values()])
    if missing := [name for name in asked if given_file(name) is None and not has_weights(name)]:
        raise DataError(
            f"a report of run folder {run.path} says what its encoders read (limit, languages), and nothing is fetched for that:"
            f" {what_is_missing(missing[0])}"
        )


def _unfinished(run: RunFolder, what: str) -> DataError:
    return DataError(
        f"run folder {run.path} {what}; a report is made of a finished study; finish it with: semascope study {run.study}"
        f" --output {run.path}"
    )


def _made(run: RunFolder) -> dict[str, Any]:
    if not run.made.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(run.made.read_text(encoding="utf8"))
    except ValueError as error:
        raise DataError(
            f"{run.made} is damaged ({error}); it says how the study was made; delete it"
        ) from None
    return found
