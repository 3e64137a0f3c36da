"""What a study of heads will cost: prompts that the store lacks, and the fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.forecast import Forecast
from semascope.studies.heads.asking.rows import SELECTION_FOLDS
from semascope.studies.heads.computing.curve import sizes
from semascope.studies.heads.computing.sharing import missing_prompts
from semascope.studies.heads.computing.speed import speed_of, tuning_speed
from semascope.tuning.needs import needs_of, passes
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import Records
    from semascope.types import Progress

_COUNTED = 2_000  # prompts whose tokens stand for all
# Seconds of one fit at 1,000 rows x 384 dims and one target, two cores: a rough guess, only for the forecast.
_FIT_SECONDS = {"ridge": 0.04, "logistic": 0.2, "mlp": 0.8, "boosting": 0.5, "tfidf": 0.15}
_WORDS_OF_CLASS = 0.3  # more for each class than for a target
_WEIGHTS_OF_CLASS = 0.05  # of that more, for each class of a linear model or a network
_SMALL = 1_000  # rows below which a fit takes no less: what is left is the rounds and steps, not the rows
_BOOSTER_OF_CLASS = 0.3  # of that, as boosters of one class stop earlier than those of a target


def forecast(prepared: Prepared, records: Records, *, progress: Progress = silent) -> Forecast:
    """Count what is missing; learn an unknown speed on a few of the texts, the only part that takes seconds."""
    todo = prepared.todo(records)
    done = sum(cell.id in records for cell in prepared.plan.cells)
    texts, encode_seconds = 0, 0.0
    first = {(cell.encoder, cell.instruction.sentence, cell.long): cell for cell in reversed(todo)}
    planned: set[tuple[str, str]] = set()
    for cell in reversed(first.values()):
        if not cell.encoder or cell.reads == "given":
            continue
        prompts = cell.encoder, cell.instruction.sentence
        missing, seconds = _encoding(prepared, cell, progress, planned=prompts in planned)
        planned.add(prompts)
        texts += missing
        encode_seconds += seconds
    return Forecast(
        cells=len(todo) + done,
        cells_done=done,
        texts=texts,
        encode_seconds=encode_seconds,
        at_most=prepared.study.race,
        fit_seconds=sum(_fitting(prepared, cell, _fits(prepared)) for cell in todo),
        **_tuning(prepared, [cell for cell in todo if cell.reads == "texts"], progress=progress),
    )


def _tuning(prepared: Prepared, cells: Sequence[Cell], *, progress: Progress) -> dict[str, float]:
    """Seconds that all trainings will take at most, and bytes that the largest one will."""
    seconds, memory = 0.0, 0.0
    train = prepared.rows.split.train
    for cell in cells:
        recipe, start = prepared.tuned[cell.head]
        memory = max(memory, needs_of(start, recipe).total)
        lengths = start.tokens.lengths(
            [prepared.rows.texts[row] for row in train[:_COUNTED]], long="truncate", family="plain"
        )
        times = passes(
            recipe,
            repeats=prepared.repeats,
            inner=1 - 1 / SELECTION_FOLDS,
            curve=sum(sizes(prepared)) / len(train),
        )
        tokens = len(train) * float(lengths.encoded.mean()) * times
        if rate := tuning_speed(prepared, cell, progress=progress):
            seconds += tokens / rate
    return {"tune_seconds": seconds, "tune_memory": memory} if cells else {}


def _encoding(prepared: Prepared, cell: Cell, progress: Progress, *, planned: bool) -> tuple[int, float]:
    """Prompts that the store lacks, and the seconds that they will take."""
    missing = missing_prompts(prepared, cell, planned=planned)
    if not missing:
        return 0, 0.0
    rate = speed_of(prepared, cell, progress=progress)
    if rate is None:
        return len(missing), 0.0
    tokens = prepared.encoder_of(cell).lengths(missing[:_COUNTED]).encoded
    return len(missing), float(len(missing) * tokens.mean() / rate)


def _fits(prepared: Prepared) -> int:
    """How often a new cell is fitted."""
    return SELECTION_FOLDS + 1 + (prepared.repeats if prepared.repeats > 1 else 0)


def _fitting(prepared: Prepared, cell: Cell, fits: int) -> float:
    rows = prepared.rows
    width = max(cell.dim, 1) / 384
    if cell.reads == "words":
        outputs, width = 1 + _WORDS_OF_CLASS * len(rows.classes), 1.0
    elif cell.head == "boosting":
        outputs = max(1.0, _BOOSTER_OF_CLASS * len(rows.classes)) if rows.classes else len(rows.targets)
    else:
        outputs = 1 + _WEIGHTS_OF_CLASS * len(rows.classes)
    size = max(len(rows), _SMALL) / 1_000 * width * outputs
    return _FIT_SECONDS.get(cell.head, 0.0) * size * fits
