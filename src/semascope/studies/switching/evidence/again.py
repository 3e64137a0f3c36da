"""Whether OLD's vectors can become NEW's, or every text must be encoded again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.width import cut
from semascope.encoders.protocol import stored_as

if TYPE_CHECKING:
    from semascope.encoders.templates import Role
    from semascope.studies.switching.evidence.spaces import Placed

NEARLY = 0.99
"""Cosine of a text's two vectors from which on one is the other but for rounding: a byte a number leaves .999 or more."""
_BLOCK = 4_194_304  # numbers looked at at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What follows from how both were made."""

    needed: bool
    why: str  # a sentence
    one_space: bool  # of one width too: vectors of OLD and of NEW may lie side by side


def must_encode(old: Placed, new: Placed, *, what: str = "text", role: Role | None = None) -> Again:
    """Whether every text must be encoded again, and why.

    Encoders are of one space by its digest, and where the same sentence stands before each text. Of a file of vectors
    nobody knows the space: it is NEW's, or NEW's are its rows cut and rounded, where all texts lie in the same places.

    Parameters
    ----------
    what
        What a text is called.
    role
        "document" where the texts are documents: the instruction stands before queries alone.
    """
    widths = old.vectors.shape[1], new.vectors.shape[1]
    if old.side.encoder is None or new.side.encoder is None:
        return _of_files(old, new, what=what)
    digests = old.side.encoder.space.digest, new.side.encoder.space.digest
    same_sentence = old.side.instruction.sentence == new.side.instruction.sentence
    if (role == "document" or same_sentence) and _only_mended(old, new):
        return _nothing(
            f"the vectors that are there are mended as {new.side.name} mends them", one_space=False
        )
    if digests[0] != digests[1] or not (role == "document" or same_sentence):
        other = "in another space" if digests[0] != digests[1] else "under another instruction"
        return _all(what, f"{new.side.name} places it {other}")
    if widths[1] > widths[0]:
        kept = f"{old.side.name} has {widths[0]} of the {widths[1]} numbers, unless the others were kept"
        return _all(what, kept)
    if widths[1] < widths[0]:
        return _nothing(f"the vectors that are there are cut to {widths[1]} numbers", one_space=False)
    same = old.side.encoder.fingerprint == new.side.encoder.fingerprint
    return _nothing(
        "it is one space" if same else "it is one space, computed in another precision", one_space=True
    )


def _only_mended(old: Placed, new: Placed) -> bool:
    """Whether NEW's vectors are OLD's whole ones with a remedy carried out."""
    encoder, other = old.side.encoder, new.side.encoder
    if encoder is None or other is None or stored_as(other) is other:
        return False
    return stored_as(other).space.digest == encoder.space.digest and old.vectors.shape[1] == encoder.dim


def least_cosine(old: Placed, new: Placed) -> float:
    """The least cosine of a text's two vectors, each less the mean of its space; OLD's are cut to NEW's width.

    Without the means any two vectors of a cone would have a cosine near 1. NaN where NEW is wider, without texts, and where all
    vectors are the same; 1 where both are equal.
    """
    width = new.vectors.shape[1]
    if width > old.vectors.shape[1] or not len(new.vectors):
        return float("nan")
    height = max(_BLOCK // old.vectors.shape[1], 1)
    parts = [slice(start, start + height) for start in range(0, len(new.vectors), height)]
    if all(np.array_equal(cut(old.vectors[rows], width), new.vectors[rows]) for rows in parts):
        return 1.0
    ours = sum(cut(old.vectors[rows], width).sum(axis=0, dtype=np.float64) for rows in parts)
    theirs = new.vectors.sum(axis=0, dtype=np.float64)
    found = 1.0
    for rows in parts:
        one = cut(old.vectors[rows], width) - ours / len(old.vectors)
        other = new.vectors[rows] - theirs / len(new.vectors)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            cosines = np.einsum("ij,ij->i", one, other) / lengths
        found = min(found, float(cosines.min()))  # NaN stays
    return found


def _of_files(old: Placed, new: Placed, *, what: str) -> Again:
    least = least_cosine(old, new)
    if not least >= NEARLY:
        return _all(what, f"{new.side.name} places it elsewhere than {old.side.name}")
    width = new.vectors.shape[1]
    if width < old.vectors.shape[1]:
        return _nothing(f"{new.side.name} has OLD's vectors cut to {width} numbers", one_space=False)
    rounded = (
        ""
        if np.array_equal(old.vectors, new.vectors)
        else f" but for rounding (the two of a text, less the means, have a cosine of {_down(least):.4f} or more)"
    )
    return _nothing(f"the vectors are the same{rounded}", one_space=True)


def _down(value: float) -> float:
    """Four decimals that the value is not below."""
    return math.floor(value * 10_000) / 10_000


def _all(what: str, why: str) -> Again:
    return Again(needed=True, why=f"Every {what} is encoded again: {why}.", one_space=False)


def _nothing(why: str, *, one_space: bool) -> Again:
    return Again(needed=False, why=f"Nothing is encoded again: {why}.", one_space=one_space)
