"""Whether an encoder makes the vectors that a head was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from semascope.encoders.api.name import is_moved
from semascope.encoders.precision import TOLERANCE
from semascope.errors import ArtifactError
from semascope.probes.card import precision_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.protocol import Encoder


class EncoderOnCard(Protocol):
    """What a saved card says of its encoder."""

    @property
    def encoder(self) -> str:
        """What loads it."""
        ...

    @property
    def called(self) -> str:
        """Its name, where that is another."""
        ...

    @property
    def encoder_name(self) -> str:
        """The one or the other."""
        ...

    @property
    def space(self) -> Mapping[str, str | bool | int]:
        """Fields of its space."""
        ...

    @property
    def precision(self) -> str:
        """What its vectors were computed in."""
        ...

    @property
    def long(self) -> str:
        """What happens to a text over its limit."""
        ...


def check_space(
    card: EncoderOnCard, encoder: Encoder, *, what: str = "scorer", changes: str = "scores"
) -> str:
    """A warning when only the precision differs, or the address of an API, else "".

    Parameters
    ----------
    what
        What carries the card.
    changes
        What of it moves a little when only the precision differs.

    Raises
    ------
    ArtifactError
        When the encoder is of another space; every field that differs is named.
    """
    found = encoder.space.fields
    moved = is_moved(str(card.space.get("weights", "")), encoder.space.weights)
    differing = [
        f"{field} is {_short(found.get(field))} instead of {_short(card.space.get(field))}"
        for field in sorted(card.space.keys() | found.keys())
        if not (field == "weights" and moved) and card.space.get(field) != found.get(field)
    ]
    if differing:
        raise ArtifactError(
            f"encoder {encoder.name!r} is of another space: {', '.join(differing)}; this {what} was made with "
            f"{card.encoder_name!r}; load that one"
        )
    if moved:  # whoever names it says that it is the same: nobody can look at its weights
        return (
            f"this {what} was made with {card.encoder_name!r}, and encoder {encoder.name!r} is the same model by its name, at"
            f" another address; if other weights answer there, {changes} mean nothing"
        )
    precision = precision_of(encoder)
    if precision == card.precision:
        return ""
    # Rows of the coarser arithmetic lie that far off, whichever side it is on.
    tolerance = max(encoder.tolerance, TOLERANCE.get(card.precision, 0))
    return (
        f"this {what} was made in {card.precision}, the encoder computes in {precision}: entries of a vector may differ "
        f"by {tolerance:g}, and {changes} a little"
    )


def _short(value: object) -> str:
    text = "none" if value is None else repr(value)
    return text if len(text) <= 24 else f"{text[:20]}...'"
