"""A checkpoint's network, loaded through transformers and checked for completeness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from semascope.encoders.checkpoint import Checkpoint
    from semascope.encoders.precision import Resolved


def load_network(
    checkpoint: Checkpoint, *, name: str, precision: Resolved, device: str, trust_remote_code: bool = False
) -> Any:
    """The network, ready to compute on ``device``.

    Raises
    ------
    EncoderError
        When the weights cannot be read or some are missing.
    """
    torch = require("torch", purpose=f"encoder {name!r}")
    transformers = require("transformers", purpose=f"encoder {name!r}")
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        network, report = transformers.AutoModel.from_pretrained(
            checkpoint.transformer,
            dtype=getattr(torch, precision),
            trust_remote_code=trust_remote_code,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        reason = " ".join(str(error).split())[:300]
        raise EncoderError(
            f"the weights of encoder {name!r} cannot be loaded ({reason}); check the folder {checkpoint.folder}"
        ) from error
    # A pooler head is never used here, so sentence checkpoints may leave it out; anything else would be noise.
    missing = [key for key in report["missing_keys"] if "pooler" not in key]
    if missing:
        raise EncoderError(
            f"checkpoint {name!r} lacks {len(missing)} weights, the first is {missing[0]!r}; all must be there,"
            " or vectors would be noise; fetch the checkpoint again"
        )
    if getattr(network, "pooler", None) is not None:
        network.pooler = None
    return network.eval().to(device)
