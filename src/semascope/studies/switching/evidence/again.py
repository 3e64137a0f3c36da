"""Whether OLD's vectors can become NEW's, or every text must be encoded again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.width import cut
from semascope.encoders.protocol import stored_as
from semascope.neighbors import top_k
from semascope.studies.switching.evidence.constant import ROUNDING, is_constant
from semascope.studies.switching.evidence.cosines import ASKING, ITEMS, drawn_places

if TYPE_CHECKING:
    from semascope.encoders.templates import Role
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.types import Floats

NEARLY = 0.99
"""Cosine of a text's two vectors from which on one is the other but for rounding: a byte a number leaves .999 or more."""
MOVED, NEARLY_ALL = 0.1, 0.95
"""How far a text may move as a share of the way to its neighbours, and so many texts must move no farther."""
NEIGHBOURS = 10  # which of them tells the way
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
            f"the remedy of {new.side.name} is carried out on the vectors that are there", one_space=False
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

    Without the means any two vectors of a cone would have a cosine near 1. A vector that lies at the mean has no direction: with
    another at its mean its cosine is 1, else 0. NaN where NEW is wider, without texts, and where all vectors of a space are the
    same; 1 where both are equal.
    """
    width = new.vectors.shape[1]
    if width > old.vectors.shape[1] or not len(new.vectors):
        return math.nan
    ours = cut(old.vectors, width)
    if np.array_equal(ours, new.vectors):
        return 1.0
    if is_constant(ours) or is_constant(new.vectors):
        return math.nan
    means = [each.mean(axis=0, dtype=np.float64) for each in (ours, new.vectors)]
    height = max(_BLOCK // old.vectors.shape[1], 1)
    found = [
        _cosines(ours[start : start + height] - means[0], new.vectors[start : start + height] - means[1])
        for start in range(0, len(new.vectors), height)
    ]
    return float(min(each.min() for each in found))


def _cosines(one: Floats, other: Floats) -> Floats:
    """(n,) cosines of rows; of two rows without length 1, of one of them 0."""
    lengths = np.stack([np.linalg.norm(each, axis=1) for each in (one, other)])
    nowhere = lengths <= ROUNDING
    product = np.einsum("ij,ij->i", one, other)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(nowhere.any(axis=0), nowhere.all(axis=0), product / lengths.prod(axis=0))
    return found


def moved_by(old: Placed, new: Placed, *, seed: int = 42) -> float:
    """How far nearly all texts moved at most, as a share of the way to their neighbours: the 95th of 100 texts.

    The way is that to the tenth nearest text in OLD, cut to NEW's width, or to the last where there are fewer. NaN where there are
    no two different texts. Two far groups of texts have a cosine near 1 with any other two there, whatever lies inside them.
    """
    rng = np.random.default_rng(seed)
    ours, theirs = cut(old.vectors, new.vectors.shape[1]), new.vectors
    items = ours[drawn_places(len(ours), ITEMS, rng)]
    distinct = np.unique(items, axis=0)
    rows = drawn_places(len(ours), ASKING, rng)
    if len(distinct) < 2:
        return math.nan
    k = min(NEIGHBOURS + 1, len(distinct))  # the text itself is among them
    least = top_k(ours[rows], distinct, k).indices[:, -1]
    way, move = (
        np.linalg.norm(ours[rows].astype(np.float64) - other, axis=1)
        for other in (distinct[least], theirs[rows])
    )
    shares = np.divide(move, way, out=np.where(move > 0, np.inf, 0.0), where=way > 0)
    return float(np.quantile(shares, NEARLY_ALL, method="inverted_cdf"))


def _of_files(old: Placed, new: Placed, *, what: str) -> Again:
    if np.array_equal(old.vectors, new.vectors):
        return _nothing("the vectors are the same", one_space=True)
    for side, placed in (("OLD", old), ("NEW", new)):
        if is_constant(placed.vectors):
            return _all(what, f"all vectors of {placed.side.name} ({side}) are the same")
    least = least_cosine(old, new)
    if not (least >= NEARLY and moved_by(old, new) <= MOVED):
        return _all(what, f"{new.side.name} places it elsewhere than {old.side.name}")
    width = new.vectors.shape[1]
    if width < old.vectors.shape[1]:
        return _nothing(f"{new.side.name} has OLD's vectors cut to {width} numbers", one_space=False)
    return _nothing(
        f"the vectors are the same but for rounding (the two of a text, less the means, have a cosine of {_down(least):.4f} or more)",
        one_space=True,
    )


def _down(value: float) -> float:
    """Four decimals that the value is not below."""
    return math.floor(value * 10_000) / 10_000


def _all(what: str, why: str) -> Again:
    return Again(needed=True, why=f"Every {what} is encoded again: {why}.", one_space=False)


def _nothing(why: str, *, one_space: bool) -> Again:
    return Again(needed=False, why=f"Nothing is encoded again: {why}.", one_space=one_space)
