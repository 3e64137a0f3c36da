"""The numbers of a map in words: the facts under a panel, and the finding above them all."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from semascope.maps.contents import Finding
from semascope.maps.telling.facts import interval, share
from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.labels.mixing import Mixing
    from semascope.geometry.labels.separating import Separation
    from semascope.maps.contents import Labels
    from semascope.maps.measuring.each_space import Measured
    from semascope.maps.measuring.together import Movement
    from semascope.types import Ints

_MOSTLY = 0.5
_READ = 2_000  # texts read for the words of a region
_WORD = re.compile(r"[^\W\d_]{3,}")


def region_sentences(movement: Movement, texts: Sequence[str], labels: Sequence[Labels]) -> list[str]:
    """What the texts of each region are, and how much they move; ``labels`` are those that may name them."""
    found = []
    for region in movement.regions:
        rest = f", {_percent(region.rest)} elsewhere" if math.isfinite(region.rest) else ""
        words = region_words(region.rows, texts, labels)
        found.append(f"{words}: {_percent(region.change)} of their neighbours change{rest}")
    return found


def against_sentences(movement: Movement) -> tuple[str, ...]:
    """What each other space has in common with the first, in full dimension, with intervals and what chance gives."""
    near = "nearest text" if movement.k == 1 else f"{movement.k} nearest texts"
    found = []
    for name, measured in movement.overlap.items():
        shares = (
            f"{_quoted(name)} shares {share(measured.value)} of the {near} with {_quoted(movement.first)}"
        )
        chance = f"by chance {share(measured.floor.value)}" if measured.floor else ""
        said = f"{shares}{_in_brackets(interval(measured.estimate), chance)}"
        cka = movement.cka[name]
        if math.isfinite(cka.value):
            said += (
                f"; debiased CKA {share(cka.value)}{_in_brackets(interval(cka.estimate), 'by chance .00')}"
            )
        found.append(f"{said}.")
    return tuple(found)


def _in_brackets(*words: str) -> str:
    told = "; ".join(filter(None, words))
    return f" ({told})" if told else ""


def found(
    separation: Separation | None,
    movement: Movement | None,
    across: Separation | None = None,
    mixing: Mixing | None = None,
    *,
    regions: Sequence[str] = (),
) -> Finding | None:
    """What separates the labels best, what moved most, or that nothing stands out; None where nothing was compared.

    What was asked for across the values of a column comes first.

    Parameters
    ----------
    separation
        None without usable labels or vectors.
    movement
        None with fewer than two spaces that have vectors.
    across, mixing
        None where no such column was named, or nothing can be said.
    regions
        The sentences of the movement's regions.
    """
    told, told_stands_out = _label_words(across)
    labels, labels_stand_out = _label_words(separation)
    moved, moved_stands_out = _moved_words(movement, regions)
    mixed = _mixing_words(mixing)
    clauses = [*told, *mixed, *labels, *moved]
    if not clauses:
        return None
    first, rest = clauses[0], "; ".join(clauses[1:])
    several = movement is not None or (separation is not None and len(separation.accuracies) > 1)
    if several and first not in mixed and not (told_stands_out or labels_stand_out or moved_stands_out):
        first = f"nothing stands out: {first}"
    return Finding(first=first, rest=rest)


def plainly(texts: int, spaces: Sequence[Measured]) -> Finding:
    """What the map shows, where there is no finding.

    Parameters
    ----------
    texts
        How many.
    """
    count = "one text" if texts == 1 else f"{texts:,} texts"
    layouts = "one layout" if len(spaces) == 1 else f"{len(spaces)} layouts"
    if any(space.neighbors is not None for space in spaces):
        return Finding(first=f"{count} in {layouts}")
    if any(space.flat for space in spaces):
        return Finding(first=f"{count} in {layouts}, and all their vectors are the same")
    came = "that was given" if len(spaces) == 1 else "that were given"
    return Finding(
        first=f"{count} in {layouts} {came}", rest="without vectors nothing can be measured about them"
    )


def _voters(separation: Separation) -> str:
    """The neighbours that name the label, with the verb: "10 nearest neighbours name"."""
    other = f" of another {separation.across}" if separation.across else ""
    one = f"nearest neighbour{other} names"
    return one if separation.k == 1 else f"{separation.k} nearest neighbours{other} name"


def _label_words(separation: Separation | None) -> tuple[list[str], bool]:
    """The clauses about the labels, and whether a space stands out."""
    if separation is None:
        return [], False
    clauses, stands_out = _separation_words(separation)
    if separation.across:
        clauses[0] = f"across {separation.across}, {clauses[0]}"
    return clauses, stands_out


def _mixing_words(mixing: Mixing | None) -> list[str]:
    """How many of the nearest have a text's own value, in one clause."""
    if mixing is None or not mixing.same:
        return []
    found = list(mixing.same.items())
    own, chance = f"of the text's own {mixing.column}", f"by chance {_percent(mixing.by_chance)}"
    if mixing.k == 1:
        shares = listing([f"{_percent(value)} in {_quoted(name)}" for name, value in found])
        return [f"the nearest neighbour is {own} for {shares}, {chance}"]
    name, value = found[0]
    others = "".join(f", {_percent(value)} in {_quoted(name)}" for name, value in found[1:])
    return [
        f"{_percent(value)} of the {mixing.k} nearest neighbours are {own} in {_quoted(name)}{others}, {chance}"
    ]


