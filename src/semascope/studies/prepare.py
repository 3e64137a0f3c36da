"""All that is fixed before the first cell: rows, measure, encoders, plan, folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.data.spellings import is_same_label
from semascope.encoders.catalogue import load_encoder
from semascope.encoders.naming import source_of
from semascope.errors import ConfigError
from semascope.extras import is_installed
from semascope.probes.head import DEFAULT_HEADS, make_head
from semascope.stats.measures import default_measure, get_measure
from semascope.stats.words import POINTS, SHARE_OF_ERROR
from semascope.studies.completing import unfolded
from semascope.studies.encoder_names import name_for_folder, recorded_sources, taken_name
from semascope.studies.flaws.finding import find_flaws
from semascope.studies.folder import RunFolder
from semascope.studies.kinds import why_classes
from semascope.studies.plan import make_plan, pinned_cell, widths_left_out
from semascope.studies.repeating import with_repeats
from semascope.studies.rows import load_rows
from semascope.studies.undefined import check_defined
from semascope.studies.unnamed_encoders import encoders_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from semascope.encoders.protocol import Encoder
    from semascope.stats.measures import Measure
    from semascope.store.vectors import VectorStore
    from semascope.studies.encoder_names import StudyEncoders
    from semascope.studies.fit import HeadFactory
    from semascope.studies.flaws.found import Flaws
    from semascope.studies.plan import Cell, Plan
    from semascope.studies.rows import Rows
    from semascope.studies.settings import Study
    from semascope.types import Kind


_CORRECT = "if numbers are meant, correct the file and ask for --kind regression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A study that can start."""

    study: Study  # as resolved: what it left open is filled in
    rows: Rows
    measure: Measure
    positive: int | None  # class index whose F1 is reported
    encoders: Mapping[
        str, Encoder
    ]  # by name, truncating: those of the study in its order, then those of earlier cells
    plan: Plan
    folder: RunFolder
    store: VectorStore
    remarks: Sequence[str]  # what was taken where the study left it open
    flaws: Flaws  # of the rows

    @property
    def repeats(self) -> int:
        """Splits, 1 or more."""
        return self.study.repeats or 1

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

    def todo(self, records: Mapping[str, Any]) -> list[Cell]:
        """Cells without a record."""
        return [cell for cell in self.plan.cells if cell.id not in records]

    def unfolded(self, records: Mapping[str, Any]) -> list[Cell]:
        """Cells with a record that lack out-of-fold predictions, by which the advice compares."""
        return unfolded(self.study, records, self.folder.read_folded(columns=["cell"]))


def prepare(
    study: Study,
    *,
    output: Path | None,
    store: VectorStore,
    device: str,
    trust_remote_code: bool,
    held: ExitStack,
    say: Callable[[str], None],
) -> Prepared:
    """Everything that can be wrong with a study's settings is found here, before anything is computed.

    Nobody else writes to the run folder from here until ``held`` ends.
    """
    rows = load_rows(study)
    if study.positive:  # in the spelling of the classes
        named = next(name for name in rows.classes if is_same_label(study.positive, name))
        study = study.model_copy(update={"positive": named})
    positive = rows.classes.index(study.positive) if study.positive else None
    with _classes_explained(study, rows):
        measure = (
            get_measure(study.measure, rows.kind, positive=positive)
            if study.measure
            else default_measure(rows.kind)
        )
    check_defined(rows, measure, headline=study.headline)
    folder = RunFolder(output or Path("runs") / f"{study.data.stem}-{study.digest()}")
    load = partial(
        load_encoder, precision=study.precision, device=device, trust_remote_code=trust_remote_code
    )
    encoder_names, unnamed = encoders_of(study)
    pinned = pinned_cell(study, rows.kind)
    name_all = partial(
        name_for_folder,
        encoder_names,
        pinned=pinned.encoder if pinned else "",
        folder=folder.path,
    )
    called = name_all(records=folder.read_records())
    encoders = {name: load(source, called=name) for name, source in called.grid.items()}
    heads, left_out = _heads(study, rows.kind)
    pinned = replace(pinned, encoder=called.pinned) if pinned else None
    with _classes_explained(study, rows):
        plan = make_plan(study, kind=rows.kind, encoders=encoders, heads=heads, pinned=pinned)
    left_out += widths_left_out(study.dim, encoders.values())
    taken = _taken(study, rows)
    study, repeated = with_repeats(study, rows)
    resolved = _resolved(study, rows, measure, called, heads, plan)
    folder.hold(held, resolved, data_digest=rows.digest, say=say)
    folder.check(resolved, data_digest=rows.digest)
    earlier = folder.read_records()
    if (now := name_all(records=earlier)).grid != called.grid:
        raise ConfigError(
            f"folder {folder.path} got cells of another run meanwhile, with other names for its encoders; run again"
        )
    prepared = Prepared(
        study=resolved,
        rows=rows,
        measure=measure,
        positive=positive,
        encoders=encoders | _load_others(load, now.others, folder.path),
        plan=plan,
        folder=folder,
        store=store,
        remarks=[taken, *unnamed, *left_out, *repeated],
        flaws=find_flaws(rows, seed=study.seed),
    )
    _check_earlier(prepared, earlier)
    with _classes_explained(study, rows):
        for head in {cell.head: None for cell in [*prepared.todo(earlier), *prepared.unfolded(earlier)]}:
            prepared.factory(
                head
            )()  # an unknown head or a missing extra is known before anything is computed
    file = resolved.model_copy(update={"baseline": now.written_baseline(plan.baseline.id)})
    folder.open(resolved, data_digest=rows.digest, file=file)
    return prepared


