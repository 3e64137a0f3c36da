"""A tuning, in order: read, divide, train, keep, and say what that was worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from semascope.data.token_lengths import LIMITS, length_stats
from semascope.encoders.catalogue import name_encoders
from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import ENCODER, write_asked
from semascope.errors import ConfigError
from semascope.extras import require
from semascope.files import replace_file, writing_folder
from semascope.studies.tuned.judging.forgetting import forgotten, read_general
from semascope.studies.tuned.judging.searched import check_search
from semascope.studies.tuned.kinds.by_labels import ByLabels
from semascope.studies.tuned.kinds.by_pairs import ByPairs
from semascope.studies.tuned.result import TuneResult
from semascope.studies.tuned.telling.headline import headline_of
from semascope.studies.tuned.telling.noted import notes_of
from semascope.studies.tuned.training.earlier import meant_by, refuse_other, writing_into
from semascope.studies.tuned.training.estimating import AllRows, forecast
from semascope.studies.tuned.training.pooled import settled
from semascope.studies.tuned.training.train import load_tuned, train_and_keep
from semascope.studies.versions import installed_versions
from semascope.tuning.start import Start
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.judging.general_task import General
    from semascope.studies.tuned.kinds.kind import Kind
    from semascope.studies.tuned.training.material import Material
    from semascope.studies.tuned.training.train import Trained
    from semascope.tuning.contrastive.poolings import ComparedPoolings
    from semascope.types import Progress

PLAN, FINAL = "tune.yaml", "final"
NOWHERE = "hash:8"  # stands for the tuned encoder while there is none


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A tuning that can start: all that can be wrong with what was asked is found by then."""

    plan: TunePlan
    kind: Kind
    start: Start
    general: Sequence[General]
    encoder: str  # what gives the base again from any working directory
    poolings: ComparedPoolings | None = None  # of the frozen network, where nobody had said which


def prepare(plan: TunePlan, *, device: str = "auto", trust_remote_code: bool = False) -> Prepared:
    """Read data, base and general sets.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        For what cannot be read, or cannot be tuned.
    """
    require("torch", purpose="tuning")
    if plan.lora:
        require("peft", purpose="tuning with lora")
    kind: Kind = ByPairs.read(plan) if plan.flavour == "pairs" else ByLabels.read(plan)
    # Both names, before hours of work: one that stands for another encoder could not be judged.
    name, source = next(iter(name_encoders([plan.base, f"{plan.name}={NOWHERE}"]).items()))
    if plan.flavour == "pairs":
        check_search(plan, name, source, tuned=NOWHERE)
    encoder = load_encoder(
        source, called=name, precision=plan.precision, device=device, trust_remote_code=trust_remote_code
    )
    start = Start.of(encoder, plan, trust_remote_code=trust_remote_code)
    plan, poolings = settled(plan, start.encoder, kind, trust_remote_code=trust_remote_code)
    if poolings is not None:
        start = Start.of(encoder, plan, trust_remote_code=trust_remote_code)
    if plan.widths and max(plan.widths) > encoder.dim:
        raise ConfigError(
            f"width {max(plan.widths)} is asked for; rows of {encoder.name!r} have {encoder.dim} dims; name widths up to that"
        )
    return Prepared(
        plan=plan,
        kind=kind,
        start=start,
        encoder=write_asked(name, source),
        poolings=poolings,
        general=read_general(plan.general, [encoder], seed=plan.seed),
    )


