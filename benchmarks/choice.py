"""What it costs in true quality to advise the cheapest cell that is not clearly behind, and what it saves.

    python benchmarks/choice.py [--draws 1000] [--measure mae accuracy]

Simulated studies whose true errors are known: a constant, the words, and three encoders of 2.2, 3.6 and 140 seconds per 1,000
texts with three heads each. Rows of cells are related as on real files: the 95 % half-width of a paired difference at 100 rows is
5.5 % of the error between heads on one encoder and 10.7 % between encoders (docs/verdicts_measured.md has 6 and 11), and a head moves by
3 % at 300 rows when it is fitted anew. Everything that chooses is the product's own code.

Worlds: *drawn*, whose encoders, heads and words differ by what is usual; *equal*, where all that read the texts are alike; and
*worse*, where the dear encoder is the best and all that is cheaper is worse by so many margins: the worst of a fine grid is shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import norm

from semascope.stats.measures import get_measure
from semascope.studies.choice import Standing, advise, allowed

ROWS = (60, 150, 400, 1000, 3000)
READS = ("nothing", "words", *["vectors"] * 9)
SECONDS = np.array([0.0, 0.3, *[2.2] * 3, *[3.6] * 3, *[140.0] * 3])
ENCODER = np.repeat(np.arange(3), 3)
DEAR = slice(8, 11)
WORSE = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # margins
RULES: dict[str, Callable[[float, float], float]] = {
    "the margin alone": lambda margin, error: margin,
    "or one standard error": max,
    "the product's rule": allowed,
}


class Errors:
    """Absolute errors: the best cell of a world has a mean of 1, and a margin is 0.05."""

    measure, margin = get_measure("mae", "regression"), 0.05

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """(11,) what the cells truly lose where they differ by what is usual."""
        true = np.empty(11)
        true[0] = 1 + abs(rng.normal(0.2, 0.15))
        true[1] = rng.normal(1, 0.12)
        true[2:] = 1 + rng.normal(0, 0.1, 3)[ENCODER] + rng.normal(0, 0.03, 9)
        return true / true.min()

    def worse(self, margins: float) -> np.ndarray:
        """(11,) what they lose where all that is cheaper is worse by as much."""
        true = np.full(11, 1 + margins * self.margin)
        true[0], true[DEAR] = 1.3, 1.0
        return true

    def seen(self, rng: np.random.Generator, true: np.ndarray, rows: int) -> np.ndarray:
        """(11, rows) losses out of fold."""
        shared = rng.normal(0, 0.6, rows)
        own = rng.normal(0, 0.2, (11, rows))
        own[0], own[1] = rng.normal(0, 0.55, rows), rng.normal(0, 0.4, rows)
        own[2:] += rng.normal(0, 0.33, (3, rows))[ENCODER]
        refit = 1 + rng.normal(0, 0.03 * np.sqrt(300 / rows / 3), (11, 1))  # the mean of three folds' heads
        return true[:, None] * refit * (1 + shared + own)

    def lost(self, true: np.ndarray, cell: int) -> float:
        """How far a cell is from the best, in margins."""
        return (true[cell] / true.min() - 1) / self.margin


class Hits:
    """Shares of wrong answers: the best cell of a world is right on 80 %, and a margin is 0.02."""

    measure, margin = get_measure("accuracy", "classification"), 0.02

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """(11,) what the cells truly lose where they differ by what is usual."""
        true = np.empty(11)
        true[0] = 0.2 + abs(rng.normal(0.15, 0.1))
        true[1] = 0.2 + rng.normal(0.02, 0.05)
        true[2:] = 0.2 + rng.normal(0, 0.04, 3)[ENCODER] + rng.normal(0, 0.01, 9)
        return np.clip(true, 0.01, 0.99)

    def worse(self, margins: float) -> np.ndarray:
        """(11,) what they lose where all that is cheaper is worse by as much."""
        true = np.full(11, 0.2 + margins * self.margin)
        true[0], true[DEAR] = 0.4, 0.2
        return true

    def seen(self, rng: np.random.Generator, true: np.ndarray, rows: int) -> np.ndarray:
        """(11, rows) 1 where a cell is wrong out of fold."""
        shared = rng.normal(0, 1.3, rows)
        own = rng.normal(0, 0.45, (11, rows))
        own[2:] += rng.normal(0, 0.7, (3, rows))[ENCODER]
        own[1] *= 2
        own[0] = 0.6 * shared + rng.normal(0, 1.3, rows) - shared
        total = shared + own
        return (norm.cdf(total / total.std(axis=1, keepdims=True)) < true[:, None]).astype(float)

    def lost(self, true: np.ndarray, cell: int) -> float:
        """How far a cell is from the best, in margins."""
        return (true[cell] - true.min()) / self.margin


def standings(
    world: Errors | Hits, losses: np.ndarray, rule: Callable[[float, float], float] = allowed
) -> tuple[list[Standing], int]:
    """How the cells stand out of fold, and which is best; the error is the jackknife's, which for a mean is this."""
    means = losses.mean(axis=1)
    best = int(means.argmin())
    value = means[best] if world.measure.lower_is_better else 1 - means[best]
    margin = world.measure.margin_around(None, np.array([value]))
    errors = (losses - losses[best]).std(axis=1, ddof=1) / np.sqrt(losses.shape[1])
    return [
        Standing(
            cell=str(place),
            value=float(means[place]),
            behind=float(means[place] - means[best]),
            error=float(errors[place]),
            allowed=rule(margin, float(errors[place])),
            reads=READS[place],
            seconds=float(SECONDS[place]),
        )
        for place in range(11)
    ], best


