"""The encoder that a saved card names, or the one that stands for it on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.loading import load_encoder
from semascope.encoders.naming import folder_of
from semascope.errors import ArtifactError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from semascope.encoders.protocol import Encoder
    from semascope.probes.space_check import EncoderOnCard
    from semascope.types import Precision


def load_card_encoder(
    card: EncoderOnCard,
    given: str = "",
    *,
    precision: Precision = "auto",
    device: str = "auto",
    trust_remote_code: bool = False,
    api_key: SecretStr | None = None,
) -> Encoder:
    """The encoder of a card, which must have one, with the card's template and way of reading long texts.

    Parameters
    ----------
    given
        Name or folder to load instead: where the same encoder lies now. "" takes what the card says.
    precision
        ``auto`` takes the card's own float32, and bfloat16 only where the processor has it natively.
    api_key
        For the address of an encoder behind an API, which whoever gives it has compared: a card may name any address.

    Raises
    ------
    ArtifactError
        When the folder that the card names is not on this machine, with how to say where it is.
    """
    if not given and _is_path(card.encoder) and folder_of(card.encoder) is None:
        called = f"encoder {card.called!r}" if card.called else "the encoder"
        raise ArtifactError(
            f"{called} of this model was read from folder {card.encoder!r}, which is not here; the same weights are needed;"
            " say where they lie now with --encoder FOLDER (in Python encoder=FOLDER)"
        )
    return load_encoder(
        given or card.encoder,
        called="" if given else card.called,
        precision="float32" if (precision, card.precision) == ("auto", "float32") else precision,
        device=device,
        trust_remote_code=trust_remote_code,
        template=str(card.space.get("template", "plain")),
        long=card.long,
        api_key=api_key,
    )


def _is_path(source: str) -> bool:
    """Whether it can only be a folder: OWNER/NAME may be one too, and is then looked up on the hub."""
    return Path(source).is_absolute() or source.startswith((".", "~"))
