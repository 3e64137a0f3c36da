"""What a reader must know of the two encoders, or of the files of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.choices import stated_choices
from semascope.geometry.comparing.overlap import fewer_measured
from semascope.studies.result import Note
from semascope.studies.switching.asking.measures import kinds_of_measures
from semascope.studies.switching.evidence.constant import is_constant
from semascope.studies.unread import unread_note
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.language import LanguageProfile
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.asking.seen import Seen
    from semascope.studies.switching.asking.side import Side
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


def seen_notes(seen: Seen) -> list[Note]:
    """That an encoder was tuned on some of what would judge."""
    if not seen.names:
        return []
    return [
        Note(
            level="warning",
            title=f"{listing(list(seen.names))} {'was' if len(seen.names) == 1 else 'were'} tuned on some of this",
            text=f"{seen.left_out:,} of what would judge were seen in training and judge nothing, for either side.",
            count=seen.left_out,
        )
    ]


def asked_notes(plan: SwitchPlan, items: int, kinds: Sequence[str], *, unit: str = "text") -> list[Note]:
    """What of the question could not be done as it was asked: fewer neighbours, a measure that no task is judged by.

    Parameters
    ----------
    items
        Texts or documents, of which ``unit`` is one.
    kinds
        Of the tasks: "regression", "classification", "queries".
    """
    notes = []
    if fewer := fewer_measured(items, plan.k, unit):
        notes.append(Note(level="info", title=f"k is {plan.k:,}", text=f"{capital(fewer)}."))
    for name, kind in kinds_of_measures(plan.measure).items():
        if kind not in kinds:
            of = "queries" if kind == "queries" else f"a {kind}"
            notes.append(
                Note(
                    level="warning",
                    title=f"Nothing is judged by {name}",
                    text=f"It is a measure of {of}, and no task is one.",
                )
            )
    return notes


def constant_notes(*places: Placed) -> list[Note]:
    """A warning for each side whose vectors are all the same."""
    return [
        Note(
            level="warning",
            title=f"All vectors of {placed.side.name} are the same",
            text=f"As {side} it tells nothing apart: what stays near, cosines and smaller forms say nothing.",
        )
        for side, placed in zip(("OLD", "NEW"), places, strict=True)
        if is_constant(placed.vectors)
    ]


def unread_notes(sides: tuple[Side, Side], languages: LanguageProfile, *, what: str = "texts") -> list[Note]:
    """That an encoder was not trained for languages of the texts: a warning where NEW was not and OLD was, as far as is known."""
    unread = [
        side.encoder is not None
        and side.encoder.languages is not None
        and languages.calls_for_warning(side.encoder.languages)
        for side in sides
    ]
    return [
        unread_note(
            [side.name],
            side.encoder.languages,
            languages,
            what=what,
            level="info" if unread[0] else "warning",
        )
        for side, missing in zip(sides, unread, strict=True)
        if missing and side.encoder is not None and side.encoder.languages is not None
    ]
