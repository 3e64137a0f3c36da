"""All that is fixed before the first cell: rows, measure, encoders, plan, folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from semascope.data.spellings import is_same_label
from semascope.embedding.bills import Bills
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, DataError
from semascope.extras import is_installed
from semascope.probes.head import HEADS, make_head
from semascope.stats.measures import default_measure, get_measure
from semascope.studies.encoder_names import (
    ask_given,
    given_file,
    name_for_folder,
)
from semascope.studies.failing import reached
from semascope.studies.heads.asking.beside import check_figures
from semascope.studies.heads.asking.earlier import check_earlier
from semascope.studies.heads.asking.given import GivenVectors, load_given
from semascope.studies.heads.asking.kinds import why_classes
from semascope.studies.heads.asking.plan import make_plan, pinned_cell, widths_left_out
from semascope.studies.heads.asking.repeating import with_repeats
from semascope.studies.heads.asking.rows import load_rows
from semascope.studies.heads.asking.seen_rows import with_seen
from semascope.studies.heads.asking.tuned import (
    from_any_directory,
    load_tuned,
    seen_before,
    seen_recorded,
)
from semascope.studies.heads.asking.undefined import check_defined
from semascope.studies.heads.asking.unnamed_encoders import encoders_of
from semascope.studies.heads.flaws.finding import find_flaws
from semascope.studies.heads.tables import TABLES
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from semascope.data.splits import Split
    from semascope.encoders.protocol import Encoder
    from semascope.stats.measure import RowMeasure
    from semascope.store.vectors import VectorStore
    from semascope.studies.encoder_names import StudyEncoders
    from semascope.studies.folder import RunFolder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.seen_rows import SeenBefore
    from semascope.studies.heads.asking.settings import Study
    from semascope.studies.heads.computing.fit import HeadFactory
    from semascope.studies.heads.flaws.found import Flaws
    from semascope.studies.plan import Plan
    from semascope.studies.racing import Race
    from semascope.studies.task import Records
    from semascope.tuning.recipe import Tuned
    from semascope.tuning.start import Start
    from semascope.types import Kind


_CORRECT = "if numbers are meant, correct the file and ask for --kind regression"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A study that can start."""

    study: Study  # as resolved: what it left open is filled in
    rows: Rows
    measure: RowMeasure
    positive: int | None  # class index whose F1 is reported
    # by name, truncating: those of the study in its order, then those of earlier cells
    encoders: Mapping[str, Encoder]
    plan: Plan[Cell]
    store: VectorStore
    remarks: Sequence[str]  # what was taken where the study left it open
    flaws: Flaws  # of the rows
    tuned: Mapping[str, tuple[Tuned, Start]] = field(default_factory=dict)  # by the name of the cell
    seen_before: Sequence[SeenBefore] = ()  # by the models that tuned cells go on from
    device: str = "auto"  # as asked
    unserved: Mapping[str, str] = field(default_factory=dict)  # encoders that have no cells, and why
    races: Sequence[Race] = ()  # of the folder, where the study races: the last is this one's
    bills: Bills = field(default_factory=Bills)  # of this run

    @property
    def repeats(self) -> int:
        """Splits, 1 or more."""
        return self.study.repeats or 1

    @cached_property
    def splits(self) -> Sequence[Split]:
        """Those of all repeats, the study's own first; the same for every cell, and drawn once."""
        study = self.study
        return list(self.rows.splits(repeats=self.repeats, test_size=study.test_size, seed=study.seed))

    def factory(self, head: str) -> HeadFactory:
        """Makes fresh heads of that name."""
        rows, measure, positive = self.rows, self.measure, self.positive
        return lambda: make_head(
            head,
            kind=rows.kind,
            measure=measure.name,
            target_names=rows.targets,
            n_classes=len(rows.classes) or None,
            positive=positive,
        )

    def encoder_of(self, cell: Cell) -> Encoder:
        """The encoder of a cell that looks at vectors, in the cell's way of reading long texts.

        Ways share the weights, which are loaded once a study.
        """
        return self.encoders[cell.encoder].in_way(cell.long)

    def todo(self, records: Records) -> list[Cell]:
        """Cells without a record that the race did not leave behind."""
        fallen = self.races[-1].falls if self.races else {}
        return [cell for cell in self.plan.cells if cell.id not in records and cell.id not in fallen]