def _separation_words(separation: Separation) -> tuple[list[str], bool]:
    first = separation.family.baseline
    values = {name: found.value for name, found in separation.accuracies.items()}
    reached = (
        f"the {_voters(separation)} the right {separation.label} for {_percent(values[first])} of the texts"
    )
    others = {name: verdict.word for name, verdict in separation.family.verdicts.items() if name != first}
    if not others:
        return [f"in {_quoted(first)} {reached}"], False
    better = sorted(
        (name for name, word in others.items() if word == "better"), key=lambda name: -values[name]
    )
    worse = [name for name, word in others.items() if word == "worse"]
    if better:
        return [_better_words(separation, better, values)], True
    if len(worse) == len(others):
        next_best = max(worse, key=lambda name: values[name])
        return [
            f"{_quoted(first)} separates the texts by {separation.label} best: {reached}, "
            f"against {_percent(values[next_best])} in {_quoted(next_best)}"
        ], True
    if worse:
        return [
            f"no space is shown to separate the texts by {separation.label} better than {_quoted(first)} ({reached})",
            _worse_words(worse, [name for name, word in others.items() if word == "unresolved"]),
        ], True
    if all(word == "equivalent" for word in others.values()):
        within = f"differences within {share(separation.family.margin)}"
        return [
            f"all spaces separate the texts by {separation.label} equally well ({_range(values)} right, {within})"
        ], False
    return [
        f"no difference in how the spaces separate the texts by {separation.label} can be told from chance "
        f"({_range(values)} right)"
    ], False


def _worse_words(worse: list[str], unresolved: list[str]) -> str:
    """Which spaces do worse than the first, and of which it is not known: that they are not shown to does not mean no."""
    words = f"{_quoted(*worse)} {_verb(worse, 'does', 'do')} worse"
    return f"{words}, and of {_quoted(*unresolved)} it cannot be told" if unresolved else words


def _better_words(separation: Separation, better: list[str], values: dict[str, float]) -> str:
    first, top = separation.family.baseline, better[0]
    right = separation.label if separation.across else "one"  # not the right language
    also = [f"{name!r} with {_percent(values[name])}" for name in better[1:]]
    too = f" (so {_verb(also, 'does', 'do')} {listing(also)})" if also else ""
    return (
        f"{_quoted(top)} separates the texts by {separation.label} better than {_quoted(first)}: its {_voters(separation)} the right {right} for "
        f"{_percent(values[top])} of the texts, against {_percent(values[first])}{too}"
    )


