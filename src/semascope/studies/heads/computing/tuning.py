"""One tuned cell: a network trained on the training rows, chosen on some of them, and kept as an encoder with its head.

A first network learns from two of the three folds that every cell is chosen by. The third watches: its best epoch is the
number of epochs, and it is what the cell is chosen by, each half of it answered by the epoch that did best on the other
half, so that no row chooses its own answer. A second network then learns from all training rows for as long.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.data.seen import write_seen
from semascope.encoders.naming import source_of
from semascope.studies.heads.computing.compute import values_of
from semascope.studies.heads.computing.trainer import INNER, Trainer
from semascope.studies.heads.computing.tuned_curve import KEPT, tuned_curve

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.computing.trainer import TunedFit
    from semascope.studies.task import CellValues
    from semascope.types import Progress


def compute_tuned(prepared: Prepared, cell: Cell, place: Path, *, progress: Progress) -> CellValues:
    """The values of a tuned cell; ``place`` as in ``tune_cell``."""
    began = time.perf_counter()
    recipe, start = prepared.tuned[cell.head]
    if len(
        start.encoder.seen
    ):  # so that the study can be read again without the model that it was tuned from
        place.mkdir(parents=True, exist_ok=True)
        write_seen(place, [], before=start.encoder.seen)
    found = tune_cell(prepared, cell, place, progress=progress)
    return values_of(
        prepared,
        cell,
        found.fitted,
        made={
            "source": source_of(start.encoder),
            "fingerprint": found.encoder.fingerprint,
            "base": start.encoder.fingerprint,
            "repeats": found.repeats,
            "curve": found.curve,
            "costs": found.costs,
            "tuned": recipe.model_dump(mode="json"),
            "training": found.training,
        },
        tokens=found.tokens,
        began=began,
    )


def tune_cell(prepared: Prepared, cell: Cell, place: Path, *, progress: Progress) -> TunedFit:
    """Train, keep in ``place``, and predict with what was kept.

    Parameters
    ----------
    place
        Folder of the cell: ``encoder/`` and ``head.safetensors`` are left there, and while it trains its state, from which
        it goes on after a kill.
    """
    began = time.perf_counter()
    trainer = Trainer(prepared, cell, place, progress)
    train = prepared.rows.split.train
    first = trainer.watched(train[trainer.folds != INNER], train[trainer.folds == INNER])
    folded = trainer.folded(first)
    if trainer.recipe.refit:
        trainer.trained(train, epochs=first.best_epoch)
    kept, head = trainer.keep()
    # What a run took that was killed is in the state alone.
    seconds = max(time.perf_counter() - began, sum(run.seconds for run in trainer.runs))
    found = trainer.finished(first, folded, kept, head, fit_seconds=seconds)
    repeats = trainer.repeats(found.fitted)
    curve, notes = tuned_curve(trainer, epochs=first.best_epoch)
    trainer.clear()
    (place / KEPT).unlink(missing_ok=True)
    fitted = replace(found.fitted, notes=[*found.fitted.notes, *notes])
    return replace(found, fitted=fitted, repeats=repeats, curve=curve)
