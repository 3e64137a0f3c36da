"""Pairs with roles of which it is known beforehand which are hard to tell apart.

The texts of a role share words, queries and documents alike: nine of ten those of ``main``, none those of ``other``. So the
nearest wrong answer is nearest for a query of ``main``, and the order of the roles is that of ``SHARED``. All other words stand in
one pair alone.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np

SHARED = {"main": 9, "soft": 7, "hard": 5, "cross": 3, "other": 0}  # of the ten words of a text
COUNTS = {"main": 40, "soft": 24, "hard": 20, "cross": 14, "other": 14}


def write_pairs(folder: Path, *, seed: int = 3) -> Path:
    """A table of 112 pairs, in random order: ``query``, ``document`` of the same words in another order, ``role``."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    syllables = ["".join(each) for each in product("bdfgklmnprstvz", "aeiou")]
    words = iter(rng.permutation([one + other for one, other in product(syllables, syllables)]).tolist())
    rows = []
    for role, count in COUNTS.items():
        shared = [next(words) for _ in range(SHARED[role])]
        for _ in range(count):
            said = [*shared, *(next(words) for _ in range(10 - len(shared)))]
            query, document = (" ".join(rng.permutation(said)) for _ in range(2))
            rows.append({"query": query, "document": document, "role": role})
    place = folder / "pairs.jsonl"
    order = rng.permutation(len(rows))
    place.write_text("".join(json.dumps(rows[row]) + "\n" for row in order), encoding="utf8")
    return place
