"""Rows that the ways of reading long texts have in common: a prompt that fits is read the same in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.protocol import stored_as
from semascope.encoders.templates import write_prompt
from semascope.store.intake import copy_canary
from semascope.store.vectors import prompt_keys

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.types import Mask


def missing_prompts(prepared: Prepared, cell: Cell, *, planned: bool) -> list[str]:
    """Distinct prompts of the study that the cell's encoder has yet to read.

    Parameters
    ----------
    planned
        Whether another way reads the same prompts before, so that rows of those that fit will be there.
    """
    encoder, prompts = stored_as(prepared.encoder_of(cell)), _distinct(prepared, cell)
    there = _stored(prepared, encoder, prompts)
    common = np.full(len(prompts), planned)
    for other in _other_ways(prepared, cell):
        common |= _stored(prepared, other, prompts)
    common &= ~there
    if common.any():
        there |= common & _fitting(encoder, prompts, common)
    return [prompts[place] for place in np.flatnonzero(~there)]


def copy_common_rows(prepared: Prepared, cell: Cell) -> int:
    """Rows that the store now also has for the cell's way, because another way of this study had them.

    They are exactly equal then, so a comparison of two ways shows what long texts do and no noise of batches.
    """
    encoder, prompts, copied = stored_as(prepared.encoder_of(cell)), _distinct(prepared, cell), 0
    missing = ~_stored(prepared, encoder, prompts)
    for other in _other_ways(prepared, cell):
        common = missing & _stored(prepared, other, prompts)
        if not common.any():
            continue
        common &= _fitting(encoder, prompts, common)
        chosen = [prompts[place] for place in np.flatnonzero(common)]
        vectors, found = prepared.store.get(other.fingerprint, prompt_keys(other.fingerprint, chosen))
        keys = prompt_keys(encoder.fingerprint, chosen)
        copy_canary(prepared.store, of=other, to=encoder)
        prepared.store.put(encoder.fingerprint, keys[found], vectors[found])
        missing &= ~common
        copied += int(found.sum())
    return copied


def _distinct(prepared: Prepared, cell: Cell) -> list[str]:
    family, sentence = prepared.encoders[cell.encoder].space.template, cell.instruction.sentence
    return list(
        dict.fromkeys(write_prompt(text, family=family, instruction=sentence) for text in prepared.rows.texts)
    )


def _other_ways(prepared: Prepared, cell: Cell) -> list[Encoder]:
    """The same weights in the other ways that the study has."""
    ways = {other.long for other in prepared.plan.cells if other.encoder == cell.encoder} - {cell.long}
    return [stored_as(prepared.encoders[cell.encoder]).in_way(way) for way in sorted(ways)]


def _stored(prepared: Prepared, encoder: Encoder, prompts: list[str]) -> Mask:
    return prepared.store.contains(encoder.fingerprint, prompt_keys(encoder.fingerprint, prompts))


def _fitting(encoder: Encoder, prompts: list[str], chosen: Mask) -> Mask:
    """(n,) of the chosen prompts those that lose nothing when they are cut; only they are tokenized."""
    places = np.flatnonzero(chosen)
    lost = encoder.in_way("truncate").lengths([prompts[place] for place in places]).lost
    fitting = np.zeros(len(prompts), dtype=np.bool_)
    fitting[places[lost == 0]] = True
    return fitting
