"""Rows in the store that look like those of a study and are not: an encoder of the same name with other weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.catalogue import catalogue_id
from semascope.encoders.naming import source_of
from semascope.encoders.protocol import FromFiles, stored_as
from semascope.studies.heads.computing.ahead import spaces_of
from semascope.studies.heads.computing.sharing import missing_prompts
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.store.canary import Canary
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared


def strangers(prepared: Prepared, cells: Sequence[Cell]) -> Iterator[str]:
    """A sentence for each encoder that has texts to encode though rows of its name are there."""
    known, store = prepared.store.canaries(), prepared.store
    for cell in {(cell.encoder, cell.long): cell for cell in reversed(spaces_of(cells))}.values():
        encoder = stored_as(prepared.encoder_of(cell))
        for canary in known:
            rows = store.count(canary.fingerprint) if _is_stranger(canary, encoder) else 0
            if rows and missing_prompts(prepared, cell, planned=False):
                yield _said(encoder, canary, rows)
                break


def _is_stranger(canary: Canary, encoder: Encoder) -> bool:
    """Whether it is of the encoder's name and way of reading long texts, under another fingerprint."""
    if not isinstance(encoder, FromFiles) or canary.fingerprint == encoder.fingerprint:
        return False
    same_way = canary.encoder.get("long", "truncate") == encoder.space.long
    return same_way and _is_same_name(canary.encoder.get("name", ""), source_of(encoder))


def _is_same_name(theirs: str, ours: str) -> bool:
    """Whether two machines may mean one encoder: by the catalogue, by path, or by the last part of a path that is not here."""
    if theirs == ours or not Path(theirs).is_absolute():
        return catalogue_id(theirs) == catalogue_id(ours)
    return Path(theirs).name == Path(ours).name and not Path(theirs).exists()


def _said(encoder: Encoder, canary: Canary, rows: int) -> str:
    theirs, ours = canary.fingerprint, encoder.fingerprint
    held = f"the store holds {count(rows, 'row')} of an encoder called {canary.encoder['name']!r}"
    space, _, precision = theirs.rpartition("-")
    if space == ours.rpartition("-")[0]:
        return (
            f"{held} in {precision}, and this study computes in {ours.rpartition('-')[2]}: none of them is used; --precision"
            f" {precision} uses them"
        )
    return (
        f"{held} with other weights, or another tokenizer, pooling or limit (fingerprint {theirs}, here {ours}): none of them is"
        " used; if another machine encoded them, take the same files on both"
    )
