"""A remedy that is kept: an encoder whose rows are mended, for any other command."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.encoders.remedied.encoder import FittedOn
from semascope.encoders.remedied.folder import write_remedied
from semascope.studies.geometry.judging.remedies import refit
from semascope.studies.geometry.result import KeptRemedy
from semascope.studies.geometry.telling.remedies import kept_sentence, not_judged_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.studies.geometry.result import GeometryResult


def keep_remedy(plan: GeometryPlan, found: GeometryResult, folder: Path) -> KeptRemedy | None:
    """The remedy of the plan, fitted on all rows of the first encoder's first space and written; None where none is kept.

    Parameters
    ----------
    folder
        Where the encoder goes: ``load_encoder`` takes it from then on.
    """
    if plan.keep is None:
        return None
    space, called = next(iter(found.asked.made_by.items()))
    encoder = load_encoder(
        found.asked.encoders[called],
        called=called,
        precision=plan.precision,
        device=plan.device,
        trust_remote_code=plan.trust_remote_code,
        long=plan.long,
    )
    rows = found.asked.spaces[space]
    instruction = parse_instruction(plan.instruction[0]).sentence if plan.instruction else ""
    fitted = FittedOn(
        data=found.name,
        digest=_digest(found.asked.texts),
        instruction=instruction,
    )
    remedy = refit(plan.keep, rows)
    write_remedied(folder, encoder, remedy, rows=rows, fitted_on=fitted)
    judged = None if found.remedied is None or found.remedied.reason else found.remedied.spaces.get(space)
    sentence = not_judged_sentence(plan.keep, space) if judged is None else kept_sentence(judged, plan.keep)
    return KeptRemedy(
        remedy=plan.keep, space=space, fitted_on=remedy.fitted_on, folder=str(folder), sentence=sentence
    )


def _digest(texts: Sequence[str]) -> str:
    """Of the rows that it was fitted on."""
    content = hashlib.blake2b(digest_size=16)
    for text in texts:
        content.update(f"{len(text)}:{text}".encode("utf-8", "surrogatepass"))
    return content.hexdigest()
