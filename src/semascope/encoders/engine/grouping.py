"""Which sequences go through a network together: like lengths, bounded tokens, even loads for the workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Characters tokenized at once, while the workers compute what was tokenized before: few, so that they start early, yet
# enough for groups of like length; and a share of all, so that a small job is sliced too.
_SLICE_CHARACTERS = (16_000, 400_000)
_SLICES = 4


def slices_by_length(prompts: Sequence[str]) -> Iterator[list[int]]:
    """Places of the prompts, longest first, a bounded number of characters at a time."""
    least, most = _SLICE_CHARACTERS
    room = min(most, max(least, sum(map(len, prompts)) // _SLICES))
    part: list[int] = []
    held = 0
    for place in sorted(range(len(prompts)), key=lambda place: -len(prompts[place])):
        if part and held + len(prompts[place]) > room:
            yield part
            part, held = [], 0
        part.append(place)
        held += len(prompts[place])
    if part:
        yield part


def group_by_length(lengths: Sequence[int], *, budget: int, workers: int, padded: bool) -> list[list[int]]:
    """Places of the sequences that go together, longest first; those without a token are in no group.

    Parameters
    ----------
    lengths
        Tokens of each sequence.
    budget
        Tokens of a group, 1 or more; a longer sequence is a group of its own.
    workers
        Groups are made for this many that compute at once: their number is a multiple where the lengths allow it.
    padded
        Whether each sequence takes the room of the longest of its group.

    Examples
    --------
    >>> group_by_length([3, 0, 9, 4], budget=8, workers=1, padded=False)
    [[2], [3, 0]]
    """
    order = sorted(
        (place for place, length in enumerate(lengths) if length), key=lambda place: -lengths[place]
    )
    total = sum(lengths)
    rounds = workers * -(-total // (workers * budget))
    share = min(budget, -(-total // max(1, rounds)))  # the last round is as full as the first
    groups: list[list[int]] = []
    held = 0
    for place in order:
        taken = lengths[groups[-1][0]] if padded and groups else lengths[place]
        if not groups or held + taken > max(share, taken):
            groups.append([])
            held, taken = 0, lengths[place]
        groups[-1].append(place)
        held += taken
    return groups