def _moved_words(movement: Movement | None, regions: Sequence[str]) -> tuple[list[str], bool]:
    """The clauses about what moved, and whether a group of texts stands out."""
    if movement is None or not movement.shared:
        return [], False
    least = min(movement.shared, key=lambda name: movement.shared[name])
    if movement.shared[least] == 1:
        return ["every text has the same neighbours in all spaces"], False
    standing = [
        sentence for region, sentence in zip(movement.regions, regions, strict=True) if region.stands_out
    ]
    keeps = (
        f"{_quoted(least)} keeps {_percent(movement.shared[least])} of the neighbours that texts have in "
        f"{_quoted(movement.first)}"
    )
    if standing:
        return [f"{keeps}, and what moves most is {standing[0]}"], True
    return [f"{keeps}, and no group of texts moves much more than the rest"], False


def _percent(value: float) -> str:
    if 0.995 <= value < 1:
        return "over 99 %"
    return "under 1 %" if 0 < value < 0.005 else percent(value, space=" ")


def _range(values: dict[str, float]) -> str:
    low, high = (_percent(end) for end in (min(values.values()), max(values.values())))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _quoted(*names: str) -> str:
    return listing([repr(name) for name in names])


def _verb(names: list[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


def region_words(rows: Ints, texts: Sequence[str], labels: Sequence[Labels]) -> str:
    """What the texts at these places are: ``31 texts, mostly sci.med (84 %)``.

    Parameters
    ----------
    texts
        All texts: without labels the region is named by words that its own have and others have not.
    labels
        The first that most of the region share names it, else the first of them.
    """
    count = f"{len(rows):,} texts"
    telling = next((each for each in labels if _share_of_first(rows, each) >= _MOSTLY), None)
    chosen = telling or next(iter(labels), None)
    named = _shared_labels(rows, chosen) if chosen is not None else ""
    if named:
        return f"{count}, {named}"
    words = _typical_words(rows, texts)
    return f"{count} around {listing([f'“{word}”' for word in words])}" if words else count


def _share_of_first(rows: Ints, labels: Labels) -> float:
    return float(np.bincount(labels.codes[rows] + 1)[1:].max(initial=0) / len(rows))


def _shared_labels(rows: Ints, labels: Labels) -> str:
    counts = np.bincount(labels.codes[rows] + 1, minlength=len(labels.names) + 1)[1:]
    order = np.argsort(-counts, kind="stable")
    shares = counts / len(rows)
    if not counts.any():
        return ""
    if shares[order[0]] == 1:
        return f"all {labels.names[order[0]]}"
    if shares[order[0]] >= _MOSTLY or len(order) < 2:
        return f"mostly {labels.names[order[0]]} ({percent(shares[order[0]], space=' ')})"
    two = [f"{labels.names[kind]} ({percent(shares[kind], space=' ')})" for kind in order[:2] if counts[kind]]
    return "among them " + " and ".join(two)


def _typical_words(rows: Ints, texts: Sequence[str], *, wanted: int = 3) -> list[str]:
    """Words that more of these texts have than of all texts."""
    here, everywhere = _word_shares(texts, rows), _word_shares(texts, np.arange(len(texts)))
    lift = {word: share - everywhere.get(word, 0.0) for word, share in here.items() if share >= 0.1}
    return [word for word in sorted(lift, key=lambda word: (-lift[word], word))[:wanted] if lift[word] > 0.05]


def _word_shares(texts: Sequence[str], rows: Ints) -> dict[str, float]:
    read = rows[:: max(len(rows) // _READ, 1)]
    counts = Counter(word for row in read for word in set(_WORD.findall(texts[row][:2_000].lower())))
    return {word: count / len(read) for word, count in counts.items()}
