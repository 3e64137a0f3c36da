"""Components dealt to two sides or to folds, by size and by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Ints, Mask

FEW = 1_000  # components up to which several draws are compared
DRAWS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """m components: the rows of each class in each of them, without the zeros.

    ``classes[starts[i] : starts[i + 1]]`` are the classes of component i, and ``counts`` there its rows of each.
    """

    starts: Ints  # (m + 1,)
    classes: Ints
    counts: Ints
    sizes: Ints  # (m,) rows of each component
    class_sizes: Ints  # (c,) rows of each class

    @classmethod
    def of(cls, components: Ints, strata: Ints) -> Components:
        """From (n,) labels of components and of classes, both 0, 1, ... without gaps."""
        n_classes = strata.max(initial=-1) + 1
        codes, counts = np.unique(components * n_classes + strata, return_counts=True)
        owner = codes // max(n_classes, 1)
        sizes = np.bincount(components)
        return cls(
            starts=np.searchsorted(owner, np.arange(len(sizes) + 1)),
            classes=codes % max(n_classes, 1),
            counts=counts,
            sizes=sizes,
            class_sizes=np.bincount(strata),
        )

    def __len__(self) -> int:
        return len(self.sizes)

    def parts(self) -> list[list[tuple[int, int]]]:
        """For each component its (class, rows) pairs."""
        pairs = list(zip(self.classes.tolist(), self.counts.tolist(), strict=True))
        return [pairs[a:b] for a, b in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)]


def draw_side(components: Components, *, share: float, rng: np.random.Generator) -> Mask:
    """(m,) which components are held out, at random, about ``share`` of the rows and of every class."""
    parts = components.parts()
    quotas = _quotas(components.class_sizes, share, rng)

    def draw() -> tuple[int, int, Mask]:
        side = _fill(parts, quotas, rng)
        _cover(components, parts, side)
        held_out = _class_rows(components, side)
        return abs(int(held_out.sum() - quotas.sum())), int(np.abs(held_out - quotas).sum()), side

    draws = [draw() for _ in range(DRAWS if len(components) <= FEW else 1)]
    _, _, side = min(draws, key=lambda drawn: drawn[:2])
    return side


def deal_folds(components: Components, *, folds: int, rng: np.random.Generator) -> Ints:
    """(m,) the fold of each component: the largest first, each to the fold that has least of its classes, then least rows."""
    shuffled = rng.permutation(len(components))
    first_class = components.classes[components.starts[:-1]]
    order = shuffled[np.lexsort((first_class[shuffled], -components.sizes[shuffled]))]
    parts = components.parts()
    weights = (1.0 / components.class_sizes).tolist()
    held = [[0] * len(weights) for _ in range(folds)]
    totals = [0] * folds
    fold_order = rng.permutation(folds).tolist()  # so that the same fold does not get every odd row
    chosen = np.empty(len(components), dtype=np.int64)
    for i in order.tolist():
        fold = min(
            fold_order, key=lambda f: (sum(k * held[f][c] * weights[c] for c, k in parts[i]), totals[f])
        )
        chosen[i] = fold
        for c, k in parts[i]:
            held[fold][c] += k
            totals[fold] += k
    return chosen


def _quotas(class_sizes: Ints, share: float, rng: np.random.Generator) -> Ints:
    """Rows of each class to hold out: the largest remainders are rounded up until the sum is right."""
    exact = class_sizes * share
    quotas: Ints = np.floor(exact).astype(np.int64)
    total = min(max(round(class_sizes.sum() * share), 1), class_sizes.sum() - 1)
    by_remainder = np.lexsort((rng.random(len(exact)), -(exact - quotas)))
    quotas[by_remainder[: total - quotas.sum()]] += 1
    return quotas


def _fill(parts: list[list[tuple[int, int]]], quotas: Ints, rng: np.random.Generator) -> Mask:
    """One random draw: components of several classes first, since those of one class can then even out."""
    csv_rows = quotas.tolist()
    order = sorted(rng.permutation(len(parts)).tolist(), key=lambda i: len(parts[i]) == 1)
    side = np.zeros(len(parts), dtype=bool)
    for exact in (True, False):
        left = sum(csv_rows)
        for i in order:
            size = sum(k for _, k in parts[i])
            if not side[i] and _is_welcome(parts[i], size, csv_rows, left, exact=exact):
                side[i] = True
                left -= size
                for c, k in parts[i]:
                    csv_rows[c] -= k
    return side


def _is_welcome(
    part: list[tuple[int, int]], size: int, csv_rows: list[int], left: int, *, exact: bool
) -> bool:
    """Whether a component brings the side nearer to its quotas; ``exact``: without going beyond them."""
    if size > left if exact else size >= 2 * left:
        return False
    if exact and len(part) == 1:
        return part[0][1] <= csv_rows[part[0][0]]
    return sum(abs(csv_rows[c] - k) - abs(csv_rows[c]) for c, k in part) < 0


def _cover(components: Components, parts: list[list[tuple[int, int]]], side: Mask) -> None:
    """Move single components so that both sides have rows, and rows of each class where it has two components."""
    owners: dict[int, list[int]] = {}
    for i, part in enumerate(parts):
        for c, _ in part:
            owners.setdefault(c, []).append(i)
    sizes = components.sizes
    for wanted in (True, False):
        for held in owners.values():
            if len(held) >= 2 and not any(side[i] == wanted for i in held):
                movable = [i for i in held if _is_spare(i, parts, owners, side)]
                if movable:
                    side[min(movable, key=lambda i: sizes[i])] = wanted
        if not (side == wanted).any():
            side[np.argmin(sizes)] = wanted


def _is_spare(i: int, parts: list[list[tuple[int, int]]], owners: dict[int, list[int]], side: Mask) -> bool:
    """Whether every class of component i that others have too stays on its side without it."""
    return all(
        len(owners[c]) < 2 or any(side[j] == side[i] for j in owners[c] if j != i) for c, _ in parts[i]
    )


def _class_rows(components: Components, side: Mask) -> Ints:
    chosen = np.repeat(side, np.diff(components.starts))
    rows = np.bincount(
        components.classes[chosen], weights=components.counts[chosen], minlength=len(components.class_sizes)
    )
    return rows.astype(np.int64)