def prepare(
    study: Study,
    *,
    folder: RunFolder,
    store: VectorStore,
    device: str,
    trust_remote_code: bool,
    reading: bool = False,
) -> tuple[Prepared, Naming]:
    """Everything that can be wrong with a study's settings is found here, before anything is computed.

    ``reading`` leaves out what only computing a cell needs, the models to be tuned and files of vectors: what they say of the
    rows stands in the folder.

    Returns
    -------
    Prepared
        Without the encoders of cells that only the folder has.
    Naming
        What encoders are called, given the records of the folder.
    """
    rows = load_rows(study)
    study, measure, positive = _measured(from_any_directory(study), rows)
    records = folder.read_records(TABLES)
    load = partial(
        _load,
        rows,
        recorded=records if reading else {},
        precision=study.precision,
        device=device,
        trust_remote_code=trust_remote_code,
    )
    encoder_names, unnamed = encoders_of(study)
    encoder_names += map(ask_given, study.vectors)
    pinned = pinned_cell(study, rows.kind)
    naming = Naming(
        asked=study,
        names=partial(
            name_for_folder, encoder_names, pinned=pinned.encoder if pinned else "", folder=folder.path
        ),
        load=load,
        folder=folder.path,
    )
    called = naming.names(records=records)
    encoders = {name: load(source, called=name) for name, source in called.grid.items()}
    needed = _needed(study, encoders, pinned, called)
    encoders, unserved = reached(encoders, records, needed=needed)
    tuned = {} if reading else load_tuned(study, rows, load, trust_remote_code=trust_remote_code)
    # A model that goes on from a tuned folder has seen what that one has.
    before = seen_recorded(study, folder, records) if reading else seen_before(tuned)
    rows = with_seen(study, rows, [*encoders.values(), *before])
    heads, left_out = _heads(study, rows.kind)
    pinned = _named(pinned, called) if pinned else None
    with _classes_explained(study, rows):
        plan = make_plan(study, kind=rows.kind, encoders=encoders, heads=heads, pinned=pinned)
    left_out += [*widths_left_out(study.dim, encoders.values()), *_not_asked(study, encoders)]
    taken = _taken(study, rows)
    study, repeated = with_repeats(study, rows)
    prepared = Prepared(
        study=_resolved(study, rows, measure, called, heads, plan),
        rows=rows,
        measure=measure,
        positive=positive,
        encoders=encoders,
        plan=plan,
        store=store,
        remarks=[
            *(f"FAILED: {name}: {why}" for name, why in unserved.items()),
            taken,
            *unnamed,
            *left_out,
            *repeated,
        ],
        unserved=unserved,
        flaws=find_flaws(rows, seed=study.seed),
        tuned=tuned,
        seen_before=before,
        device=device,
    )
    return prepared, naming


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """What the encoders of a study are called in its folder, and how those are loaded that only its cells name."""

    asked: Study  # before it was resolved
    names: Callable[..., StudyEncoders]  # of ``records``
    load: Callable[..., Encoder]
    folder: Path

    def joined(self, prepared: Prepared, records: Records) -> tuple[Prepared, StudyEncoders]:
        """The study with the encoders of all cells of its folder, now that nobody else writes there.

        Raises
        ------
        ConfigError
            When a cell found there is not the one that the study means by its name.
        """
        prepared = self.with_others(prepared, records)
        check_earlier(prepared, records, self.folder)
        with _classes_explained(self.asked, prepared.rows):
            for head in {
                cell.head: None for cell in prepared.todo(records) if cell.reads not in ("texts", "column")
            }:
                # an unknown head or a missing extra is known before anything is computed
                prepared.factory(head)()
        return prepared, self.names(records=records)

    def with_others(self, prepared: Prepared, records: Records) -> Prepared:
        """The study with the encoders of the baseline and of all cells among the records; errors as in ``joined``."""
        now = self.names(records=records)
        if (now.written(), now.written_given()) != (prepared.study.encoder, prepared.study.vectors):
            raise ConfigError(
                f"folder {self.folder} got cells of another run meanwhile, with other names for its encoders; run again"
            )
        encoders = {**prepared.encoders, **_load_others(self.load, now.others, self.folder)}
        others = [encoders[name] for name in encoders if name not in prepared.encoders]
        if (
            tuned := with_seen(self.asked, prepared.rows, others).seen.counts.keys()
            - prepared.rows.seen.counts.keys()
        ):
            raise ConfigError(
                f"encoder {min(tuned)!r}, which the baseline or the folder names, was tuned on rows of this table; give it as"
                " --encoder too, so that these rows judge nothing"
            )
        return replace(prepared, encoders=encoders)


def _measured(study: Study, rows: Rows) -> tuple[Study, RowMeasure, int | None]:
    """The study with its positive class in the spelling of the classes, the measure, and that class's index."""
    if study.positive:
        named = next(name for name in rows.classes if is_same_label(study.positive, name))
        study = study.model_copy(update={"positive": named})
    positive = rows.classes.index(study.positive) if study.positive else None
    with _classes_explained(study, rows):
        measure = (
            get_measure(study.measure, rows.kind, positive=positive)
            if study.measure
            else default_measure(rows.kind)
        )
    check_figures(study.reference, study.bands, measure)
    check_defined(rows, measure, headline=study.headline)
    return study, measure, positive


