"""Which labelled texts a tuning learns from, which choose, and which estimate, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.odd import is_empty
from semascope.data.spellings import join_spellings
from semascope.data.splits import by_appearance, group_labels, join_components, make_split
from semascope.errors import DataError
from semascope.retrieval.collections.note import counted
from semascope.studies.tuned.asking.shares import check_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DividedTexts:
    """Places of the texts of each side, ascending."""

    learning: Ints  # with a text of every label
    choosing: Ints
    estimating: Ints
    left_out: Mapping[int, str]  # texts of no side, and why
    units: Ints  # (n,) texts of one label were not parted


def divide_texts(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    group: Sequence[str] | None = None,
    test_size: float = 0.2,
    choosing: float = 0.1,
    seed: int = 42,
) -> DividedTexts:
    """The side of each of n texts that has a label.

    Parameters
    ----------
    texts, labels
        n each; those without a text or a label are left out. Labels keep their shares on every side as far as units allow.
    group
        n names; texts of one name are on one side, as near-copies are. An empty name joins nothing.
    test_size, choosing
        Shares of the texts that estimate and that choose, at least one unit each.
    seed
        Of the draw.

    Returns
    -------
    DividedTexts
        Whole units on each side. A label that only held-out units have gives its smallest one to learning.

    Raises
    ------
    ConfigError
        For shares that leave a side nothing.
    DataError
        Where too few units are there for three sides and every label in learning; for columns of different length.
    """
    check_shares(test_size, choosing, "texts")
    if len(texts) != len(labels) or (group is not None and len(group) != len(texts)):
        raise DataError(
            f"{len(texts)} texts, {len(labels)} labels{'' if group is None else f' and {len(group)} groups'} are given; each text needs"
            " one; give columns of one table"
        )
    names = join_spellings(labels).values
    left = {place: "has no label" for place, name in enumerate(names) if not name}
    left |= {place: "has no text" for place, text in enumerate(texts) if is_empty(text)}
    kept = np.array([place for place in range(len(texts)) if place not in left], dtype=np.int64)
    units = _units(texts, group)
    sides = _Sides(units[kept], [names[place] for place in kept.tolist()], grouped=group is not None)
    sides.draw(test_size=test_size, choosing=choosing, seed=seed)
    return DividedTexts(
        learning=kept[sides.side == _LEARNING],
        choosing=kept[sides.side == _CHOOSING],
        estimating=kept[sides.side == _ESTIMATING],
        left_out=left,
        units=units,
    )


_LEARNING, _CHOOSING, _ESTIMATING = range(3)


class _Sides:
    """The side of each of k texts, by their units and labels."""

    def __init__(self, units: Ints, names: Sequence[str], *, grouped: bool) -> None:
        self.units = by_appearance(units)
        self.labels = np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
        self.names, self.grouped = sorted(set(names)), grouped
        self.side = np.full(len(units), _LEARNING, dtype=np.int64)

    def draw(self, *, test_size: float, choosing: float, seed: int) -> None:
        count = len(self.side)
        if len(np.unique(self.units)) < 3:
            raise DataError(self._lack())
        held = make_split(self.units, strata=self.labels, test_size=test_size, seed=seed).test
        self.side[held] = _ESTIMATING
        while len(np.unique(self.units[self.side == _LEARNING])) < 2:
            self._move(self._smallest(self.side == _ESTIMATING), _LEARNING)
        rest = np.flatnonzero(self.side == _LEARNING)
        share = min(choosing * count / len(rest), 1 - 1e-9)
        drawn = make_split(self.units[rest], strata=self.labels[rest], test_size=share, seed=seed + 1)
        self.side[rest[drawn.test]] = _CHOOSING
        self._give_labels()
        for side in (_CHOOSING, _ESTIMATING):
            if not (self.side == side).any():
                raise DataError(self._lack())

    def _give_labels(self) -> None:
        """Every label to learning: the smallest unit that has it, of the choosing ones before the estimating ones."""
        for label in range(len(self.names)):
            there = self.labels == label
            if (self.side[there] == _LEARNING).any():
                continue
            chooses = there & (self.side == _CHOOSING)
            self._move(self._smallest(chooses if chooses.any() else there), _LEARNING)

    def _smallest(self, among: Mask) -> int:
        sizes = np.bincount(self.units)
        return int(min(np.unique(self.units[among]).tolist(), key=lambda unit: (sizes[unit], unit)))

    def _move(self, unit: int, side: int) -> None:
        self.side[self.units == unit] = side

    def _lack(self) -> str:
        units = len(np.unique(self.units))
        return (
            f"{counted(len(self.side), 'text')} of {counted(len(self.names), 'label')} make {counted(units, 'unit')} (near-copies stay"
            f" together{', and so does a group' if self.grouped else ''}); learning needs one of every label, choosing and estimating one"
            " each beside; give more texts" + (", or leave out the group" if self.grouped else "")
        )


def _units(texts: Sequence[str], group: Sequence[str] | None) -> Ints:
    copies = find_duplicates(texts).near
    return copies if group is None else join_components(copies, group_labels(group))
