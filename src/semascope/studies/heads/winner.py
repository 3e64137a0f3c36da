"""Hand over the winner: its recipe fitted on every row, with the held-out estimate on its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.errors import ArtifactError
from semascope.probes.artifact import read_card, save_artifact
from semascope.probes.card import REFITTED, Card, MeasureCard, TargetCard, encoder_fields
from semascope.probes.head import TUNED
from semascope.probes.own_encoder import files_inside
from semascope.stats.results import Estimate
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.plan import CELL_FIELDS, cell_of
from semascope.studies.heads.computing.compute import embed_rows, read_by
from semascope.studies.heads.computing.fit import fit_all
from semascope.studies.heads.computing.kept_models import load_head, load_kept
from semascope.studies.heads.judging.leading import leading, leads
from semascope.studies.heads.telling.advice import card_note
from semascope.studies.heads.telling.column_words import card_words
from semascope.studies.versions import installed_versions
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.result import HeadResult, HeadsResult
    from semascope.types import Progress


AS_MEASURED = "Measured on held-out rows, which this very model did not learn from: it was not trained again on all rows."
GIVEN = "its vectors came from a file, and no encoder here makes them for other texts"
READS_WORDS = "it reads the words of the texts themselves, without an encoder"


def kept_notes(result: HeadsResult) -> list[str]:
    """That a scorer lies beside the one that is advised, for its card."""
    advised = next(cell for cell in result.cells if cell.id == result.winner)
    return [f"kept beside {advised.label}, which is the advised cell of its study"]


def advice_notes(result: HeadsResult) -> list[str]:
    """How the winner was chosen, and what it was held against that is no cell of its kind, for its card."""
    cells = {cell.id: cell for cell in result.cells}
    beside = [card_words(cells[name].label, verdict) for name, verdict in result.columns.items()]
    return [card_note(result.choice, cells), *beside]


def holds(folder: Path, cell: HeadResult, *, advice: Sequence[str], data_digest: str) -> bool:
    """Whether a whole scorer of this cell lies there, chosen in this way; a run that was killed may have left an earlier one."""
    if not folder.exists():
        return False
    try:
        card = read_card(folder)
    except ArtifactError:
        return False
    made_by = (card.encoder_name, card.instruction, card.sentence, card.long, card.dim, card.head)
    asked = (cell.encoder, cell.instruction, cell.sentence, cell.long, max(1, cell.dim), cell.head)
    if cell.reads == "texts":
        asked = (cell.head, cell.instruction, cell.sentence, cell.long, cell.costs.dim, TUNED)
    return made_by == asked and set(advice) <= set(card.notes) and card.data_digest == data_digest


def save_scorer(
    prepared: Prepared,
    result: HeadsResult,
    chosen: HeadResult,
    place: Path,
    *,
    notes: Sequence[str],
    progress: Progress,
) -> None:
    """Fit a cell's recipe on all rows and write it to ``place``; a tuned model goes there as it was measured.

    ``notes`` are what its card says of why it is there.
    """
    cell = cell_of({name: getattr(chosen, name) for name in CELL_FIELDS})
    if cell.reads == "texts":
        tuned = RunFolder(Path(result.folder)).of_cell(cell.id)
        kept = load_kept(prepared, cell, tuned / "encoder")
        card = write_card(prepared, result, chosen, cell, encoder=kept, notes=notes)
        save_artifact(place, card, load_head(prepared, tuned), encoder=tuned / "encoder")
        return
    embedded = embed_rows(prepared, cell, progress=progress) if cell.encoder else None
    head = fit_all(
        read_by(prepared, cell, embedded),
        prepared.rows,
        factory=prepared.factory(cell.head),
        seed=prepared.study.seed,
    )
    encoder = prepared.encoder_of(cell) if cell.encoder else None
    card = write_card(prepared, result, chosen, cell, encoder=encoder, notes=notes)
    save_artifact(place, card, head, encoder=files_inside(encoder))


def write_card(
    prepared: Prepared,
    result: HeadsResult,
    chosen: HeadResult,
    cell: Cell,
    *,
    encoder: Encoder | None,
    notes: Sequence[str],
) -> Card:
    """What the scorer says about itself; ``encoder`` is the one that it needs, if it needs one."""
    tuned = cell.reads == "texts"
    rows, measure = prepared.rows, prepared.measure.name
    fields: dict[str, Any] = (
        encoder_fields(encoder)
        if encoder is not None
        else {"encoder": "", "space": {}, "precision": "", "fingerprint": ""}
    )
    measures = [MeasureCard.of(estimate, measure=measure) for estimate in _estimates(result, chosen)]
    measures += [
        MeasureCard.of(part.estimate, measure=measure, target=part.target) for part in chosen.targets
    ]
    return Card(
        **fields,
        instruction=cell.instruction.name,
        sentence=cell.instruction.sentence,
        long=cell.long,
        dim=chosen.costs.dim if tuned else max(1, cell.dim),
        kind=rows.kind,
        head=TUNED if tuned else cell.head,
        targets=_target_cards(prepared),
        classes=tuple(rows.classes),
        measures=tuple(measures),
        measured=_measured(prepared, AS_MEASURED if tuned else REFITTED),
        texts=tuple(prepared.study.text),
        data=prepared.study.data.name,
        data_digest=rows.digest,
        rows=int(chosen.choices["rows"]) if tuned else len(rows),
        versions=installed_versions(),
        unscorable=GIVEN if cell.reads == "given" else "",
        notes=(
            *([READS_WORDS] if cell.reads == "words" else []),
            *([encoder.stated[-1]] if isinstance(encoder, RemediedEncoder) else []),
            *chosen.notes,
            *notes,
        ),
    )


def _estimates(result: HeadsResult, chosen: HeadResult) -> list[Estimate]:
    """What the answer leads with first: over the repeated splits, where there are any, then on the study's own."""
    if chosen.repeat is None or not leads(result.repeat_family, chosen):
        return [chosen.estimate]
    figure = leading(chosen, result.repeat_family)
    over_splits = Estimate(
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.verdict.n,
        method=f"mean over {chosen.repeat.repeats} repeated splits, Nadeau-Bengio corrected t",
    )
    return [over_splits, chosen.estimate]


def _measured(prepared: Prepared, how: str) -> str:
    """How the card's figures came about."""
    leaked = len(prepared.rows.leaked)
    if not leaked:
        return how
    left_out = count(leaked, "held-out row that also stands", "held-out rows that also stand")
    return f"{how} The given split leaks: {left_out} in training judged nothing."


def _target_cards(prepared: Prepared) -> tuple[TargetCard, ...]:
    rows = prepared.rows
    if rows.kind == "classification":
        return (TargetCard(name=rows.targets[0]),)
    return tuple(
        TargetCard(name=name, low=float(np.nanmin(column)), high=float(np.nanmax(column)))
        for name, column in zip(rows.targets, rows.truth.T, strict=True)
    )
