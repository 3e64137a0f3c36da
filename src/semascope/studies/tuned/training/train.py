"""One tuning: a network trained, the best look kept, and proved to be what was trained."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import ENCODER, TRAINED, source_of
from semascope.errors import DataError
from semascope.files import replace_file
from semascope.store.speeds import Speeds, device_of
from semascope.studies.tuned.training.earlier import (
    CURVES,
    STATE,
    finished,
    kept_by,
    meant_by,
    writing_into,
)
from semascope.tuning.curves import curves_in
from semascope.tuning.needs import graph_bytes, tuning_key
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.training.looking import ChoosingQueries, ChoosingTexts
    from semascope.studies.tuned.training.material import Material
    from semascope.tuning.start import Start
    from semascope.types import Floats, Progress


KEPT = 3 << 29
"""Bytes of graphs that are kept: a batch of 64 abstracts of 170 tokens in MiniLM goes through once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """How training went: plain values, as ``training.json`` has them."""

    rows: int  # pairs, or texts
    batch: int
    a_epoch: int  # steps
    a_round: int  # steps between two looks
    steps: int  # that were made
    kept_step: int  # whose weights are kept
    before: float  # the measure of the choosing side before training
    looks: list[float]  # after each round
    losses: list[float]  # mean loss of each round
    hardness: list[dict[str, Any]]  # by role, of each round
    filling: list[dict[str, Any]]  # what an epoch makes of the rows of each role
    tokens: int
    seconds: float  # of steps alone
    stopped: str
    changed: float  # the largest 1 - cosine between a text's row before and after, of those tried
    kept_bytes: int


def train_and_keep(
    plan: TunePlan,
    start: Start,
    material: Material,
    choosing: ChoosingQueries | ChoosingTexts | None,
    folder: Path,
    *,
    digest: str,
    store: VectorStore,
    after: Trained | None = None,
    progress: Progress = silent,
) -> Trained:
    """Train, keep the best look as ``encoder/`` in ``folder``, and say how it went; what was trained there before stays.

    Parameters
    ----------
    choosing
        What is looked at; None trains without a look, for as many passes over the rows as did best before.
    digest
        Of the data and of who learns from it.
    after
        How that went, where nothing is looked at.

    Raises
    ------
    DataError
        When a loss is no number and nothing before it can be kept, or the state cannot be written.
    EncoderError
        When what was kept is not what was trained, or training changed nothing.
    """
    from semascope.tuning.contrastive.losses import Contrast
    from semascope.tuning.contrastive.training import train_contrastive
    from semascope.tuning.keeping import check_changed, check_kept, keep_network, kept_bytes
    from semascope.tuning.loop import NotFinite, Watched
    from semascope.tuning.state import StateFile
    from semascope.tuning.training import rows_of

    meant = meant_by(plan, start, digest)
    if (done := read_trained(folder, plan, meant)) is not None:
        return done
    precision = start.encoder.precision
    network = start.load(outputs=1, recipe=plan, device=start.encoder.device, seed=plan.seed)
    a_epoch = material.batches.a_epoch
    steps, a_round = plan.steps_of(a_epoch), plan.round_of(a_epoch)
    if after is not None:  # the same rates, pass by pass
        steps = max(1, round(plan.steps_of(after.a_epoch) * a_epoch / after.a_epoch))
        a_round = min(steps, max(1, round(after.kept_step * a_epoch / after.a_epoch)))
    tried = start.tokens.ids(list(material.tried))
    network.eval()
    rows_before = rows_of(network, tried, precision=precision)
    before = math.nan if choosing is None else float(choosing.scores(network, precision=precision).mean())

    def watch() -> Watched:
        assert choosing is not None
        scores: Floats = choosing.scores(network, precision=precision)
        return Watched(score=(-float(scores.mean()),), outputs=scores)

    state = StateFile(folder / STATE, meant)
    with curves_in(folder / CURVES) as draw:
        try:
            course = train_contrastive(
                network,
                material.examples,
                material.batches,
                Contrast(
                    temperature=plan.temperature,
                    both=plan.both,
                    shared=plan.shared,
                    hardness=plan.hardness,
                    margin=plan.too_near,
                    widths=_widths(plan, start.encoder),
                ),
                plan,
                steps=steps,
                a_round=a_round,
                patience=plan.patience,
                seed=plan.seed,
                precision=precision,
                mini_batch=plan.mini_batch,
                kept=kept_tokens(plan, start),
                rounds=None if choosing is not None else 1,
                watch=None if choosing is None else watch,
                state=state,
                progress=progress,
                name=plan.name if choosing is not None else f"{plan.name}, all rows",
                draw=draw,
            )
        except NotFinite as error:
            raise DataError(
                f"tuning {plan.base!r} failed: {error}, and there was no look before that could be kept; the encoder is as it was; lower --rate"
                f" ({plan.step:g}), raise --temperature ({plan.temperature:g}), or ask for --precision float32"
            ) from error
    own = rows_of(network, tried, precision=precision)
    changed = check_changed(rows_before, own)
    with writing_into(folder):
        place = keep_network(
            network,
            start,
            plan,
            folder / ENCODER,
            texts=material.texts,
            about={
                "base": source_of(start.encoder),
                "base_fingerprint": start.encoder.fingerprint,
                "data": plan.data.name,
                "data_digest": digest,
                "rows": len(material.examples.groups),
            },
        )
    check_kept(load_tuned(place, plan, start), list(material.tried), own)
    Speeds(store.root).note(
        tuning_key(plan, start), tokens=course.tokens, seconds=course.seconds, device=device_of(start.encoder)
    )
    found = Trained(
        rows=len(material.examples.groups),
        batch=material.batches.size,
        a_epoch=a_epoch,
        a_round=a_round,
        steps=course.steps,
        kept_step=min(course.best_epoch * a_round, course.steps) if choosing is not None else course.steps,
        before=before,
        looks=[-score[0] for score in course.scores],
        losses=list(course.losses),
        hardness=[note.get("hardness", {}) for note in course.notes],
        filling=[asdict(one) for one in material.batches.filling()],
        tokens=course.tokens,
        seconds=course.seconds,
        stopped=course.stopped,
        changed=changed,
        kept_bytes=kept_bytes(place),
    )
    with writing_into(folder):
        replace_file(
            folder / TRAINED,
            json.dumps({"meant": {**meant, **kept_by(plan)}, "trained": asdict(found)}, indent=1).encode(),
        )
    state.drop()
    return found


def kept_tokens(plan: TunePlan, start: Start) -> int:
    """Tokens whose way back is kept from the first pass; none where memory was asked for by ``mini_batch``."""
    return 0 if plan.mini_batch else KEPT // graph_bytes(start)


def load_tuned(place: Path, plan: TunePlan, start: Start) -> Encoder:
    """The encoder in ``place``, computed as its base is."""
    return load_encoder(
        str(place),
        called=plan.name,
        precision=plan.precision,
        device=start.encoder.device,
        trust_remote_code=start.trust_remote_code,
    )


def read_trained(folder: Path, plan: TunePlan, meant: Mapping[str, Any]) -> Trained | None:
    """What was trained in ``folder`` before; None where that was nothing, or something else."""
    held = finished(folder, plan, meant)
    try:
        return None if held is None else Trained(**held)
    except TypeError:  # of another version
        return None


def _widths(plan: TunePlan, encoder: Encoder) -> dict[int, float] | None:
    return {width: 1.0 for width in sorted({*plan.widths, encoder.dim})} if plan.widths else None
