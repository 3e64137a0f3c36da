"""Which rows train and which judge in a geometry: copies and groups stay on one side. Letters: n rows, l labels."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.splits import by_appearance, group_labels, join_components, make_split
from semascope.errors import DataError
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.types import Array, Ints

FEWEST = 20  # rows below which neither folds nor a held-out side say anything
MOST_TRAINED = 10_000  # training rows that a probe is fitted on: more take minutes a space


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelSides:
    """The rows that train and the rows that judge, of those whose label stands on both sides."""

    train: Ints  # ascending
    test: Ints
    components: Ints  # (n,) rows that stay on one side
    units: list[int] | None  # of the held-out rows: what counts as one; None when that is the row
    labels: int  # that stand on both sides
    notes: tuple[str, ...] = ()
    reason: str = ""  # why there are no sides; "" when there are

    def probed(self, codes: Ints, *, seed: int) -> Ints:
        """The training rows that fit a probe: all, or ``MOST_TRAINED`` of them, every label among them."""
        if len(self.train) <= MOST_TRAINED:
            return self.train
        drawn = np.random.default_rng([seed, 5]).permutation(self.train)
        first = np.unique(codes[drawn], return_index=True)[1]
        return np.sort(np.concatenate([drawn[first], np.delete(drawn, first)])[:MOST_TRAINED])

    def trained_note(self) -> str:
        """What a reader must know of probes on fewer rows than there are; "" where they have all."""
        if len(self.train) <= MOST_TRAINED:
            return ""
        return f"Probes are fitted on {MOST_TRAINED:,} of {len(self.train):,} training rows."


def rows_together(
    texts: Sequence[str], *, groups: Sequence[str] | None = None, kinds: Ints | None = None
) -> Ints:
    """(n,) labels of rows that must stay on one side: exact and near copies, rows of one group, equal vectors.

    Parameters
    ----------
    groups
        (n,) group of each row, "" for a row of its own; None without groups.
    kinds
        (n,) numbers that are equal where the vectors are, as ``spaces.preparing`` has them; None to ask the texts alone.

    Examples
    --------
    >>> rows_together(["high tide", "High  tide", "ebb"], groups=["a", "b", "b"]).tolist()
    [0, 0, 0]
    """
    labelings = [find_duplicates(texts).near]
    if groups is not None:
        labelings.append(group_labels(groups))
    if kinds is not None:
        labelings.append(np.asarray(kinds))
    return join_components(*labelings)


def equal_rows(spaces: Iterable[Array]) -> Ints:
    """(n,) numbers from 0, equal where two rows are equal in every space.

    Examples
    --------
    >>> equal_rows([np.array([[1.0], [2.0], [1.0]]), np.array([[0.0], [0.0], [0.0]])]).tolist()
    [0, 1, 0]
    """
    spaces = [np.ascontiguousarray(space) for space in spaces]
    known: dict[tuple[bytes, ...], int] = {}
    found = np.empty(len(spaces[0]), dtype=np.int64)
    for row in range(len(found)):
        content = tuple(blake2b(space[row].tobytes(), digest_size=16).digest() for space in spaces)
        found[row] = known.setdefault(content, len(known))
    return found


def split_labels(
    codes: Ints, names: Sequence[str], components: Ints, *, label: str, test_size: float, seed: int
) -> LabelSides:
    """One split, stratified by label, that tears no component apart.

    Parameters
    ----------
    codes
        (n,) label of each row, -1 for none.
    names
        (l,) of the labels.
    components
        (n,) rows that must stay on one side (``rows_together``).
    label
        Name of the column, for the reason.
    """
    check_rows(codes, components)
    components = by_appearance(components)
    known = codes >= 0
    pairs = np.unique(np.stack([codes[known], components[known]]), axis=1)
    parts = np.bincount(pairs[0], minlength=len(names))
    rows = np.bincount(codes[known], minlength=len(names))
    lone = np.flatnonzero((parts < 2) & (rows > 0))
    kept = np.flatnonzero(known & ~np.isin(codes, lone))
    notes = _lone_note([names[code] for code in lone.tolist()])
    labels = int((parts >= 2).sum())
    reason = _why_no_sides(label, codes[known], kept, labels, components)
    if reason:
        nothing = np.empty(0, dtype=np.int64)
        return LabelSides(
            train=nothing,
            test=nothing,
            components=components,
            units=None,
            labels=labels,
            notes=notes,
            reason=reason,
        )
    split = make_split(components[kept], strata=codes[kept], test_size=test_size, seed=seed)
    train, test = kept[split.train], kept[split.test]
    return LabelSides(
        train=train,
        test=test,
        components=components,
        units=units_of(components[test]),
        labels=labels,
        notes=notes,
    )


def units_of(components: Ints) -> list[int] | None:
    """(k,) what counts as one of some held-out rows; None where each row is one."""
    if len(np.unique(components)) == len(components):
        return None
    found: list[int] = components.tolist()
    return found


def check_rows(codes: Ints, *others: Ints | Mapping[str, Array]) -> None:
    """Refuse columns and spaces that are not of the same rows."""
    for other in others:
        parts = other.items() if hasattr(other, "items") else [("components", other)]
        for name, values in parts:
            if len(values) != len(codes):
                raise DataError(
                    f"{name!r} has {count(len(values), 'row')} for {count(len(codes), 'label')}; each row needs both; "
                    "pass the same rows everywhere"
                )


def _lone_note(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    what = "label stands" if len(names) == 1 else "labels stand"
    return (
        f"{len(names):,} {what} in one row alone, or in copies of it, and cannot be on both sides of a split: "
        f"{listing(names, limit=3)}, left out.",
    )


def _why_no_sides(label: str, told: Ints, kept: Ints, labels: int, components: Ints) -> str:
    if not len(told):
        return f"{label!r} has no label"
    if len(np.unique(told)) < 2:
        return f"{label!r} has only one label"
    if labels < 2:
        return f"fewer than two labels of {label!r} have two rows that differ"
    if len(np.unique(components[kept])) < 2:
        return "all rows belong together (copies of one text, or one group)"
    if len(kept) < FEWEST:
        return f"{count(len(kept), 'row')} with such a label; a split needs {FEWEST}"
    return ""
