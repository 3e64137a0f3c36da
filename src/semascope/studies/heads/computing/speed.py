"""How fast an encoder reads the texts of a study: noted beside the store, else learnt on a few of them.

A text that is sent to an API is paid for, so the speed of one is never tried: it is that of the cell's own encoding, or what the
rates allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.embedding.prompts import write_prompts
from semascope.encoders.protocol import Billed, stored_as
from semascope.store.speeds import ELSEWHERE, Speeds, device_of
from semascope.tuning.needs import DEARER, tuning_key
from semascope.types import Step

if TYPE_CHECKING:
    from semascope.encoders.protocol import BilledEncoder, Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.types import Progress

_TRIED = 32  # texts encoded to learn a speed that is not known yet; not stored, so that batches stay the same
_EXPECTED = 2_000  # texts whose tokens stand for all
_WARM = 2  # of them, encoded once before, because what an encoder does first is not its speed


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """How fast an encoder read, and on what."""

    tokens: float | None  # a second; None where the clock saw none
    device: str  # "cpu"; of another machine "cuda elsewhere"


def priced_speed(prepared: Prepared, cell: Cell, *, encoded: int, progress: Progress) -> Speed:
    """The speed that says what the cell's vectors cost.

    Where none of them was ``encoded`` now and nothing was noted for the device here, it is that of the device that encoded
    them elsewhere, or ahead of the study: no weights are loaded to try it.
    """
    encoder = stored_as(prepared.encoders[cell.encoder])
    device, speeds = device_of(encoder), Speeds(prepared.store.root)
    if not encoded and speeds.of(encoder.fingerprint, device=device) is None:
        noted = speeds.noted(encoder.fingerprint)
        if noted is not None:
            return Speed(tokens=noted[1], device=f"{noted[0].removesuffix(ELSEWHERE)}{ELSEWHERE}")
    return Speed(tokens=speed_of(prepared, cell, progress=progress), device=device)


def speed_of(prepared: Prepared, cell: Cell, *, progress: Progress) -> float | None:
    """Tokens a second of the cell's encoder, the only thing here that may take seconds; None where the clock saw none.

    The speed is noted under the way that truncates: the network is the same in all.
    """
    return encoder_speed(
        prepared, prepared.encoders[cell.encoder], cell.instruction.sentence, progress=progress
    )


def encoder_speed(prepared: Prepared, encoder: Encoder, sentence: str, *, progress: Progress) -> float | None:
    """Tokens a second of an encoder under an instruction's sentence; see ``speed_of``."""
    rows, encoder = prepared.rows, stored_as(encoder)  # what a remedy takes is nothing beside it
    speeds = Speeds(prepared.store.root)
    device = device_of(encoder)
    known = speeds.of(encoder.fingerprint, device=device)
    if known is not None:
        return known
    if isinstance(encoder, Billed):
        return _expected(prepared, encoder, sentence)
    chosen = np.random.default_rng(prepared.study.seed).permutation(len(rows))[:_TRIED]
    texts = [rows.texts[row] for row in chosen]
    progress(Step(stage=f"trying {encoder.name}", done=0, total=len(texts), unit="texts"))
    numbers = rows.table.rows[chosen]
    embed(texts[:_WARM], encoder=encoder, instruction=sentence, numbers=numbers[:_WARM])
    tried = embed(texts, encoder=encoder, instruction=sentence, numbers=numbers).account
    speeds.note(encoder.fingerprint, tokens=tried.encoded_tokens, seconds=tried.encode_seconds, device=device)
    return tried.encoded_tokens / tried.encode_seconds if tried.encode_seconds > 0 else None


def _expected(prepared: Prepared, encoder: BilledEncoder, sentence: str) -> float | None:
    """Tokens a second that the rates of an API allow, or the latency that was seen."""
    prompts, _ = write_prompts(prepared.rows.texts[:_EXPECTED], encoder=encoder, instruction=sentence)
    each = float(encoder.lengths(prompts).encoded.mean())
    texts = len(prepared.rows)
    seconds = encoder.expected_seconds(texts=texts, tokens=round(each * texts))
    return each * texts / seconds if seconds > 0 else None


def tuning_speed(prepared: Prepared, cell: Cell, *, progress: Progress) -> float | None:
    """Tokens a second that a tuned cell's training puts through its network: of an earlier training, else a guess."""
    recipe, start = prepared.tuned[cell.head]
    known = Speeds(prepared.store.root).of(tuning_key(recipe, start), device=device_of(start.encoder))
    if known is not None:
        return known
    read = encoder_speed(prepared, start.encoder, "", progress=progress)
    return None if read is None else read / DEARER
