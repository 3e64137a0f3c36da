"""The first phase of a study that two machines share: everything that it reads is encoded, and nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.embedding.estimate import estimate_of
from semascope.encoders.naming import source_of
from semascope.encoders.protocol import Billed, stored_as
from semascope.errors import NotServed
from semascope.store.speeds import device_of
from semascope.studies.heads.computing.compute import embed_rows
from semascope.studies.heads.computing.sharing import missing_prompts
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.embedding.account import Account
    from semascope.embedding.estimate import Estimate
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.types import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedAhead:
    """The vectors of one encoder, instruction and way of reading long texts, which the store now has."""

    encoder: str
    source: str
    instruction: str
    long: str
    fingerprint: str  # under which the other machine looks for them
    device: str
    account: Account


def spaces_of(cells: Sequence[Cell]) -> list[Cell]:
    """One cell of each encoder, instruction and way that texts are encoded for."""
    found = {
        (cell.encoder, cell.instruction.sentence, cell.long): cell
        for cell in reversed(cells)
        if cell.reads == "vectors"
    }
    return [*reversed(found.values())]


def expected_bills(prepared: Prepared, cells: Sequence[Cell]) -> list[Estimate]:
    """What providers will bill for the vectors of these cells that the store lacks, one estimate a space."""
    found, planned = [], set()
    for cell in spaces_of(cells):
        encoder = stored_as(prepared.encoder_of(cell))
        prompts = cell.encoder, cell.instruction.sentence
        if isinstance(encoder, Billed) and not encoder.refusal:
            found.append(estimate_of(encoder, missing_prompts(prepared, cell, planned=prompts in planned)))
            planned.add(prompts)
    return [one for one in found if one.texts]


def encode_ahead(prepared: Prepared, *, progress: Progress) -> Iterator[EncodedAhead]:
    """Fill the store with all that the plan reads, one space after the other.

    Raises
    ------
    NotServed
        When everything else is in the store, for encoders behind an API that gave no vectors.
    """
    failed = dict(prepared.unserved)
    for cell in spaces_of(prepared.plan.cells):
        encoder = prepared.encoder_of(cell)
        if cell.encoder in failed:
            continue
        try:
            account = embed_rows(prepared, cell, progress=progress, ahead=True).account
        except NotServed as error:
            failed[cell.encoder] = str(error)
            continue
        yield EncodedAhead(
            encoder=cell.encoder,
            source=source_of(encoder),
            instruction=cell.instruction.name,
            long=cell.long,
            fingerprint=stored_as(encoder).fingerprint,
            device=device_of(encoder),
            account=account,
        )
    if failed:
        first, why = next(iter(failed.items()))
        raise NotServed(
            f"{count(len(failed), 'encoder')} gave no vectors, and those of all others are in the store; {first}: {why}; the same"
            " command encodes what is missing"
        )
