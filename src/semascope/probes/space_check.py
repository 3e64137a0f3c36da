"""Whether an encoder makes the vectors that a head was fitted on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from semascope.encoders.precision import TOLERANCE
from semascope.errors import ArtifactError
from semascope.probes.card import precision_of

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.probes.card import Card


def check_space(card: Card, encoder: Encoder) -> str:
    """A warning when only the precision differs, else "".

    Raises
    ------
    ArtifactError
        When the encoder is of another space; every field that differs is named.
    """
    found = asdict(encoder.space)
    differing = [
        f"{field} is {_short(found.get(field))} instead of {_short(card.space.get(field))}"
        for field in sorted(card.space.keys() | found.keys())
        if card.space.get(field) != found.get(field)
    ]
    if differing:
        raise ArtifactError(
            f"encoder {encoder.name!r} is of another space: {', '.join(differing)}; this scorer was made with "
            f"{card.encoder_name!r}; load that one"
        )
    precision = precision_of(encoder)
    if precision == card.precision:
        return ""
    # Rows of the coarser arithmetic lie that far off, whichever side it is on.
    tolerance = max(encoder.tolerance, TOLERANCE.get(card.precision, 0))
    return (
        f"this scorer was made in {card.precision}, the encoder computes in {precision}: entries of a vector may differ "
        f"by {tolerance:g}, and scores a little"
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 24 else f"{text[:20]}...'"
