"""What a user asks of an encoder that it was not trained for: allowed, and said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.templates import get_template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Encoder


def stated_choices(encoder: Encoder, *, instruction: str = "", dims: Iterable[int | None] = ()) -> list[str]:
    """A sentence for each choice that ``encoder`` was not trained for; empty when all is well.

    Examples
    --------
    >>> stated_choices(HashEncoder(8), instruction="Identify the topic", dims=[4])[0]
    'hash:8 was not trained to follow instructions: the sentence is written in front of every text, and what it changes is not what it asks for'
    """
    return [said for said in (instruction_choice(encoder, instruction), width_choice(encoder, dims)) if said]


def lost_part(encoder: Encoder, long: str) -> str:
    """Which part of a prompt over the limit is not read in a way that loses one: "beginning", "middle" or "end".

    Examples
    --------
    >>> lost_part(HashEncoder(8), "truncate"), lost_part(HashEncoder(8), "head-tail")
    ('end', 'middle')
    """
    return "middle" if long == "head-tail" else getattr(encoder, "cut", "end")


def instruction_choice(encoder: Encoder, instruction: str) -> str:
    """The sentence about an instruction for an encoder that was not trained to follow it; "" when all is well."""
    template = get_template(encoder.space.template)
    if not instruction or template.knows(instruction):
        return ""
    own = f"; its own tasks are {', '.join(template.tasks)}" if template.tasks else ""
    if template.trained:
        return f"{encoder.name} was trained with a few tasks, and this is none of them: it is written as they are{own}"
    return (
        f"{encoder.name} was not trained to follow instructions: the sentence is written in front of every text,"
        f" and what it changes is not what it asks for{own}"
    )


def width_choice(encoder: Encoder, dims: Iterable[int | None]) -> str:
    """The sentence about widths that an encoder was not trained to be cut to; "" when all is well.

    Parameters
    ----------
    encoder
        Any ``Encoder``; a line in the catalogue says which widths it was trained for (Matryoshka).
    dims
        Widths to keep; None is the full one.
    """
    listed: Entry | None = getattr(encoder, "listed", None)
    smallest = listed.smallest_dim if listed else None
    narrow = sorted({dim for dim in dims if dim is not None and dim < (smallest or encoder.dim)})
    if not narrow or isinstance(encoder, HashEncoder):  # numbers drawn from a hash mean nothing at any width
        return ""
    kept = f"{' and '.join(map(str, narrow))} of its {encoder.dim} dims"
    if smallest:
        return f"{encoder.name} was trained to be cut to {smallest} dims or more: {kept} are fewer"
    known = "was not trained" if listed else "is not known to be trained"
    return f"{encoder.name} {known} to be cut (Matryoshka): {kept} were kept all the same"