def _load(rows: Rows, source: str, *, called: str, recorded: Records, **more: Any) -> Encoder:
    """The encoder that a source stands for, or the vectors of a file for these rows.

    ``recorded``: cells of a finished study, which say of such a file what a report does.
    """
    if (file := given_file(source)) is not None:
        for record in recorded.values():
            if record["source"] == source and "given" in record:
                return GivenVectors.recorded(record["given"], name=called, source=source)
        return load_given(file, rows, called=called, source=source)
    return load_encoder(source, called=called, **more)


def _needed(study: Study, encoders: Mapping[str, Encoder], pinned: Cell | None, called: StudyEncoders) -> str:
    """The encoder of the baseline, without whose width there is none; "" where it may be any."""
    if pinned is not None:
        return called.pinned
    # A baseline that is named shortly may be of any encoder: without a cell it is refused in its own words.
    return "" if study.baseline else next(iter(encoders), "")


def _named(pinned: Cell, called: StudyEncoders) -> Cell:
    """The pinned baseline on the encoder, or the given vectors, that the folder knows by its name."""
    sources = {**called.grid, **called.others}
    is_given = given_file(sources[called.pinned]) is not None
    if is_given and (pinned.instruction.sentence or pinned.long != "truncate"):
        raise ConfigError(
            f"baseline is {pinned.id!r}, and the vectors {called.pinned!r} were computed elsewhere: no instruction and no way of"
            " reading long texts goes with them; name it with default, and without a way"
        )
    return replace(pinned, encoder=called.pinned, reads="given" if is_given else "vectors")


def _not_asked(study: Study, encoders: Mapping[str, Encoder]) -> list[str]:
    """That instructions and ways of reading do not apply to vectors that are there, in a sentence."""
    given = [name for name, encoder in encoders.items() if isinstance(encoder, GivenVectors)]
    asked = ["--instruction"] if study.instruction != ["default"] else []
    asked += ["--long"] if study.long != ["truncate"] else []
    if not given or not asked:
        return []
    return [
        f"{listing(asked)} {'does' if len(asked) == 1 else 'do'} not apply to {listing(given)}: given vectors are what they are"
    ]


def _load_others(
    load: Callable[..., Encoder], sources: Mapping[str, str], folder: Path
) -> dict[str, Encoder]:
    """Encoders of the folder's cells and of the pinned baseline that the study does not ask for."""
    found = {}
    for name, source in sources.items():
        try:
            found[name] = load(source, called=name)
        except DataError as error:
            raise DataError(
                f"{error}; vectors {name!r} belong to the baseline or to cells that folder {folder} holds; say where they lie now:"
                f" --vectors {name}=FILE, or choose another --output"
            ) from error
        except ConfigError as error:
            raise ConfigError(
                f"{error}; encoder {name!r} belongs to the baseline or to cells that folder {folder} holds; say what it is read"
                f" from now: --encoder '{name}=FOLDER', or choose another --output"
            ) from error
    return found


def _resolved(
    study: Study,
    rows: Rows,
    measure: RowMeasure,
    named: StudyEncoders,
    heads: Sequence[str],
    plan: Plan[Cell],
) -> Study:
    """The study with what was taken where it left something open, so that its file says all and stays true."""
    # Rows that may have been swallowed are warned of again when the file of the study is run.
    doubtful = any(remark.warning for remark in rows.table.remarks)
    return study.model_copy(
        update={
            "kind": rows.kind,
            "quoting": study.quoting if doubtful else rows.table.quoting,
            "encoder": named.written(),
            "vectors": named.written_given(),
            "head": list(heads),
            "measure": measure.name,
            "baseline": plan.baseline.id,
            "margin": measure.default_margin if study.margin is None else study.margin,
        }
    )


def _heads(study: Study, kind: Kind) -> tuple[Sequence[str], list[str]]:
    """Heads that were asked for, or all that can be had; and what was left out."""
    if study.head:
        return study.head, []
    heads = [head for head in HEADS[kind] if head != "boosting" or is_installed("lightgbm")]
    if len(heads) == len(HEADS[kind]):
        return heads, []
    return heads, [
        "head 'boosting' is left out: it needs LightGBM; install it with: pip install 'semascope[probes]'"
    ]


def _taken(study: Study, rows: Rows) -> str:
    named = ", ".join(repr(name) for name in rows.targets)
    if rows.kind == "regression":
        what = f"{named} taken as numbers: a regression"
    else:
        what = f"{named} taken as {len(rows.classes)} classes: a classification"
        if hint := why_classes(study, rows.table):
            what += f"; but {hint}: {_CORRECT}"
    return what if study.kind is None else f"{what} (as asked)"


@contextmanager
def _classes_explained(study: Study, rows: Rows) -> Iterator[None]:
    """Let a refusal of what only numbers have tell which cell made classes of the target."""
    try:
        yield
    except ConfigError as error:
        if rows.kind == "classification" and (hint := why_classes(study, rows.table)):
            raise ConfigError(
                f"{error}; column {study.target[0]!r} was taken as classes: {hint}; {_CORRECT}"
            ) from None
        raise
