"""Several finished run folders as one study: all their cells on the same held-out rows, judged again as one family."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError
from semascope.probes.threads import calm_threads
from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.heads.asking.seen_rows import with_seen
from semascope.studies.heads.computing import folded
from semascope.studies.heads.computing.predictions import from_table
from semascope.studies.heads.joinable import check_joinable, same_repeats
from semascope.studies.heads.judging.outcome import conclude
from semascope.studies.heads.reopening import check_price, read_study, reopen
from semascope.studies.heads.tables import HELD_OUT, OUT_OF_FOLD, TABLES
from semascope.studies.plan import Plan
from semascope.studies.reopening import OF_A_RUN, read_again
from semascope.studies.result import Note
from semascope.studies.task import Computed
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.seen_rows import SeenBefore
    from semascope.studies.heads.reopening import Reopened
    from semascope.studies.heads.result import HeadsResult
    from semascope.studies.task import Record


def read_studies(
    folders: Sequence[Path],
    *,
    price: float | None = None,
    command: str = "semascope.read_studies",
    **loading: Any,
) -> HeadsResult:
    """One finished study, or several as one.

    Parameters
    ----------
    folders
        Run folders of finished studies of the same rows, targets and split. The first one says what is asked: its
        baseline, margin, slices and headline hold for all cells.
    price
        Money for an hour of the machine that ran them. None takes what the study says of one folder; of several each says
        it of its own machine, and none is taken.
    command
        How they are read, for the record.
    loading
        ``device`` and ``trust_remote_code``, as in ``run_study``.

    Raises
    ------
    ConfigError, DataError
        For a folder that cannot be read again, and for studies that are not of the same rows, with what differs.
    """
    if not folders:
        raise ConfigError(
            "no run folder was given; one or more are accepted; name what `semascope study` wrote"
        )
    if len(folders) == 1:
        return read_study(folders[0], price=price, command=command, **loading)
    check_price(price)
    named = dict(zip(run_names(folders), folders, strict=True))
    runs = {name: reopen(folder, **loading) for name, folder in named.items()}
    check_joinable(runs)
    return replace(_concluded(runs, command=command), price=price)


def run_names(folders: Sequence[Path]) -> list[str]:
    """What runs are called: by the last part of their paths, with the part before where that is not enough.

    Examples
    --------
    >>> from pathlib import Path
    >>> run_names([Path("runs/a"), Path("runs/b")]), run_names([Path("monday/run"), Path("friday/run")])
    (['a', 'b'], ['monday/run', 'friday/run'])
    """
    places = [folder.resolve() for folder in folders]
    if twice := [place for place, times in Counter(places).items() if times > 1]:
        raise ConfigError(f"run folder {twice[0]} is given twice; each one is compared once; name it once")
    for parts in (1, 2):
        names = ["/".join(place.parts[-parts:]) for place in places]
        if len(set(names)) == len(names):
            return names
    return [str(place) for place in places]


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """The cells of all runs by their ids beside each other."""

    records: Mapping[str, Record]
    tables: Mapping[str, Mapping[str, pa.Table]]
    encoders: Mapping[str, Encoder]
    baseline: str  # of the first run
    of_run: Mapping[str, Sequence[str]]  # ids by run, each once
    shared: int  # cells that several runs have with the same predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """A cell in the run that holds it, with its encoder named for all runs."""

    run: str
    id: str  # there
    record: Record


def join(runs: Mapping[str, Reopened]) -> Joined:
    """All cells; where names clash, each says its run, unless it predicts the same in all of them."""
    encoders, called = _encoders(runs)
    by_id: dict[str, list[_Held]] = {}
    for one in _all_cells(runs, called):
        by_id.setdefault(cell_of(one.record["cell"]).id, []).append(one)
    rows = next(iter(runs.values())).prepared.rows
    kept = [
        (one, _of_run(one) if clash else one.record["cell"])
        for held in by_id.values()
        for clash in [len(held) > 1 and not _alike(runs, rows, held)]
        for one in (held if clash else held[:1])
    ]
    ids = {(one.run, one.id): cell_of(made).id for one, made in kept}
    first, led = next(iter(runs.items()))
    return Joined(
        records={
            ids[one.run, one.id]: {**one.record, "id": ids[one.run, one.id], "cell": made}
            for one, made in kept
        },
        tables={
            what: {ids[one.run, one.id]: runs[one.run].computed.tables[what][one.id] for one, _ in kept}
            for what in TABLES
        },
        encoders=encoders,
        baseline=ids[first, led.prepared.plan.baseline.id],
        of_run={run: [ids[one.run, one.id] for one, _ in kept if one.run == run] for run in runs},
        shared=sum(map(len, by_id.values())) - len(kept),
    )


def _all_cells(runs: Mapping[str, Reopened], called: Mapping[str, Mapping[str, str]]) -> Iterator[_Held]:
    """Run by run, each in the order of its plan."""
    for run, found in runs.items():
        # what fell in a race has no record
        planned = [cell.id for cell in found.prepared.plan.cells if cell.id in found.computed.records]
        for name in dict.fromkeys([*planned, *found.computed.records]):
            record = found.computed.records[name]
            made = record["cell"]
            encoder = called[run].get(made["encoder"], "")
            yield _Held(run=run, id=name, record={**record, "cell": {**made, "encoder": encoder}})


def _of_run(one: _Held) -> dict[str, Any]:
    """What the cell is made of, with its run behind its head: the part of its name that is always told."""
    made = one.record["cell"]
    return {**made, "head": f"{made['head']} ({one.run})"}


def _encoders(runs: Mapping[str, Reopened]) -> tuple[dict[str, Encoder], dict[str, dict[str, str]]]:
    """The encoders of all runs, and what each is called by run and old name: with its run where one name is of two."""
    prints: dict[tuple[str, str], set[str]] = {}
    for found in runs.values():
        for record in found.computed.records.values():
            key = record["cell"]["encoder"], record["cell"]["long"]
            prints.setdefault(key, set()).add(record["fingerprint"])
    ambiguous = {name for (name, _), found in prints.items() if name and len(found) > 1}
    encoders: dict[str, Encoder] = {}
    called: dict[str, dict[str, str]] = {}
    for run, found in runs.items():
        called[run] = {}
        for old, encoder in found.prepared.encoders.items():
            name = f"{old} ({run})" if old in ambiguous else old
            called[run][old] = name
            if name not in encoders:
                encoders[name] = encoder if name == old else _renamed(encoder, name)
    return encoders, called


def _renamed(encoder: Encoder, name: str) -> Encoder:
    other: Any = copy.copy(encoder)
    other.name = name
    found: Encoder = other
    return found


def _alike(runs: Mapping[str, Reopened], rows: Rows, held: Sequence[_Held]) -> bool:
    """Whether a cell predicts the same in all runs that have it, held out and out of fold."""
    found = [
        (
            from_table(runs[one.run].computed.tables[HELD_OUT][one.id], rows),
            folded.from_table(runs[one.run].computed.tables[OUT_OF_FOLD][one.id], rows).predictions,
        )
        for one in held
    ]
    return all(
        np.array_equal(mine, other, equal_nan=True)
        for others in found[1:]
        for mine, other in zip(found[0], others, strict=True)
    )


def _concluded(runs: Mapping[str, Reopened], *, command: str) -> HeadsResult:
    """The first run's question, answered by the cells of all."""
    joined, led = join(runs), next(iter(runs.values()))
    repeated = same_repeats(runs)
    records = {
        name: record if repeated else {**record, "repeats": []} for name, record in joined.records.items()
    }
    baseline = cell_of(records[joined.baseline]["cell"])
    # What runs cost was measured where each of them ran, which may be different machines: it decides nothing here.
    study = led.prepared.study.model_copy(
        update={
            "baseline": baseline.id,
            "repeats": led.prepared.study.repeats if repeated else 1,
            "choose": "best",
        }
    )
    rows = with_seen(study, led.prepared.rows, [*joined.encoders.values(), *_before(runs, joined)])
    _check_seen(runs, rows)
    prepared = replace(
        led.prepared,
        study=study,
        rows=rows,
        races=(),
        encoders=joined.encoders,
        plan=Plan(cells=tuple(cell_of(record["cell"]) for record in records.values()), baseline=baseline),
    )
    computed = Computed(records=records, tables=joined.tables)
    with calm_threads(0):  # verdicts are many small products
        result = conclude(prepared, computed, folder=led.folder.path, command=command)
    folders = {name: str(found.folder.path) for name, found in runs.items()}
    return replace(
        result,
        folder=", ".join(folders.values()),
        headline=[*result.headline, _sentence(runs, result)],
        notes=[*result.notes, *_notes(runs, joined, repeated=repeated)],
        made={
            "runs": folders,
            **{name: value for name, value in result.made.items() if name not in OF_A_RUN},
            "read again": read_again(command),
        },
    )


