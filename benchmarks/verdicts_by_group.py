"""Does accuracy by groups keep its promise? Simulated groups of all sorts, many studies at once.

    python benchmarks/verdicts_by_group.py              # 1,000 studies a line: about a quarter of an hour on two cores

Two tables: heads that are equal, or of which one leads, over sizes of groups and ties within them, beside the method
that came before; and worlds made to break the test, by how much the largest group weighs. Prints Markdown.
"""

from __future__ import annotations

import argparse
from functools import partial
from itertools import pairwise

import numpy as np

import verdict_worlds as worlds
from semascope.stats.guards import why_lopsided
from semascope.stats.mcnemar import compare_hits
from semascope.stats.paired import compare_means, sign_flip_p, without_largest
from semascope.stats.units import Units, outweighed
from verdicts import Run, columns, heading, row

KINDS = (
    ("1", (0.0,)),
    ("1, one pair", (0.0,)),
    ("1 to 5", (0.0, 0.5, 1.0)),
    ("heavy tails", (0.0, 0.5, 1.0)),
)
COUNTS = (30, 100, 300)
DISCORDANT = (0.05, 0.1, 0.3)


def hits_studies(
    kind: str, groups: int, within: float, discordant: float, lead: float, seed: int
) -> np.ndarray:
    """(8, 100) of as many studies at once, in which the second of two cells leads by ``lead`` standard errors.

    A word, p below 0.05, an interval with the truth in it, one that denies p, a word held back; then, in every fifth
    hundred, what the method that came before said.
    """
    rng = np.random.default_rng([seed, groups, round(100 * discordant)])
    sums, sizes, gains = (
        np.stack(part, axis=-1)
        for part in zip(
            *(one_of_hits(rng, kind, groups, within, discordant, lead) for _ in range(100)), strict=True
        )
    )
    units = Units(index=np.arange(groups), count=groups, grouped=True)
    found = compare_hits(sums, sizes, units=units)
    small = found.p < 0.05
    weighty = np.flatnonzero(outweighed(sizes) & small)
    stands = np.ones(len(gains), dtype=bool)
    if len(weighty):
        fewer = without_largest(sums[:, weighty], sizes[:, weighty])
        stands[weighty] = compare_hits(*fewer, units=units).p < 0.05
        stands &= ~lopsided(found.skewness, groups)
    covers = (found.low <= gains) & (gains <= found.high)
    denies = (small == ((found.low <= 0) & (found.high >= 0))) & (found.low != 0) & (found.high != 0)
    before = np.full((3, len(gains)), np.nan) if seed % 5 else before_mid_p(sums, sizes, gains, units)
    return np.array([small & stands, small, covers, denies, small & ~stands, *before])


def before_mid_p(sums: np.ndarray, sizes: np.ndarray, gains: np.ndarray, units: Units) -> np.ndarray:
    """(3, 100) a word, p below 0.05 and covers, of the sign flip and bootstrap-t that other measures have."""
    found = compare_means(sums, sizes, units=units, draws=1_000, seed=0)
    firm = sign_flip_p(without_largest(sums, sizes)[0], draws=1_000, seed=0) < 0.05
    small = found.p < 0.05
    stands = firm & ~lopsided(found.skewness, units.count)
    return np.array([small & stands, small, (found.low <= gains) & (gains <= found.high)])


def lopsided(skewness: np.ndarray, groups: int) -> np.ndarray:
    return np.array([bool(why_lopsided(float(one), groups, "groups")) for one in skewness])


