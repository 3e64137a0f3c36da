"""What is said of two families of labels: which space tells them apart, and whether it hears more than their topics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from semascope.studies.geometry.telling.shares import between_shares, counted, quoted, told_share, told_short
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.stats.results import Family
    from semascope.studies.geometry.comparing.contrast import Contrast, ContrastInSpace

Heard = Literal["nothing", "one", "few", "topics", "more"]

_WAYS = 19  # other ways of dealing the labels, from which the real one can be one of twenty


def contrast_sentences(found: Contrast) -> list[str]:
    """How well the first space tells the families apart, what it hears, how the others stand to it, and what was not measured."""
    first, second = (family.name for family in found.families)
    if found.why_not:
        return [f"Whether {first!r} and {second!r} differ cannot be told: {found.why_not}."]
    space = next(iter(found.spaces.values()))
    others = _others(found)
    return [
        _told_apart(found, space),
        *_what_is_heard(found),
        *([others] if others else []),
        f"What the names {first!r} and {second!r} suggest beyond the {found.column} of a text was not measured: there are no"
        " scores for it here.",
    ]


def contrast_headline(found: Contrast) -> list[str]:
    """Both halves of the answer in one sentence: whether the probe tells the families, and whether it hears more than topics.

    A probe tells nearly any two families of labels apart, for it knows their topics: the first half alone says nothing
    of the names. What other spaces answer follows where it differs.
    """
    if found.why_not:
        return contrast_sentences(found)
    spaces = list(found.spaces.values())
    first, alike = spaces[0], [space for space in spaces[1:] if heard(space) == heard(spaces[0])]
    so = f" So it is in {counted([space.space for space in alike])}." if alike else ""
    said = [f"{_both_halves(found, first)}.{so}"]
    answers = dict.fromkeys(heard(space) for space in spaces if heard(space) != heard(first))
    for answer in answers:
        others = [space for space in spaces if heard(space) == answer]
        if answer == "nothing":
            names = counted([space.space for space in others])
            said.append(f"In {names} it is not shown to tell them.")
        else:
            names = counted([space.space for space in others])
            said.append(_heard_words(answer, names, len(others) > 1, others[0], found))
    return said


def _both_halves(found: Contrast, space: ContrastInSpace) -> str:
    first, second = (family.name for family in found.families)
    between = between_shares(space.auc.estimate, short=True) or space.auc.estimate.reason
    auc = f"AUC {told_short(space.auc.value)}, {between}; by chance .50"
    answer = heard(space)
    verb = "is not shown to tell" if answer == "nothing" else "tells"
    told = f"In {space.space!r} a linear probe {verb} {first!r} from {second!r} on held-out texts ({auc})"
    if answer == "nothing":
        return told
    if answer == "one":
        one = quoted([family.name for family in found.families if len(family.labels) < 2])
        return f"{told}, and with one {found.column} in {one} it cannot be told whether it hears more than that topic"
    if answer == "more":
        unseen = f"AUC {told_short(space.unseen.value)}; families dealt at random {_floor(space)}"
        return (
            f"{told}, and also labels that it has not seen ({unseen}): it hears more than their single topics"
        )
    if answer == "few":
        return f"{told}; with {_labels(found)} it cannot be told whether it hears more than their topics"
    dealt = (
        ""
        if space.regrouped is None
        else f": families dealt at random from the same labels reach {told_short(space.regrouped.value)}"
    )
    return (
        f"{told}, but is not shown to hear more than topics{dealt} (labels that it has not seen: AUC {told_short(space.unseen.value)},"
        f" with families dealt at random {_floor(space)})"
    )


def _labels(found: Contrast) -> str:
    labels = sum(len(family.labels) for family in found.families)
    return count(labels, f"value of {found.column}", f"values of {found.column}")


def heard(space: ContrastInSpace) -> Heard:
    """What a probe of the families is shown to hear.

    Returns
    -------
    str
        ``nothing``: it is not shown to tell them at all. ``one``: a family has one label, so that its topic and the
        family are the same. ``few``: too few labels for a test. ``more``: it tells labels that it has not seen, better
        than 19 of 20 ways of dealing the labels at random. ``topics``: it is not shown to.
    """
    if space.auc.above_floor is not True:
        return "nothing"
    if not math.isfinite(space.unseen.value):
        return "one"
    if space.unseen_p <= 0.05:
        return "more"
    ways = _ways(space)
    return "few" if ways < _WAYS else "topics"


def _ways(space: ContrastInSpace) -> int:
    """Other ways of dealing the labels that were tried."""
    floor = space.unseen.floor
    return 0 if floor is None else int(floor.method.split()[0])


def _told_apart(found: Contrast, space: ContrastInSpace) -> str:
    first, second = (family.name for family in found.families)
    auc, accuracy, votes = space.auc, space.accuracy, space.votes
    reached = (
        f"an AUC of {told_short(auc.value)} ({between_shares(auc.estimate, short=True) or auc.estimate.reason}; by chance .50)"
        f" and {told_share(accuracy.value)} right; the {found.k} nearest texts name {told_share(votes.value)} right,"
        f" always naming the larger family {told_share(found.largest)}"
    )
    verb = "is not shown to tell" if heard(space) == "nothing" else "tells"
    return f"In {space.space!r} a linear probe {verb} {first!r} from {second!r} on held-out texts: {reached}."


def _what_is_heard(found: Contrast) -> list[str]:
    """A sentence for each answer that spaces give, with the spaces that give it."""
    answers: dict[Heard, list[ContrastInSpace]] = {}
    for space in found.spaces.values():
        answers.setdefault(heard(space), []).append(space)
    said = []
    for answer, spaces in answers.items():
        if answer == "nothing":
            continue
        names = quoted([space.space for space in spaces])
        said.append(_heard_words(answer, names, len(spaces) > 1, spaces[0], found))
    return said


def _heard_words(answer: Heard, names: str, several: bool, space: ContrastInSpace, found: Contrast) -> str:
    column, verb = found.column, "hear" if several else "hears"
    if answer == "one":
        one = quoted([family.name for family in found.families if len(family.labels) < 2])
        return f"With one {column} in {one}, it cannot be told whether {names} {verb} more than that topic."
    unseen = (
        f"AUC {told_short(space.unseen.value)}{f' in {space.space!r}' if several else ''} ({between_shares(space.unseen.estimate, short=True)};"
        f" families dealt at random from the same labels {_floor(space)})"
    )
    if answer == "more":
        return (
            f"In {names} the probe also tells labels that it has not seen, {unseen}: what the labels of a family share can be heard"
            " there, not only their single topics."
        )
    if answer == "few":
        return (
            f"With {_labels(found)} it cannot be told whether {names} {verb} more than their topics: on labels that the probe has not"
            f" seen, {unseen}."
        )
    dealt = (
        ""
        if space.regrouped is None
        else f", and families dealt at random from the same labels reach {told_short(space.regrouped.value)} on held-out texts"
    )
    return f"In {names} the probe hears topics: it is not shown to tell labels that it has not seen, {unseen}{dealt}."


def _floor(space: ContrastInSpace) -> str:
    floor = space.unseen.floor
    return "–" if floor is None else f"{told_short(floor.low)} to {told_short(floor.high)}"


def _others(found: Contrast) -> str:
    """How the other spaces' probes, and neighbours, stand to the first's."""
    parts = [_standing(found.probes, "the probe"), _standing(found.voters, "the neighbours")]
    told = "; ".join(filter(None, parts))
    return f"Against {next(iter(found.spaces))!r}, {told}." if told else ""


def _standing(family: Family | None, what: str) -> str:
    if family is None or len(family.verdicts) < 2:
        return ""
    words: dict[str, list[str]] = {}
    for name, verdict in family.verdicts.items():
        if name != family.baseline:
            words.setdefault(verdict.word, []).append(f"{name!r} ({told_short(verdict.difference)})")
    return f"{what}: " + ", ".join(f"{word} in {' and '.join(names)}" for word, names in words.items())
