"""Whether texts say their own target: ``[stars: 4]``, ``Rating: 4/5``, the name of the class.

A place that many texts share is a column in disguise: what follows ``stars:``, the number before ``stars``, the first
and the last word, whether ``[spam]`` stands there at all. A place is reported when it settles the target by itself; words
that are merely telling ("excellent") are far from that.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from semascope.data.shortcut import numbered, share_of_classes, share_of_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.types import Floats, Ints, Mask

SETTLES = 0.8  # of the variance (or of what guessing misses), among the texts that have the place
LEAST_SHARE, FEWEST = 0.05, 15  # of the looked-at texts, and how many of them, that have it
FEWEST_OTHERS = 5  # texts at the place that are not of its commonest class
NAMED_SHARE, NAMED_RIGHT = 0.3, 0.95  # texts that name exactly one class, and how many of them rightly
LOOKED_AT = 1_000  # texts
ENDS = 700  # characters looked at from the beginning of a text, and as many from its end
MARKS = frozenset("[](){}<>#@*|=_~^")  # words that merely occur settle a language; a mark has one of these
LONGEST = 40  # characters of what stands in a place
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+|[^\w\s]|[\d_]")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
_CHUNK = re.compile(r"\S+")
_OUTER = ".,;:!?()[]{}<>'\"|«»“”*=#"
_FIRST, _LAST, _FIRST_NUMBER, _LAST_NUMBER = ("first",), ("last",), ("first number",), ("last number",)

Key: TypeAlias = tuple[str, ...]
Target: TypeAlias = "Floats | Sequence[str]"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Told:
    """A place in the texts that gives the target away."""

    place: str  # "what follows “stars:”"
    share: float  # of the looked-at texts that have it
    explained: float  # of the target there: R2, or Goodman and Kruskal's tau; for names of classes the share that is right
    row: int  # position of a text that shows it
    example: str  # the stretch of that text


class Places:
    """The places of n texts, found once for all targets.

    Parameters
    ----------
    texts
        n texts; ``LOOKED_AT`` of them are looked at, and of a long one the first and the last ``ENDS`` characters.
    seed
        Of that draw.

    Notes
    -----
    On the files of reviews, sentences, abstracts and posts that the bounds were set on (``docs/data.md``), no place that
    a twentieth of the texts share reached 0.75.
    """

    def __init__(self, texts: Sequence[str], *, seed: int = 42) -> None:
        self.rows: Ints = np.arange(len(texts))
        if len(texts) > LOOKED_AT:
            drawn = np.random.default_rng(seed).choice(len(texts), size=LOOKED_AT, replace=False)
            self.rows = np.sort(drawn)
        self.texts = [_ends(texts[row]) for row in self.rows]

    def told(self, target: Target) -> Told | None:
        """The place that says most of a target; None when none settles it.

        Parameters
        ----------
        target
            n numbers (NaN is missing) or n names of classes ("" is missing).

        Examples
        --------
        >>> stars = [1 + row % 5 for row in range(60)]
        >>> texts = [f"{'ab'[row % 2]} {row * 7 % 11} [stars: {each}] calm" for row, each in enumerate(stars)]
        >>> found = Places(texts).told(np.array(stars, dtype=float))
        >>> found.place, found.share, round(found.explained, 3), found.example
        ('what follows “stars:”', 1.0, 1.0, 'a 0 [stars: 1] calm')
        """
        taken = _Taken.of(target, self.rows)
        least = max(FEWEST, LEAST_SHARE * taken.known.sum())
        found = [*self._places(taken, least), *self._marks(taken, least), *self._names(taken)]
        return max(found, key=_weight, default=None)

    @cached_property
    def _spots(self) -> dict[Key, dict[int, tuple[int, int]]]:
        """By place: in which texts it is, where it begins there and where the value begins that stands in it."""
        least = max(FEWEST, LEAST_SHARE * len(self.texts))
        each = [_spots_of(text) for text in self.texts]
        counted = Counter(key for spots in each for key in spots)
        found: dict[Key, dict[int, tuple[int, int]]] = defaultdict(dict)
        for place, spots in enumerate(each):
            for key, spot in spots.items():
                if counted[key] >= least:
                    found[key][place] = spot
        return dict(found)

    @cached_property
    def _columns(self) -> dict[Key, tuple[Ints, Ints, Floats | None]]:
        """By place: texts that have it, what stands there as numbers of a group, and its number where nine of ten have one."""
        columns = {}
        for key, spots in self._spots.items():
            values = [_value(self.texts[place], start) for place, (_, start) in spots.items()]
            numbers = np.array([_number(value) for value in values])
            numeric = np.isfinite(numbers).mean() >= 0.9
            if len(set(values)) > 1 and (numeric or len(set(values)) <= len(values) / 2):
                groups = numbered(np.array(values, dtype=object))
                columns[key] = np.array(list(spots)), groups, numbers if numeric else None
        return columns

    def _places(self, taken: _Taken, least: float) -> Iterator[Told]:
        for key, (places, groups, numbers) in self._columns.items():
            kept = np.flatnonzero(taken.known[places])
            if len(kept) < least or taken.others(places[kept]) < FEWEST_OTHERS:
                continue
            share = taken.explained_by(groups[kept], places[kept])
            if numbers is not None:
                share = max(share, taken.follows(numbers[kept], places[kept]))
            if share >= SETTLES:
                yield self._told(key, taken, len(kept), share, int(places[kept[0]]))

    def _marks(self, taken: _Taken, least: float) -> Iterator[Told]:
        """Places whose being there at all settles the target, such as ``[spam]``."""
        known = np.flatnonzero(taken.known)
        if len(known) < 2 * FEWEST:
            return
        for key, spots in self._spots.items():
            if not MARKS.intersection("".join(key[1:])):
                continue
            there = np.isin(known, list(spots))
            if not least <= there.sum() <= len(known) - FEWEST:
                continue
            share = taken.explained_by(there.astype(np.int64), known)
            if share >= SETTLES:
                place = int(known[there][0])
                start, value = spots[place]
                yield Told(
                    place=f"whether “{''.join(key[1:])}” stands there",
                    share=float(there.mean()),
                    explained=share,
                    row=int(self.rows[place]),
                    example=_stretch(self.texts[place], start, value),
                )

    def _names(self, taken: _Taken) -> Iterator[Told]:
        """Texts that name exactly one class, anywhere."""
        names = {" ".join(name.casefold().split()): name for name in taken.names if name}
        if len(names) < 2 or all(map(_NUMBER.fullmatch, names)):
            return
        pattern = re.compile(
            r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(names, key=len)[::-1])) + r")(?!\w)"
        )
        right, shows = [], -1
        known = np.flatnonzero(taken.known)
        for place in known.tolist():
            named = {names[each] for each in pattern.findall(self.texts[place].casefold())}
            if len(named) == 1:
                right.append(named == {taken.names[taken.classes[place]]})
                shows = place if right[-1] and shows < 0 else shows
        share = len(right) / max(len(known), 1)
        if len(right) >= FEWEST and share >= NAMED_SHARE and np.mean(right) >= NAMED_RIGHT:
            start = pattern.search(self.texts[shows].casefold()).start()  # type: ignore[union-attr]
            yield Told(
                place="the name of one class in the text",
                share=share,
                explained=float(np.mean(right)),
                row=int(self.rows[shows]),
                example=_stretch(self.texts[shows], start, start),
            )

    def _told(self, key: Key, taken: _Taken, count: int, explained: float, place: int) -> Told:
        start, value = self._spots[key][place]
        return Told(
            place=_words_of(key, self.texts[place][start:value].strip()),
            share=float(count / taken.known.sum()),
            explained=float(explained),
            row=int(self.rows[place]),
            example=_stretch(self.texts[place], start, value),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Taken:
    """A target on the looked-at texts: numbers, or classes by number."""

    known: Mask
    numbers: Floats | None
    classes: Ints
    names: Sequence[str]

    @classmethod
    def of(cls, target: Target, rows: Ints) -> _Taken:
        if isinstance(target, np.ndarray):
            numbers = np.asarray(target, dtype=np.float64)[rows]
            return cls(known=np.isfinite(numbers), numbers=numbers, classes=numbered(numbers), names=())
        labels = [target[row] for row in rows]
        known = np.array([bool(label) for label in labels], dtype=bool)
        return cls(
            known=known,
            numbers=None,
            classes=numbered(np.array(labels, dtype=object)),
            names=sorted(map(str, set(labels))),
        )

    def others(self, places: Ints) -> int:
        return len(places) - int(np.bincount(self.classes[places]).max(initial=0))

    def explained_by(self, groups: Ints, places: Ints) -> float:
        if self.numbers is not None:
            share = share_of_numbers(groups, self.numbers[places])
        else:
            share = share_of_classes(groups, self.classes[places])
        return share if np.isfinite(share) else 0.0

    def follows(self, numbers: Floats, places: Ints) -> float:
        """Squared correlation with the target, of the values or of their ranks; 0 for classes."""
        if self.numbers is None:
            return 0.0
        given = np.isfinite(numbers)
        return followed(numbers[given], self.numbers[places][given])


def followed(numbers: Floats, target: Floats) -> float:
    """Squared correlation of two columns, of their values or of their ranks, whichever is larger; 0 where one is constant.

    Examples
    --------
    >>> followed(np.array([1.0, 2, 3, 4]), np.array([1.0, 10, 100, 1000]))
    1.0
    """
    from scipy.stats import rankdata

    if len(numbers) < 3 or np.ptp(numbers) == 0 or np.ptp(target) == 0:
        return 0.0
    pairs = ((numbers, target), (rankdata(numbers), rankdata(target)))
    return float(max(round(np.corrcoef(*pair)[0, 1] ** 2, 12) for pair in pairs))


def _spots_of(text: str) -> dict[Key, tuple[int, int]]:
    """The places of one text: where each begins, and where its value does. A place counts once, where it comes first."""
    tokens = [(found[0].casefold(), found.start()) for found in _TOKEN.finditer(text)]
    spots: dict[Key, tuple[int, int]] = {}
    for (before, start), (token, value) in pairwise(tokens):
        if token[0].isalnum():
            spots.setdefault(("after", before), (start, value))
    for place in range(2, len(tokens)):
        (first, start), (second, _), (token, value) = tokens[place - 2 : place + 1]
        if token[0].isalnum():
            spots.setdefault(("after", first, second), (start, value))
    numbers = [place for place, (token, _) in enumerate(tokens) if token[0].isdigit()]
    for place in numbers:
        start = tokens[place][1]
        for many in (1, 2):
            behind = tuple(token for token, _ in tokens[place + 1 : place + 1 + many])
            if len(behind) == many:
                spots.setdefault(("before", *behind), (start, start))
    worded = [start for token, start in tokens if token[0].isalnum()]
    for key, starts in ((_FIRST, worded[:1]), (_LAST, worded[-1:])):
        for start in starts:
            spots[key] = (start, start)
    for key, ends in ((_FIRST_NUMBER, numbers[:1]), (_LAST_NUMBER, numbers[-1:])):
        for place in ends:
            spots[key] = (tokens[place][1], tokens[place][1])
    return spots


def _weight(told: Told) -> tuple[float, float, bool, int]:
    """What it says of the whole target; of equal places the one that is named best."""
    says = round(told.share * told.explained, 2), round(told.explained, 3)
    return *says, told.place.startswith("what follows"), len(told.place)


def _words_of(key: Key, written: str) -> str:
    if key == _FIRST:
        return "the first word"
    if key == _LAST:
        return "the last word"
    if key in (_FIRST_NUMBER, _LAST_NUMBER):
        return f"the {key[0]}"
    return f"what follows “{written}”" if key[0] == "after" else f"the number before “{' '.join(key[1:])}”"


def _value(text: str, start: int) -> str:
    sign = (
        "-"
        if text[start - 1 : start] == "-" and text[start - 2 : start - 1] in ("", " ", ":", "=", "[", "(")
        else ""
    )
    found = _CHUNK.match(text, start)
    return sign + found[0][:LONGEST].strip(_OUTER).casefold() if found else ""


def _number(value: str) -> float:
    found = _NUMBER.match(value)
    return float(found[0].replace(",", ".")) if found else float("nan")


def _ends(text: str) -> str:
    return text if len(text) <= 2 * ENDS else f"{text[:ENDS]}\n{text[-ENDS:]}"


def _stretch(text: str, start: int, value: int) -> str:
    """The words around a place, on one line."""
    left, right = max(start - 25, 0), min(value + 30, len(text))
    if left:
        left = text.find(" ", left, start) + 1 or left
    if right < len(text):
        right = text.rfind(" ", value + 1, right) if text.rfind(" ", value + 1, right) > value else right
    cut = " ".join(text[left:right].split())
    return ("… " if left else "") + cut + (" …" if right < len(text) else "")
