"""How often the exit status of ``semascope switch`` is wrong, in worlds whose answer is known.

Command: python benchmarks/switch_verdicts.py [--worlds N] [--only WORDS]
Classes: OLD sees the class of a text rightly 95 times in 100, NEW as often, less often by the margin (.02) or by twice as
much; the two err independently and share nothing but the class. Numbers: the same with a score, whose error in NEW is larger by the margin
(5 %) or twice that. In "half of the errors shared" each text that NEW sees wrongly is one that OLD sees wrongly too, every second
time. Without a task: two spaces that share nothing inside two tight groups or in a narrow cone must not pass, and the
same vectors turned or in bfloat16 must.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import semascope as sm
from semascope.data.table import Table
from semascope.studies.switching import over_texts

if TYPE_CHECKING:
    from collections.abc import Callable

DIMS = 16
RIGHT = 0.95  # share of the texts whose class OLD sees
MARGIN, MARGIN_OF_ERRORS = 0.02, 0.05
NOISE = 0.5  # of OLD's score
WORDS = [
    "amber",
    "brook",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heath",
    "inlet",
    "jetty",
    "knoll",
    "ledge",
    "marsh",
    "north",
    "ocean",
    "pines",
    "quay",
    "ridge",
]


@dataclass
class World:
    """Two spaces of n texts and what is predicted."""

    old: np.ndarray
    new: np.ndarray
    columns: dict[str, list]


def classes(rng: np.random.Generator, n: int, less: float, shared: float = 0.0) -> World:
    """``less``: how much less often NEW sees the class; ``shared``: of its errors those that OLD makes too."""
    label = rng.permutation(np.arange(n) % 2)
    wrong = rng.random(n) >= RIGHT
    rate = 1 - RIGHT + less
    both = shared * rate / (1 - RIGHT)  # how often NEW errs where OLD does
    other = rate * (1 - shared) / RIGHT if shared else rate
    wrong_too = rng.random(n) < (np.where(wrong, both, other) if shared else rate)
    spaces = [
        rng.standard_normal((n, DIMS)) + 8 * signs(label, erred)[:, None] * np.eye(DIMS)[0]
        for erred in (wrong, wrong_too)
    ]
    return World(*spaces, {"class": [f"sort {each}" for each in label]})


def signs(label: np.ndarray, erred: np.ndarray) -> np.ndarray:
    return np.where((label == 1) ^ erred, 1.0, -1.0)


def numbers(rng: np.random.Generator, n: int, more: float) -> World:
    """``more``: by how much NEW's error is larger, as a share of OLD's, for a line through all texts that there could be."""
    score = rng.standard_normal(n)
    error = (1 + more) * (NOISE**2 / (1 + NOISE**2)) ** 0.5
    noises = NOISE, (error**2 / (1 - error**2)) ** 0.5
    spaces = []
    for noise in noises:
        rows = 0.1 * rng.standard_normal((n, 4))
        rows[:, 0] = score + noise * rng.standard_normal(n)
        rows[:, 1] = 20.0  # so that bringing rows to unit length changes no order
        spaces.append(rows)
    return World(*spaces, {"score": score.round(6).tolist()})


def groups(rng: np.random.Generator, n: int, within: float) -> World:
    side = np.where(np.arange(n) % 2, 1.0, -1.0)[:, None] * np.ones((1, DIMS))
    return World(*(side + within * rng.standard_normal((n, DIMS)) for _ in range(2)), {})


def cone(rng: np.random.Generator, n: int, within: float) -> World:
    return World(*(1 + within * rng.standard_normal((n, DIMS)) for _ in range(2)), {})


def same(rng: np.random.Generator, n: int, how: str) -> World:
    """Tight groups, or a cone, and the same vectors in another form."""
    rows = (groups if rng.random() < 0.5 else cone)(rng, n, 0.5).old
    turn = np.linalg.qr(rng.standard_normal((DIMS, DIMS)))[0]
    bits = rows.astype(np.float32).view(np.uint32)
    short = ((bits + 0x8000) & np.uint32(0xFFFF0000)).view(np.float32)  # bfloat16
    return World(rows, {"turned": rows @ turn, "rounded": short}[how], {})


def exit_status(make: Callable[[np.random.Generator], World], world: int) -> int:
    made = make(np.random.default_rng([world, 16]))
    n = len(made.old)
    rng = np.random.default_rng(world)
    texts = [f"{' '.join(rng.choice(WORDS, 9))} {row}" for row in range(n)]
    table = Table.from_columns({"text": texts, **made.columns}, source="world")
    settings = {"margin": MARGIN} if "class" in made.columns else {}
    found = sm.may_switch(made.old, made.new, table, text="text", target=list(made.columns), **settings)
    return found.exit_code


def cases() -> dict[str, tuple[Callable[[np.random.Generator], World], tuple[int, ...]]]:
    """By name: how a world is made, and the exit statuses that are wrong there."""
    found: dict[str, tuple[Callable[[np.random.Generator], World], tuple[int, ...]]] = {}
    for n in (40, 100, 300):
        for words, times in (("equal", 0), ("worse by the margin", 1), ("worse by twice the margin", 2)):
            wrong = (1,) if not times else (0,)
            found[f"classes, {words}, {n} texts"] = (
                lambda rng, n=n, t=times: classes(rng, n, t * MARGIN),
                wrong,
            )
            found[f"classes, half of the errors shared, {words}, {n} texts"] = (
                lambda rng, n=n, t=times: classes(rng, n, t * MARGIN, 0.5),
                wrong,
            )
            found[f"numbers, {words}, {n} texts"] = (
                lambda rng, n=n, t=times: numbers(rng, n, t * MARGIN_OF_ERRORS),
                wrong,
            )
    for within in (0.003, 0.03):
        for n in (60, 200):
            found[f"tight groups, within {within}, {n} texts"] = (
                lambda rng, n=n, w=within: groups(rng, n, w),
                (0,),
            )
            found[f"cone, within {within}, {n} texts"] = (lambda rng, n=n, w=within: cone(rng, n, w), (0,))
    for how in ("turned", "rounded"):
        for n in (40, 200):
            found[f"the same, {how}, {n} texts"] = (lambda rng, n=n, h=how: same(rng, n, h), (1, 3))
    return found


def nothing_stored(*given: object, **settings: object) -> list[object]:
    """In place of trying NEW in smaller ways, which takes most of the time and decides nothing of the exit status."""
    return []


def main() -> None:
    over_texts.stored = nothing_stored
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--only", default="", help="cases whose name holds these words")
    given = parser.parse_args()
    for name, (make, wrong) in cases().items():
        if given.only not in name:
            continue
        codes = Counter(exit_status(make, world) for world in range(given.worlds))
        share = sum(codes[code] for code in wrong) / given.worlds
        error = (share * (1 - share) / given.worlds) ** 0.5
        shown = ", ".join(f"{code}: {codes[code]}" for code in (0, 1, 3))
        print(f"{name}: wrong {100 * share:.1f} ({100 * error:.1f}) %; {shown}", flush=True)


if __name__ == "__main__":
    main()