def _before(runs: Mapping[str, Reopened], joined: Joined) -> list[SeenBefore]:
    """What the models were tuned on that tuned cells go on from, by what these cells are called now."""
    found = {}
    for run, one in runs.items():
        for before in one.prepared.seen_before:
            with_run = f"{before.name} ({run})"
            name = with_run if with_run in joined.records else before.name
            found[name] = replace(before, name=name)
    return list(found.values())


def _check_seen(runs: Mapping[str, Reopened], rows: Rows) -> None:
    """Refuse runs of which one has an encoder that was tuned on rows that the others judged by.

    Raises
    ------
    ConfigError
        Figures of the runs would be of different rows.
    """
    for name, run in runs.items():
        if not np.array_equal(run.prepared.rows.seen.rows, rows.seen.rows):
            tuned = listing(list(rows.seen.counts))
            raise ConfigError(
                f"{tuned} was tuned on rows of this table, and run {name} judges or chooses by some of them; the same rows are needed;"
                f" run {name}'s study again with {tuned} among its encoders"
            )


def _sentence(runs: Mapping[str, Reopened], result: HeadsResult) -> str:
    names = listing(list(runs), limit=8)
    return (
        f"Compared are {count(len(result.cells), 'cell')} of {count(len(runs), 'run')} ({names}) on the same held-out rows, in one"
        f" family, against the baseline of {next(iter(runs))}."
    )


