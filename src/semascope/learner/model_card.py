"""What a model file says of itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.probes.card import Card, TargetCard, encoder_fields

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder


def ridge_card(
    encoder: Encoder | None, *, instruction: str, target: str, dim: int, rows: int, custom: str
) -> Card:
    """What a file says about a ridge of ``rows`` examples on vectors that are ``dim`` wide.

    Parameters
    ----------
    encoder
        None where the vectors were made without one.
    custom
        Name of the code of the user's own that made the vectors; "" for none.
    """
    fields: dict[str, Any] = {"encoder": "", "space": {}, "precision": "", "fingerprint": ""}
    if encoder is not None:
        fields = encoder_fields(encoder)
    return Card(
        **fields,
        instruction="own" if instruction else "default",
        sentence=instruction,
        long="truncate" if encoder is None else encoder.space.long,
        dim=dim,
        kind="regression",
        head="ridge",
        targets=(TargetCard(name=target),),
        measured="",
        rows=rows,
        versions={"semascope": version("semascope"), "numpy": np.__version__},
        custom=custom,
    )
