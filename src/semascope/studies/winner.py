"""Hand over the winner: its recipe fitted on every row, with the held-out estimate on its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ArtifactError
from semascope.probes.artifact import load_artifact, save_artifact
from semascope.probes.card import Card, MeasureCard, TargetCard, encoder_fields
from semascope.studies.compute import embed_rows, installed_versions, vectors_of
from semascope.studies.fit import fit_all

if TYPE_CHECKING:
    from semascope.studies.plan import Cell
    from semascope.studies.prepare import Prepared
    from semascope.studies.result import CellResult, StudyResult
    from semascope.types import Progress


def save_winner(prepared: Prepared, result: StudyResult, cell: Cell, *, progress: Progress) -> None:
    """Fit the winner on all rows and write it to ``winner/`` in the run folder."""
    name, sentence = cell.encoder, cell.instruction.sentence
    embedded = embed_rows(prepared, name, sentence, progress=progress) if name else None
    head = fit_all(
        vectors_of(prepared, cell, embedded),
        prepared.rows,
        factory=prepared.factory(cell.head),
        seed=prepared.study.seed,
    )
    chosen = next(one for one in result.cells if one.id == result.winner)
    save_artifact(prepared.folder.winner, write_card(prepared, chosen, cell), head)


def winner_stands(prepared: Prepared, cell: Cell) -> bool:
    """Whether ``winner/`` holds this cell: a run that was killed may have left an earlier choice there."""
    try:
        card, _ = load_artifact(prepared.folder.winner)
    except ArtifactError:
        return False
    encoder = prepared.encoders.get(cell.encoder)
    return (
        card.fingerprint == (encoder.fingerprint if encoder else "")
        and card.data_digest == prepared.rows.digest
        and (card.head, card.sentence, card.long, card.dim)
        == (cell.head, cell.instruction.sentence, cell.long, max(1, cell.dim))
    )


def write_card(prepared: Prepared, chosen: CellResult, cell: Cell) -> Card:
    """What the scorer says about itself."""
    rows, measure = prepared.rows, prepared.measure.name
    encoder = prepared.encoders.get(cell.encoder)
    fields: dict[str, Any] = (
        encoder_fields(encoder)
        if encoder is not None
        else {"encoder": "", "space": {}, "precision": "", "fingerprint": ""}
    )
    measures = [MeasureCard.of(chosen.estimate, measure=measure)]
    measures += [
        MeasureCard.of(part.estimate, measure=measure, target=part.target) for part in chosen.targets
    ]
    return Card(
        **fields,
        instruction=cell.instruction.name,
        sentence=cell.instruction.sentence,
        long=cell.long,
        dim=max(1, cell.dim),
        kind=rows.kind,
        head=cell.head,
        targets=_target_cards(prepared),
        classes=tuple(rows.classes),
        measures=tuple(measures),
        data=prepared.study.data.name,
        data_digest=rows.digest,
        rows=len(rows),
        versions=installed_versions(),
        notes=tuple(chosen.notes),
    )


def _target_cards(prepared: Prepared) -> tuple[TargetCard, ...]:
    rows = prepared.rows
    if rows.kind == "classification":
        return (TargetCard(name=rows.targets[0]),)
    return tuple(
        TargetCard(name=name, low=float(np.nanmin(column)), high=float(np.nanmax(column)))
        for name, column in zip(rows.targets, rows.truth.T, strict=True)
    )
