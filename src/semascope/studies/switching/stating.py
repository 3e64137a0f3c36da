"""What a reader must know of the two encoders, or of the files of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.choices import stated_choices
from semascope.studies.result import Note
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.studies.switching.evidence.spaces import Placed


def stated(*places: Placed) -> list[Note]:
    """A note for each side: what it is, and what it was not made for."""
    notes = []
    for placed in places:
        side = placed.side
        said = list(placed.stated)
        if side.encoder is not None:
            said += side.encoder.stated
            said += stated_choices(side.encoder, instruction=side.instruction.sentence, dims=[side.dim])
        if placed.account is not None and placed.account.truncated_rows:
            account = placed.account
            said.append(
                f"{account.truncated_rows:,} of {account.rows:,} texts are longer than it reads and were cut"
            )
        if said:
            notes.append(Note(level="info", title=side.name, text=f"{capital('; '.join(said))}."))
    return list({(note.title, note.text): note for note in notes}.values())
