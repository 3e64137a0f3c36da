"""Classes that cannot be learnt, or hardly, and numbers that were taken for classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.result import Note
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows

RARE = 10  # rows of a class, below which a fifth held out is one row or two
NAMED = 4  # classes that a note names


def two_valued(rows: Rows) -> list[Note]:
    """What was made of a target of two numbers, and how to have the other."""
    taken = rows.taken
    if not taken.two_valued:
        return []
    named = listing([f"“{name}”" for name in taken.two_valued], limit=NAMED)
    low, high = taken.numbers
    if taken.kind == "classification":
        return [
            Note(
                level="warning",
                title=f"{named} holds two numbers, {low} and {high}: taken as two classes",
                text="They are judged as hits and misses. --kind regression takes them as numbers.",
            )
        ]
    if taken.why:
        text = (
            f"The study asks for {taken.why}, which only numbers have. Without it they are two classes."
            " --kind regression says that numbers are meant."
        )
    else:
        text = (
            "Several targets make a regression. Name one --target alone and it is taken as two classes."
            " --kind regression says that numbers are meant."
        )
    holds = "holds two numbers" if len(taken.two_valued) == 1 else "hold two numbers each"
    return [Note(level="warning", title=f"{named} {holds} only: taken as numbers", text=text)]


def unseen_classes(rows: Rows) -> list[Note]:
    """Classes without a row to learn from."""
    classes = rows.truth[:, 0].astype(np.int64)
    learnt = set(classes[rows.split.train].tolist())
    missed = np.array([row for row in rows.split.test.tolist() if int(classes[row]) not in learnt], dtype=int)
    if not len(missed):
        return []
    counts = np.bincount(classes[missed], minlength=len(rows.classes))
    names = [
        f"“{rows.classes[number]}” ({counts[number]:,})" for number in np.argsort(-counts) if counts[number]
    ]
    verb = "class stands" if len(names) == 1 else "classes stand"
    return [
        Note(
            level="warning",
            title=f"{len(names):,} {verb} among the held-out rows only",
            text=(
                f"{listing(names, limit=NAMED)}: no head can have learnt it, so {count(len(missed), 'held-out row')} of"
                f" {len(rows.split.test):,} cannot be right, whatever the encoder."
            ),
            rows=rows.table.rows[missed].tolist(),
            count=len(missed),
        )
    ]


def rare_classes(rows: Rows) -> list[Note]:
    """Classes of so few rows that what is said of them is chance."""
    classes = rows.truth[:, 0].astype(np.int64)
    counts = np.bincount(classes, minlength=len(rows.classes))
    rare = np.flatnonzero((counts > 0) & (counts < RARE))
    if not len(rare):
        return []
    held_out = np.bincount(classes[rows.split.test], minlength=len(rows.classes))
    names = [
        f"“{rows.classes[number]}” ({counts[number]:,}, {held_out[number]:,} held out)"
        for number in rare[np.argsort(counts[rare], kind="stable")]
    ]
    found = np.flatnonzero(np.isin(classes, rare))
    has = "class has" if len(rare) == 1 else "classes have"
    return [
        Note(
            level="warning",
            title=f"{len(rare):,} {has} fewer than {RARE} rows",
            text=(
                f"{listing(names, limit=NAMED)}. Hardly to be learnt, and what a measure says of so few is chance; macro F1"
                " counts each class alike, however rare."
            ),
            rows=rows.table.rows[found].tolist(),
            count=len(found),
        )
    ]
