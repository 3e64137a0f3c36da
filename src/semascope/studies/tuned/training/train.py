"""One tuning: a network trained, the best look kept, and proved to be what was trained."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import ENCODER, TRAINED, source_of
from semascope.encoders.tokens import Tokens
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
    from semascope.tuning.contrastive.losses import Contrast
    from semascope.tuning.loop import Course
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.start import Start
    from semascope.tuning.state import StateFile
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
    training = _Training(
        plan=plan,
        start=start,
        material=material,
        choosing=choosing,
        folder=folder,
        digest=digest,
        after=after,
    )
    if (done := read_trained(folder, plan, training.meant)) is not None:
        return done
    return training.run(store, progress)


@dataclass(frozen=True, kw_only=True)
class _Training:
    """One training that is not finished; arguments of ``train_and_keep``."""

    plan: TunePlan
    start: Start
    material: Material
    choosing: ChoosingQueries | ChoosingTexts | None
    folder: Path
    digest: str
    after: Trained | None

    @cached_property
    def meant(self) -> dict[str, Any]:
        """What decides every step."""
        return meant_by(self.plan, self.start, self.digest)

    @cached_property
    def pace(self) -> tuple[int, int]:
        """Steps over which the rate falls to 0, and steps between two looks."""
        plan, after, a_epoch = self.plan, self.after, self.material.batches.a_epoch
        if after is None:
            return plan.steps_of(a_epoch), plan.round_of(a_epoch)
        # The same rates, pass by pass, and one round as long as did best.
        steps = max(1, round(plan.steps_of(after.a_epoch) * a_epoch / after.a_epoch))
        return steps, min(steps, max(1, round(after.kept_step * a_epoch / after.a_epoch)))

    def run(self, store: VectorStore, progress: Progress) -> Trained:
        """Train, keep, prove, and say how it went."""
        from semascope.tuning.keeping import check_changed, check_kept
        from semascope.tuning.state import StateFile
        from semascope.tuning.training import rows_of

        plan, start = self.plan, self.start
        network = start.load(outputs=1, recipe=plan, device=start.encoder.device, seed=plan.seed)
        network.eval()
        whole = replace(start.checkpoint, max_tokens=start.encoder.max_tokens)
        reader = Tokens(whole, name=start.encoder.name, trust_remote_code=start.trust_remote_code)
        tried = reader.ids(list(self.material.tried))
        as_it_was = rows_of(network, tried, precision=start.encoder.precision)
        before = math.nan if self.choosing is None else float(self._scores(network).mean())
        state = StateFile(self.folder / STATE, self.meant)
        course = self._trained(network, state, progress)
        own = rows_of(network, tried, precision=start.encoder.precision)
        changed = check_changed(as_it_was, own)
        place = self._kept(network)
        check_kept(load_tuned(place, plan, start), list(self.material.tried), own)
        Speeds(store.root).note(
            tuning_key(plan, start),
            tokens=course.tokens,
            seconds=course.seconds,
            device=device_of(start.encoder),
        )
        found = self._told(course, place, before=before, changed=changed)
        with writing_into(self.folder):
            record = {"meant": {**self.meant, **kept_by(plan)}, "trained": asdict(found)}
            replace_file(self.folder / TRAINED, json.dumps(record, indent=1).encode())
        state.drop()
        return found

    def _scores(self, network: TextNetwork) -> Floats:
        assert self.choosing is not None
        return self.choosing.scores(network, precision=self.start.encoder.precision)

    def _trained(self, network: TextNetwork, state: StateFile, progress: Progress) -> Course:
        from semascope.tuning.contrastive.training import train_contrastive
        from semascope.tuning.loop import NotFinite, Watched

        def watch() -> Watched:
            scores = self._scores(network)
            return Watched(score=(-float(scores.mean()),), outputs=scores)

        plan, (steps, a_round) = self.plan, self.pace
        with curves_in(self.folder / CURVES) as draw:
            try:
                return train_contrastive(
                    network,
                    self.material.examples,
                    self.material.batches,
                    contrast_of(plan, self.start.encoder),
                    plan,
                    steps=steps,
                    a_round=a_round,
                    patience=plan.patience,
                    seed=plan.seed,
                    precision=self.start.encoder.precision,
                    mini_batch=plan.mini_batch,
                    kept=kept_tokens(plan, self.start),
                    rounds=None if self.choosing is not None else 1,
                    watch=None if self.choosing is None else watch,
                    state=state,
                    progress=progress,
                    name=plan.name if self.choosing is not None else f"{plan.name}, all rows",
                    draw=draw,
                )
            except NotFinite as error:
                raise DataError(
                    f"tuning {plan.base!r} failed: {error}, and there was no look before that could be kept; the encoder is as it was; lower --rate"
                    f" ({plan.step:g}), raise --temperature ({plan.temperature:g}), or ask for --precision float32"
                ) from error

    def _kept(self, network: TextNetwork) -> Path:
        from semascope.tuning.keeping import keep_network

        with writing_into(self.folder):
            return keep_network(
                network,
                self.start,
                self.plan,
                self.folder / ENCODER,
                texts=self.material.texts,
                about={
                    "base": source_of(self.start.encoder),
                    "base_fingerprint": self.start.encoder.fingerprint,
                    "data": self.plan.data.name,
                    "data_digest": self.digest,
                    "rows": len(self.material.examples.groups),
                },
                limit=self.start.encoder.max_tokens,  # what was cut in training is read afterwards, as by the base
            )

    def _told(self, course: Course, place: Path, *, before: float, changed: float) -> Trained:
        from semascope.tuning.keeping import kept_bytes

        a_round = self.pace[1]
        best = course.steps if self.choosing is None else min(course.best_epoch * a_round, course.steps)
        return Trained(
            rows=len(self.material.examples.groups),
            batch=self.material.batches.size,
            a_epoch=self.material.batches.a_epoch,
            a_round=a_round,
            steps=course.steps,
            kept_step=best,
            before=before,
            looks=[-score[0] for score in course.scores],
            losses=list(course.losses),
            hardness=[note.get("hardness", {}) for note in course.notes],
            filling=[asdict(one) for one in self.material.batches.filling()],
            tokens=course.tokens,
            seconds=course.seconds,
            stopped=course.stopped,
            changed=changed,
            kept_bytes=kept_bytes(place),
        )


def contrast_of(plan: TunePlan, encoder: Encoder) -> Contrast:
    """How texts are contrasted; the whole width is always among the widths."""
    from semascope.tuning.contrastive.losses import Contrast

    return Contrast(
        temperature=plan.temperature,
        both=plan.both,
        shared=plan.shared,
        hardness=plan.hardness,
        margin=plan.too_near,
        widths={width: 1.0 for width in sorted({*plan.widths, encoder.dim})} if plan.widths else None,
    )


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
