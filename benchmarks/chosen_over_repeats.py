"""How much the mean over repeated splits flatters a cell that was chosen on the first split's training rows.

    python benchmarks/chosen_over_repeats.py [--draws 3000]

The choice is made on rows that other repeats hold out. The worst case is simulated: k cells of equal worth, whose rows'
losses differ by independent noise with a standard deviation of .3 of the mean loss (that of two related heads on real
files: docs/verdicts_measured.md). The study's own held-out rows chose nothing, so their estimate is fair: the control.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

REPEATS, HELD_OUT, SPREAD = 15, 0.2, 0.3


def flattery(rng: np.random.Generator, rows: int, cells: int) -> tuple[float, float]:
    """The chosen cell's loss minus the true one, over the repeats and on the study's own held-out rows."""
    losses = 1 + rng.normal(0, 0.6, rows) + rng.normal(0, SPREAD / np.sqrt(2), (cells, rows))
    held = round(HELD_OUT * rows)
    own, *others = (rng.permutation(rows)[:held] for _ in range(REPEATS))
    training = np.setdiff1d(np.arange(rows), own)
    chosen = losses[losses[:, training].mean(axis=1).argmin()]
    return float(np.mean([chosen[test].mean() for test in (own, *others)]) - 1), float(chosen[own].mean() - 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=3000)
    draws = parser.parse_args().draws
    print(
        f"python {' '.join(sys.argv)}\n\n| rows | cells | over {REPEATS} repeats | own held-out rows |\n|---|---|---|---|"
    )
    for rows in (100, 360, 1000, 1500):
        for cells in (5, 12):
            rng = np.random.default_rng(42)
            over, own = 100 * np.array([flattery(rng, rows, cells) for _ in range(draws)]).T
            error = own.std() / draws**0.5
            print(f"| {rows:,} | {cells} | {over.mean():+.2f} % | {own.mean():+.2f} % (se {error:.2f}) |")


if __name__ == "__main__":
    main()
