"""Held-out rows that an encoder does not read whole where it cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.prompts import write_prompts
from semascope.encoders.protocol import UNLIMITED
from semascope.studies.heads.computing.predictions import tokens_of

if TYPE_CHECKING:
    import pyarrow as pa

    from semascope.encoders.protocol import Encoder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Mask


def over_limit(rows: Rows, cell: Cell, encoder: Encoder, table: pa.Table) -> Mask:
    """(m,) held-out rows over the encoder's tokens, or over the characters at which a table of token vectors cuts first.

    Parameters
    ----------
    table
        Held-out predictions of the cell, with the tokens of each row.
    """
    over: Mask = tokens_of(table, rows) > encoder.max_tokens
    characters = getattr(encoder, "characters", UNLIMITED)
    if characters < UNLIMITED:
        texts = [rows.texts[row] for row in rows.split.test]
        prompts, _ = write_prompts(texts, encoder=encoder, instruction=cell.instruction.sentence)
        unsure = np.flatnonzero([len(prompt) > characters for prompt in prompts])
        lost = encoder.in_way("truncate").lengths([prompts[place] for place in unsure]).lost
        over[unsure] |= lost > 0
    return over
