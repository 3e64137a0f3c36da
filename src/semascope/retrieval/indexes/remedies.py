"""Remedies inside an index: the encoders that mend the rows of another one, kept in folders of the index's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semascope.encoders.naming import folder_of
from semascope.encoders.remedied.described import is_remedied
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.folder import mark_of, remedied_files
from semascope.errors import ConfigError
from semascope.files import replace_file
from semascope.retrieval.indexes.kept_files import remove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.indexes.card import Card, EncoderCard
    from semascope.retrieval.indexes.recipe import Recipe

_INSIDE = re.compile(r"encoder-[0-9]+")  # of the card: the folder of that name in the index


def is_inside(name: str) -> bool:
    """Whether a card's encoder, or a folder's name, is that of an encoder of the index's own."""
    return bool(_INSIDE.fullmatch(name))


def put_inside(
    path: Path, encoders: Sequence[Encoder], cards: Sequence[EncoderCard]
) -> tuple[EncoderCard, ...]:
    """Write the remedied ones of some encoders into an index, and say in their cards that they lie there."""
    for left_over in filter(lambda each: is_inside(each.name), path.iterdir()):
        remove(left_over)
    written = []
    for part, (encoder, card) in enumerate(zip(encoders, cards, strict=True)):
        if not isinstance(encoder, RemediedEncoder):
            written.append(card)
            continue
        folder = path / f"encoder-{part}"
        folder.mkdir()
        for name, content in remedied_files(encoder).items():
            replace_file(folder / name, content)
        written.append(card.model_copy(update={"encoder": folder.name, "called": encoder.name}))
    return tuple(written)


def found_inside(path: Path, cards: Sequence[EncoderCard]) -> tuple[EncoderCard, ...]:
    """The cards with the whole paths of the encoders that lie in the index."""
    return tuple(
        card.model_copy(update={"encoder": str(path.absolute() / card.encoder)})
        if is_inside(card.encoder)
        else card
        for card in cards
    )


def refuse_other_remedy(path: Path, card: Card, asked: Recipe) -> None:
    """Refuse to go on with an index under folders of its recipe that hold another remedy now, or none, or one for the first time.

    Raises
    ------
    ConfigError
        Naming both.
    """
    for part, kept in zip(asked.vectors, card.encoders, strict=True):
        folder, made_with = folder_of(part.encoder), str(kept.space.get("remedy", ""))
        now = mark_of(folder) if folder is not None and is_remedied(folder) else ""
        if folder is not None and now != made_with:
            raise ConfigError(
                f"{path} was made with remedy {made_with or 'none'}, and {folder} holds {now or 'none'}; an index has one space;"
                " leave the encoder out, which takes that of the index, or take another --output"
            )