def study(
    rng: np.random.Generator, world: Errors | Hits, true: np.ndarray, rows: int
) -> Iterator[tuple[int, int]]:
    """The best and the advised cell under each rule."""
    losses = world.seen(rng, true, rows)
    for rule in RULES.values():
        found, best = standings(world, losses, rule)
        yield best, int(advise(found, best=str(best)))


def many(world: Errors | Hits, kind: str, rows: int, draws: int, margins: float = 0.0) -> np.ndarray:
    """(draws, rules, 4): margins lost by the best and by the advised cell, their seconds."""
    rng = np.random.default_rng([rows, round(10 * margins), len(kind)])
    found = np.empty((draws, len(RULES), 4))
    for draw in range(draws):
        true = world.drawn(rng) if kind == "drawn" else world.worse(margins)
        for rule, (best, advised) in enumerate(study(rng, world, true, rows)):
            found[draw, rule] = (
                world.lost(true, best),
                world.lost(true, advised),
                SECONDS[best],
                SECONDS[advised],
            )
    return found


def row(found: np.ndarray) -> list[str]:
    """Of one rule: what is lost beside the best on the training rows, in margins, and the seconds of both."""
    more = found[:, 1] - found[:, 0]
    return [
        f"{more.mean():.2f}",
        f"{np.quantile(more, 0.95):.1f}",
        f"{100 * (more > 1 + 1e-9).mean():.0f} %",
        f"{found[:, 2].mean():.0f} → {found[:, 3].mean():.0f} s",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--measure", nargs="+", choices=["mae", "accuracy"], default=["mae", "accuracy"])
    parser.add_argument("--rows", nargs="+", type=int, default=ROWS)
    settings = parser.parse_args()
    print(f"python {' '.join(sys.argv)}")
    worlds = {"mae": Errors(), "accuracy": Hits()}
    for name in settings.measure:
        world = worlds[name]
        print(
            f"\n{name}: lost beside the best on the training rows, in margins: mean / 95th percentile / share over 1; seconds\n"
        )
        print(f"| world | rows | the best itself | {' | '.join(RULES)} |\n|---|---|---|{'---|' * len(RULES)}")
        for rows in settings.rows:
            cases = {
                "drawn": many(world, "drawn", rows, settings.draws),
                "equal": many(world, "equal", rows, settings.draws),
            }
            worse = {margins: many(world, "worse", rows, settings.draws, margins) for margins in WORSE}
            for kind, found in cases.items():
                own = found[:, 0, 0]
                cells = [" / ".join(row(found[:, rule])) for rule in range(len(RULES))]
                print(
                    f"| {kind} | {rows:,} | {own.mean():.2f} / {np.quantile(own, 0.95):.1f} | {' | '.join(cells)} |"
                )
            cells = []
            for rule in range(len(RULES)):
                margins = max(worse, key=lambda one: (worse[one][:, rule, 1] - worse[one][:, rule, 0]).mean())
                cells.append(f"{' / '.join(row(worse[margins][:, rule]))} (at {margins:g})")
            print(f"| worse, the worst | {rows:,} | | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
