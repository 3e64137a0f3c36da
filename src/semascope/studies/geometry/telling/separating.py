"""Which space tells the labels best, in one sentence: by neighbours' votes, and by what else is clear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.shares import counted, range_of_shares, told_share, told_short
from semascope.words.numbers import count
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.measured import Measured
    from semascope.stats.results import Family
    from semascope.studies.geometry.comparing.compared import BestSpace


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OtherJudge:
    """Something beside the vote that judges how labels lie: a probe, silhouettes, distances."""

    name: str  # as it stands behind "by"
    family: Family  # every space against the first
    values: Mapping[str, Measured]  # by space
    is_share: bool  # whether values are shares of texts that it has right


def best_sentence(
    best: BestSpace,
    *,
    what: str = "space",
    untrained: Sequence[str] = (),
    others: Sequence[OtherJudge] = (),
) -> str:
    """Which space separates the labels best by its neighbours, as far as the rows tell, and what others say of it.

    Parameters
    ----------
    what
        What the spaces are: ``instruction`` where they differ in nothing else.
    untrained
        Sentences about encoders that were not trained for the instructions they were given; they follow.
    others
        Other judges. What is clear to them stands in the same sentence: a vote that tells nothing apart is not the last
        word where a probe is.
    """
    if best.is_above_chance:
        told = [_best_words(best, what), *_clear_to(others)]
    else:
        told = [_chance_words(best), *_above_chance(others), *_clear_to(others)]
    return " ".join([f"{capital('; '.join(told))}.", *untrained])


def _chance_words(best: BestSpace) -> str:
    """That nothing is told where shuffled labels do as well; equal spaces are then no merit of any."""
    names = list(best.accuracies)
    values = range_of_shares({name: found.value for name, found in best.accuracies.items()})
    where = f"in {names[0]!r}" if len(names) == 1 else f"in any of {count(len(names), 'space')}"
    chance = _shuffled(best)
    floors = f", and {chance} with shuffled labels" if chance else ""
    return f"neighbours are not shown to tell {best.label} better than chance {where}: {values} right{floors}"


def _shuffled(best: BestSpace) -> str:
    """What shuffled labels give: one share, or from the lowest to the highest."""
    known = {name: floor.value for name, floor in best.floors.items() if floor is not None}
    return range_of_shares(known) if known else ""


def _best_words(best: BestSpace, what: str) -> str:
    values = {name: found.value for name, found in best.accuracies.items()}
    voters = "nearest neighbour names" if best.k == 1 else f"{best.k} nearest neighbours name"
    leader, texts = repr(best.leader), count(best.texts, "text")
    chance = _shuffled(best)
    frequent = f"always naming the most frequent: {told_share(best.largest)}"
    floors = "; ".join(filter(None, [f"shuffled labels: {chance}" if chance else "", frequent]))
    if len(values) == 1:
        return f"in {leader}, the {voters} the right {best.label} for {told_share(values[best.leader])} of {texts} ({floors})"
    reached = f"its {voters} the right one for {told_share(values[best.leader])} of {texts} ({floors})"
    others = {name: value for name, value in values.items() if name != best.leader}
    if best.is_best:
        return f"by their neighbours, {leader} separates the texts by {best.label} best: {reached}, {_against(others)}"
    if not best.behind and not best.open:
        return (
            f"by their neighbours, every {what} separates the texts by {best.label} equally well: {range_of_shares(values)} right"
            f" (shuffled labels: {chance}), differences within {told_short(best.family.margin)}"
        )
    if not best.behind and not best.level:
        return (
            f"by their neighbours, which {what} separates the texts by {best.label} best cannot be told from these {texts}:"
            f" {range_of_shares(values)} right"
        )
    parts = [
        f"{counted(names)} {words[len(names) > 1]}"
        for names, words in (
            (best.behind, ("does worse", "do worse")),
            (best.level, ("is equivalent", "are equivalent")),
        )
        if names
    ]
    parts += [f"of {counted(best.open)} it cannot be told"] if best.open else []
    return (
        f"by their neighbours, {leader} leads in separating the texts by {best.label}: {reached}; {listing(parts)}"
        f" ({_against(others)})"
    )


def _against(others: Mapping[str, float]) -> str:
    ordered = sorted(others.items(), key=lambda each: -each[1])
    return "against " + listing([f"{told_share(value)} in {name!r}" for name, value in ordered], limit=3)


def _clear_to(others: Sequence[OtherJudge]) -> list[str]:
    """A clause for each judge and word: the spaces that it calls better or worse than the first."""
    said = []
    for judge in others:
        for word in ("better", "worse"):
            names = [name for name, verdict in judge.family.verdicts.items() if verdict.word == word]
            if not names:
                continue
            first = judge.family.baseline
            amounts = ""
            if judge.is_share and len(names) == 1:
                amounts = f" ({told_share(judge.values[names[0]].value)} against {told_share(judge.values[first].value)})"
            verb = "is" if len(names) == 1 else "are"
            said.append(f"by {judge.name}, {counted(names)} {verb} {word} than {first!r}{amounts}")
    return said


def _above_chance(others: Sequence[OtherJudge]) -> list[str]:
    """What a probe tells where neighbours tell nothing."""
    said = []
    for judge in others:
        above = {name: each for name, each in judge.values.items() if each.above_floor is True}
        if judge.is_share and above:
            values = range_of_shares({name: each.value for name, each in above.items()})
            floors = range_of_shares({name: each.floor.value for name, each in above.items() if each.floor})
            said.append(
                f"{judge.name} does in {counted(list(above))}: {values} right, and {floors} with shuffled labels"
            )
    return said
