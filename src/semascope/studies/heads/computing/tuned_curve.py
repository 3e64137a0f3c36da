"""What a tuned cell reaches when it learns from fewer rows: one training for each number of them, where the recipe asks for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.files import replace_file
from semascope.probes.median_map import apply_maps
from semascope.studies.heads.computing.curve import point_of, sizes, with_rows
from semascope.studies.heads.computing.fit import comparable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semascope.data.splits import Split
    from semascope.studies.heads.computing.trainer import Trainer
    from semascope.types import Array

FIRST_STAGE = 1_000
"""Number of the first of these trainings among those of a cell: beyond those of any repeated split."""
KEPT = "curve.json"


def tuned_curve(trainer: Trainer, *, epochs: int) -> tuple[list[dict[str, Any]], list[str]]:
    """One entry a number of rows, as ``learning_curve`` gives them, of one draw each: the first of the heads' own.

    Beside them, why a number of rows has no point although there was something to learn: the cell, which is trained and kept by
    then, does not fall with it.

    Epochs, and the maps to medians, are those that were chosen with all training rows. A point that is there is kept in the
    cell's folder, so that a study that was killed trains no number of rows twice.
    """
    if not trainer.recipe.curve:
        return [], []
    prepared = trainer.prepared
    meant = json.loads(json.dumps(trainer.meant(epochs=epochs) | {"sizes": sizes(prepared)}))
    points, notes = _read(trainer.place / KEPT, meant)
    for number, size in list(enumerate(sizes(prepared)))[len(points) :]:
        drawn = with_rows(prepared, size)
        point = point_of(prepared, drawn[:1], _learning(trainer, number, epochs, notes))
        # The figure that stands above the heads' column: draws of whole components differ by a few rows.
        points.append(point | {"rows": round(float(np.mean([len(rows) for rows in drawn])))})
        content = json.dumps({"meant": meant, "points": points, "notes": notes})
        replace_file(trainer.place / KEPT, content.encode())
        trainer.drop(FIRST_STAGE + number)
    return points, notes


def _learning(
    trainer: Trainer, number: int, epochs: int, notes: list[str]
) -> Callable[[Split, int], Array | None]:
    """Predictions of the held-out rows, as the measure sees them, by a network that learnt from the training rows of a split.

    ``notes`` takes the reason where that fails.
    """
    from semascope.tuning.training import answers

    def predict(split: Split, draw: int) -> Array | None:
        truth = trainer.rows.truth[split.train]
        if any(len(np.unique(column[np.isfinite(column)])) < 2 for column in truth.T):
            return None  # one value of a target, or none: nothing to learn
        rows = f"{len(split.train):,} rows"
        try:
            trainer.trained(
                split.train, epochs=epochs, stage=FIRST_STAGE + number, what=f"{rows} for the curve"
            )
        except (
            DataError
        ) as error:  # too few rows of one kind for the head to start from, or a loss that is no number
            notes.append(f"{trainer.cell.head}: no point of the curve at {rows}: {error}")
            return None
        assert trainer.network is not None
        outputs = answers(
            trainer.network, [trainer.ids[row] for row in split.test], precision=trainer.precision
        )
        found = trainer.in_units(outputs)
        return comparable(apply_maps(trainer.maps, found), found, truth, trainer.measure)

    return predict


def _read(file: Path, meant: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The points that are there of the same trainings, with their notes; none of others."""
    try:
        kept = json.loads(file.read_text(encoding="utf8"))
        return (list(kept["points"]), list(kept["notes"])) if kept["meant"] == meant else ([], [])
    except (OSError, ValueError, KeyError, TypeError):
        return [], []  # none, or one cut short: it costs time and changes nothing