def one_of_hits(
    rng: np.random.Generator, kind: str, groups: int, within: float, discordant: float, lead: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Sums and sizes of the groups, and the true difference."""
    sizes = worlds.group_sizes(rng, kind, groups)
    effect = 1 + within * ((sizes**2).sum() / sizes.sum() - 1)
    gain = min(lead * np.sqrt(discordant * effect / sizes.sum()), discordant)
    change, labels = worlds.change_in_groups(rng, sizes, discordant=discordant, within=within, gain=gain)
    return np.bincount(labels, change, minlength=groups), sizes.astype(np.float64), gain


def groups_table(run: Run) -> None:
    heading(
        f"Hits in groups: {run.studies} studies a line and share of discordant rows, one candidate, margin 0"
    )
    at = " / ".join(f"{100 * share:.0f}" for share in DISCORDANT)
    columns(
        f"sizes | groups | within | false word at {at} % discordant | p below 0.05 | covers | denies p | held back |"
        " found at 3 SE | before: false word | covers | found"
    )
    for kind, ties in KINDS:
        for groups in COUNTS:
            for within in ties:
                none, lead = (
                    np.array([hits_shares(run, kind, groups, within, share, se) for share in DISCORDANT]).T
                    for se in (0.0, 3.0)
                )
                shown = (*none[[0, 1, 2, 3, 4]], lead[0], none[5], none[7], lead[5])
                row(kind, groups, within, *(" / ".join(f"{100 * x:.1f}" for x in part) for part in shown))


def hits_shares(
    run: Run, kind: str, groups: int, within: float, discordant: float, lead: float
) -> np.ndarray:
    """(8,) shares over all studies."""
    study = partial(hits_studies, kind, groups, within, discordant, lead)
    return np.nanmean(np.concatenate(run.each(study, max(run.studies // 100, 1)), axis=1), axis=1)


# --- worlds made to break the test --------------------------------------------------------------------------------------

UNEVEN = ((2, 0.1, 0.5), (5, 0.1, 0.3), (5, 0.02, 0.5), (10, 0.1, 0.3), (10, 0.03, 0.5), (30, 0.03, 0.3))
WEIGHTS = (0.0, 0.1, 0.2, 0.4, 1.0)


def weights_table(run: Run) -> None:
    heading(
        "Few large groups that lose what many single rows win: p below 0.05 by the largest group's share of squares"
    )
    bins = [f"{low:g} to {high:g}" for low, high in pairwise(WEIGHTS)]
    columns("rows of a large group | share that is large | lost by each | groups | " + " | ".join(bins))
    for size, share, lost in UNEVEN:
        for groups in COUNTS:
            study = partial(uneven_studies, size, share, lost, groups)
            weight, small = np.concatenate(run.each(study, max(run.studies // 100, 1)), axis=1)
            shown = []
            for low, high in pairwise(WEIGHTS):
                there = (weight > low) & (weight <= high)
                shown.append(
                    f"{100 * small[there].mean():.0f} (of {there.sum()})" if there.sum() >= 30 else ""
                )
            row(size, share, lost, groups, *shown)


def uneven_studies(size: int, share: float, lost: float, groups: int, seed: int) -> np.ndarray:
    """(2, at most 100) the largest group's share of all squares, and p below 0.05, where a large group was drawn.

    A large group loses all its rows with probability ``lost``, a single row is won so often that both heads are equal.
    """
    rng = np.random.default_rng([seed, size, groups])
    large = rng.random((groups, 100)) < share
    won = rng.random((groups, 100)) < lost * share * size / (1 - share)
    sizes = np.where(large, float(size), 1.0)
    sums = np.where(large, np.where(rng.random((groups, 100)) < lost, -sizes, 0.0), won)
    p = compare_hits(sums, sizes, units=Units(index=np.arange(groups), count=groups, grouped=True)).p
    return np.array([sizes.max(axis=0) ** 2 / (sizes**2).sum(axis=0), p < 0.05])[:, large.any(axis=0)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=1_000, help="studies a line, in hundreds")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=("groups", "weights"), help="this table alone")
    settings = parser.parse_args()
    run = Run(studies=settings.studies, draws=1_000, processes=settings.processes)
    if settings.only != "weights":
        groups_table(run)
    if settings.only != "groups":
        weights_table(run)


if __name__ == "__main__":
    main()
