"""How the token vectors of a network become one where nobody has said: what the frozen network does best with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.embedding.prompts import write_prompts
from semascope.encoders.completing import assumes_pooling
from semascope.tuning.start import Start

if TYPE_CHECKING:
    from semascope.encoders.local import LocalEncoder
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.kinds.kind import Kind
    from semascope.tuning.contrastive.poolings import ComparedPoolings

MOST = 200
"""Queries, or texts, that poolings are compared on."""


def settled(
    plan: TunePlan, encoder: LocalEncoder, kind: Kind, *, trust_remote_code: bool
) -> tuple[TunePlan, ComparedPoolings | None]:
    """The plan with a pooling, compared where neither it nor the checkpoint says one; no text that judges has part in it."""
    if plan.pooling != "own" or not assumes_pooling(encoder.checkpoint, encoder.listed):
        return plan, None
    from semascope.tuning.contrastive.poolings import compare_poolings

    asked, documents, pairs = kind.known_pairs(MOST)
    # Of its tokenizer some end texts with a token for the last pooling alone: all are compared with it then.
    start = Start.of(
        encoder, plan.model_copy(update={"pooling": "last"}), trust_remote_code=trust_remote_code
    )
    role: str | None = "query" if plan.flavour == "pairs" else None
    queries, _ = write_prompts(
        asked, encoder=encoder, instruction=plan.sentence, role="query" if role else None
    )
    read, _ = write_prompts(
        documents,
        encoder=encoder,
        instruction="" if role else plan.sentence,
        role="document" if role else None,
    )
    found = compare_poolings(start, start.tokens.ids(queries), start.tokens.ids(read), pairs)
    return plan.model_copy(update={"pooling": found.best}), found