def run_prepared(
    prepared: Prepared,
    *,
    output: Path,
    store: VectorStore,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    agrees: Callable[[str], bool] = lambda question: True,
    command: str = "tune",
) -> TuneResult:
    """Train, keep, judge. A folder in which the same tuning was stopped is gone on with.

    Parameters
    ----------
    output
        Gets ``encoder/``, ``training.json``, ``tune.yaml`` and curves.
    agrees
        Asked before hours of work, or more memory than is there.

    Raises
    ------
    ConfigError
        For a folder that holds something else, with what differs.
    DataError, EncoderError
        With what was trained by then kept.
    """
    plan, kind, start = prepared.plan, prepared.kind, prepared.start
    began = datetime.now(UTC)
    with writing_folder(output, _asked(prepared), what="tuning", say=say):
        refuse_other(output, plan, meant_by(plan, start, kind.digest))
        with writing_into(output):
            replace_file(output / PLAN, plan.to_yaml(encoder=prepared.encoder).encode())
        material = kind.material(start, store=store, progress=progress)
        choosing = kind.choosing(start, store=store, progress=progress)
        whole = kind.whole() if plan.final else None
        forecast(
            plan,
            start,
            material,
            output,
            digest=kind.digest,
            store=store,
            whole=None if whole is None else _all_rows(kind, whole, start, output / FINAL),
        ).settle(say=say, agrees=agrees)
        trained = train_and_keep(
            plan,
            start,
            material,
            choosing,
            output,
            digest=kind.digest,
            store=store,
            progress=progress,
        )
        return _told(
            prepared,
            output,
            material,
            trained,
            final=""
            if whole is None
            else _final(prepared, whole, output / FINAL, trained, store=store, progress=progress),
            store=store,
            progress=progress,
            command=command,
            began=began,
        )


def _told(
    prepared: Prepared,
    output: Path,
    material: Material,
    trained: Trained,
    *,
    final: str,
    store: VectorStore,
    progress: Progress,
    command: str,
    began: datetime,
) -> TuneResult:
    """What was trained, judged, and all of it in words."""
    plan, kind, start = prepared.plan, prepared.kind, prepared.start
    place = output / ENCODER
    tuned = load_tuned(place, plan, start)
    judged = kind.judged(start, place, tuned, read=material.texts, store=store, progress=progress)
    forgot = forgotten(
        start.encoder,
        tuned,
        plan.general,
        read=material.texts,
        store=store,
        margin=plan.margin,
        seed=plan.seed,
        progress=progress,
    )
    sides = kind.sides(start, material.texts)
    limits = {*LIMITS, start.checkpoint.max_tokens}
    lengths = length_stats(kind.columns(), count=start.encoder.count_tokens, limits=sorted(limits))
    width = start.encoder.dim
    return TuneResult(
        name=kind.name,
        folder=str(output),
        encoder=str(place),
        flavour=plan.flavour,
        base=start.encoder.name,
        tuned=plan.name,
        headline=headline_of(plan, start.encoder.name, sides, trained, judged, forgot, width=width),
        sides=sides,
        trained=trained,
        forgot=forgot,
        notes=notes_of(plan, kind, start, trained, lengths=lengths, poolings=prepared.poolings),
        settings=plan.model_dump(mode="json"),
        made=_made(prepared, tuned, command=command, began=began),
        searched=judged.searched,
        separation=judged.separation,
        mined=kind.mined(),
        pictured=judged.pictured,
        poolings=prepared.poolings,
        final=final,
        width=width,
        lengths=[line for column in lengths for line in column.lines()],
    )


def _all_rows(kind: Kind, whole: Kind, start: Start, folder: Path) -> AllRows:
    """How much more there is to learn from than in the first training, by queries or texts."""
    share = whole.sides(start, ()).learning / kind.sides(start, ()).learning
    return AllRows(folder=folder, digest=whole.digest, share=share)


def _final(
    prepared: Prepared,
    whole: Kind,
    folder: Path,
    trained: Trained,
    *,
    store: VectorStore,
    progress: Progress,
) -> str:
    """Folder of what learnt from all rows, for as long as did best."""
    train_and_keep(
        prepared.plan,
        prepared.start,
        whole.material(prepared.start, store=store, progress=progress),
        None,
        folder,
        digest=whole.digest,
        store=store,
        after=trained,
        progress=progress,
    )
    return str(folder)


def _made(prepared: Prepared, tuned: Encoder, *, command: str, began: datetime) -> dict[str, Any]:
    """How it was made, for the last section of the report."""
    return {
        "command": command,
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "data digest": prepared.kind.digest,
        "base": prepared.start.encoder.fingerprint,
        "tuned": tuned.fingerprint,
        "seed": prepared.plan.seed,
        "versions": installed_versions("peft", "bm25s"),
    }


def _asked(prepared: Prepared) -> dict[str, Any]:
    """What a second run of the same tuning says too, wherever it is started."""
    values: dict[str, Any] = yaml.safe_load(prepared.plan.to_yaml(encoder=prepared.encoder))
    return values