def _load_others(
    load: Callable[..., Encoder], sources: Mapping[str, str], folder: Path
) -> dict[str, Encoder]:
    """Encoders of the folder's cells and of the pinned baseline that the study does not ask for."""
    found = {}
    for name, source in sources.items():
        try:
            found[name] = load(source, called=name)
        except ConfigError as error:
            raise ConfigError(
                f"{error}; encoder {name!r} belongs to the baseline or to cells that folder {folder} holds; say what it is read"
                f" from now: --encoder '{name}=FOLDER', or choose another --output"
            ) from error
    return found


def _resolved(
    study: Study,
    rows: Rows,
    measure: Measure,
    named: StudyEncoders,
    heads: Sequence[str],
    plan: Plan,
) -> Study:
    """The study with what was taken where it left something open, so that its file says all and stays true."""
    # A default that depends on how high the baseline comes is worked out with it, on the rows that are judged.
    margin = None if measure.bounded else SHARE_OF_ERROR if measure.lower_is_better else POINTS
    # Rows that may have been swallowed are warned of again when the file of the study is run.
    doubtful = any(remark.warning for remark in rows.table.remarks)
    return study.model_copy(
        update={
            "kind": rows.kind,
            "quoting": study.quoting if doubtful else rows.table.quoting,
            "encoder": named.written(),
            "head": list(heads),
            "measure": measure.name,
            "baseline": plan.baseline.id,
            "margin": margin if study.margin is None else study.margin,
        }
    )


def _heads(study: Study, kind: Kind) -> tuple[Sequence[str], list[str]]:
    """Heads that were asked for, or all that can be had; and what was left out."""
    if study.head:
        return study.head, []
    heads = [head for head in DEFAULT_HEADS[kind] if head != "boosting" or is_installed("lightgbm")]
    if len(heads) == len(DEFAULT_HEADS[kind]):
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


def _check_earlier(prepared: Prepared, earlier: Mapping[str, Mapping[str, Any]]) -> None:
    """A cell that is found in the folder must be the one that the study means."""
    sentences = {cell.id: cell.instruction.sentence for cell in prepared.plan.cells}
    for name, record in earlier.items():
        if record["data_digest"] != prepared.rows.digest:
            raise ConfigError(
                f"folder {prepared.folder.path} holds a record of other rows (cell {name!r}); cells of one study share"
                " their rows; choose another --output, or delete the folder"
            )
        if record["cell"]["sentence"] != sentences.get(name, record["cell"]["sentence"]):
            raise ConfigError(
                f"instruction {record['cell']['instruction']!r} was {record['cell']['sentence']!r} when folder"
                f" {prepared.folder.path} was begun and is now {sentences[name]!r}; a name stands for one sentence;"
                " choose another name"
            )
        encoder = prepared.encoders.get(record["cell"]["encoder"])
        if encoder is None:
            continue
        if record["fingerprint"] != encoder.in_way(record["cell"]["long"]).fingerprint:
            before, now = recorded_sources({name: record})[encoder.name], source_of(encoder)
            if before != now:
                raise taken_name(encoder.name, earlier=before, source=now, folder=prepared.folder.path)
            raise ConfigError(
                f"encoder {encoder.name!r} has changed since folder {prepared.folder.path} was begun (weights, tokenizer"
                " or precision); cells of one study share an encoder; choose another --output"
            )