def _notes(runs: Mapping[str, Reopened], joined: Joined, *, repeated: bool) -> list[Note]:
    """Which cell is of which run, and what was left out to compare them."""
    parts = [
        f"{run}: {listing(list(cells), limit=12) or 'no cell of its own'}"
        for run, cells in joined.of_run.items()
    ]
    shared = (
        f" {count(joined.shared, 'cell')} more predict the same as one of another run and stand here once."
    )
    found = [
        Note(
            level="info",
            title=f"{count(len(runs), 'run')} are compared",
            text=f"{'; '.join(parts)}.{shared if joined.shared else ''} Costs are those that each run measured where it ran, so that the best cell on the training rows is advised, whatever it costs.",
        )
    ]
    if raced := [run for run, found_ in runs.items() if found_.prepared.races]:
        found.append(
            Note(
                level="info",
                title="Cells that races left behind are left out",
                text=f"Cells raced in {listing(raced)}; what fell there was not judged on the held-out rows, and stands in each run's own"
                " report.",
            )
        )
    if not repeated and any(_repeats(one) for one in runs.values()):
        found.append(
            Note(
                level="info",
                title="Repeated splits are left out",
                text="The runs were not repeated alike (repeats, seed, slices, measure or test size differ), so that only their"
                " common split compares them; each run's own report has its repeats.",
            )
        )
    return found


def _repeats(run: Reopened) -> bool:
    return any(record["repeats"] for record in run.computed.records.values())
