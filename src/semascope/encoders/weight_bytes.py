"""What an encoder's weights take in memory, told by the headers of its files: nothing is loaded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.encoders.checkpoints.weights import count_weights
from semascope.encoders.engine.unused import UNUSED
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.local import LocalEncoder
from semascope.encoders.protocol import Billed
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.static.encoder import StaticEncoder

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder

BYTES = {"float32": 4, "bfloat16": 2}
"""Of a number, by the arithmetic that it is held in."""


def weight_bytes(encoder: Encoder) -> float:
    """Bytes of an encoder's weights as they lie in memory when it computes; NaN for one of which that is not known.

    Weights that are kept smaller (4 bits, float16) are held in the arithmetic that they are computed in, and count as
    that. What a file holds and the encoder drops, such as a pooler, does not count. The tokenizer, the libraries and the
    texts at work come on top: ``semascope speed`` gives the whole process at its most. Those behind an API lie with its provider.
    """
    if isinstance(encoder, LocalEncoder):
        checkpoint = encoder.checkpoint
        dense = sum(count_weights(module.folder) for module in checkpoint.dense)
        network = count_weights(checkpoint.transformer, without=UNUSED)
        return float(BYTES[encoder.precision] * network + BYTES["float32"] * dense)
    if isinstance(encoder, RemediedEncoder):
        mean, matrix = encoder.remedy.mean, encoder.remedy.matrix
        return weight_bytes(encoder.base) + mean.nbytes + (0 if matrix is None else matrix.nbytes)
    if isinstance(encoder, StaticEncoder):
        return float(BYTES["float32"] * encoder.folder.rows * encoder.folder.dim)
    return 0.0 if isinstance(encoder, HashEncoder | Billed) else math.nan
