"""How well labels separate in each space, judged against the first with neighbours' dependence allowed for.

Letters: n texts with a label, k neighbours that vote, r half-samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import why_no_halves
from semascope.geometry.labels.widening import Spread, widen, widened_estimate
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from semascope.geometry.halves import Halves
    from semascope.stats.results import Estimate, Family
    from semascope.types import Floats, Ints, Mask, Progress

WIDE = 3  # times k: neighbours listed, so that k are left in nearly every half of the texts
_DRAWS = 60
_DRAWS_OF_MANY = 30
_MANY = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Separation:
    """How well the labels separate in the spaces that have vectors."""

    label: str  # name of the labels
    k: int
    texts: int  # that have a label
    largest: float  # share of the most frequent label: what always naming it would reach
    accuracies: dict[str, Estimate]  # by space, the one that the others are held against first
    family: Family
    across: str = ""  # column of whose other values the neighbours are; "" where all texts may be neighbours


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Votes:
    """What the nearest vote for in every space, and how many votes are right within random halves of the texts."""

    codes: Ints  # (n,) label of each text
    voted: Mapping[str, Ints]  # (n,) by space
    hits: Mapping[str, Floats]  # (r, l) by space: texts of each label voted right within each half
    drawn: Floats  # (r, l) texts of each label in each half
    degrees: float = math.inf  # of freedom that the spread over halves has
    reason: str = ""  # why halves say nothing; "" when they do
    # spaces in which every text has the neighbours that it has in the first, in the same order: the first under another name
    same: tuple[str, ...] = ()

    @property
    def spread(self) -> Spread:
        """Of the accuracies."""
        return Spread(
            per_text={name: (voted == self.codes).astype(np.float64) for name, voted in self.voted.items()},
            over_halves={name: hits.sum(axis=1) / self.drawn.sum(axis=1) for name, hits in self.hits.items()},
            degrees=self.degrees,
            reason=self.reason,
        )


def judge_spaces(
    nearest: Mapping[str, Ints],
    codes: Ints,
    *,
    k: int,
    halves: Halves | None = None,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> tuple[dict[str, Estimate], Family]:
    """Accuracy of the k nearest neighbours' vote in every space, and its verdict against the first space's.

    Parameters
    ----------
    nearest
        (n, 3 k) neighbours of the n texts by space, nearest first, itself not among them; fewer columns where there
        are fewer texts, -1 behind the last where a text may ask fewer (``voters.py``).
    codes
        (n,) label of each text, 0 or more.
    halves
        Of the n texts, those that other numbers of the same texts are judged by; None draws halves of single texts with
        the seed.

    Returns
    -------
    tuple
        The accuracies with 95 % intervals, by space; the verdicts.

    Notes
    -----
    Neighbours vote for each other, so hits of different texts hang together and McNemar's test alone is too sure: in
    simulated worlds of equal spaces it said better or worse in up to 14 % (``benchmarks/map_numbers.py``). The
    standard error is therefore taken from random halves of the texts as well (the variance of a statistic over
    halves drawn without replacement is about its variance over new texts: Politis, Romano & Wolf, Subsampling, 1999),
    and where it is larger, intervals and p are widened by the ratio of the two.
    """
    votes = take_votes(nearest, codes, k=k, halves=halves, seed=seed, progress=progress)
    return judge_votes(votes, margin=margin)


def judge_votes(votes: Votes, *, margin: float | None = None) -> tuple[dict[str, Estimate], Family]:
    """The accuracies with 95 % intervals, by space, and the verdicts against the first space's, both widened."""
    accuracy = get_measure("accuracy", "classification")
    spread = votes.spread
    accuracies = {
        name: widened_estimate(estimate(votes.codes, voted, measure=accuracy), spread, name)
        for name, voted in votes.voted.items()
    }
    family = judge_labels(votes.codes, votes.voted, margin=margin, same=votes.same)
    return accuracies, widen(family, spread, span=accuracy.span, of_hits=True)


def take_votes(
    nearest: Mapping[str, Ints],
    codes: Ints,
    *,
    k: int,
    halves: Halves | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Votes:
    """The votes of all texts, and within halves of them.

    Parameters
    ----------
    nearest, codes
        As in ``judge_spaces``.
    halves
        Of the n texts; None draws halves of single texts with the seed.
    """
    n, labels = len(codes), int(codes.max(initial=0)) + 1
    draws = (_DRAWS if n <= _MANY else _DRAWS_OF_MANY) if halves is None else len(halves)
    hits = {name: np.zeros((draws, labels)) for name in nearest}
    texts = np.zeros((draws, labels))
    for draw, drawn in enumerate(_drawn_at_random(n, draws, seed) if halves is None else halves.masks()):
        rows = np.flatnonzero(drawn)
        texts[draw] = np.bincount(codes[rows], minlength=labels)
        for name, lists in nearest.items():
            right = _vote_within(lists[rows], drawn, codes, k) == codes[rows]
            hits[name][draw] = np.bincount(codes[rows[right]], minlength=labels)
        progress(Step(stage="judging the labels", done=draw + 1, total=draws, unit="halves"))
    # votes that agree are no proof, but orders of neighbours have as many values as real numbers
    first, others = next(iter(nearest.values())), dict(list(nearest.items())[1:])
    return Votes(
        codes=codes,
        voted={name: vote(lists[:, :k], codes) for name, lists in nearest.items()},
        hits=hits,
        drawn=texts,
        same=tuple(name for name, lists in others.items() if np.array_equal(lists, first)),
        degrees=math.inf if halves is None else halves.blocks - 1,
        reason="" if halves is None else halves.reason or why_no_halves(n, k),
    )


def why_unusable(label: str, codes: Ints, k: int, *, components: Ints | None = None) -> str:
    """Why labels bear no accuracy; "" when they do.

    Parameters
    ----------
    label
        What they are called.
    codes
        (n,) of the texts that have one.
    k
        Neighbours that would vote.
    components
        (n,) texts that have no vote for each other; None: each on its own.
    """
    counts = np.bincount(codes, minlength=1)
    if not len(codes):
        return f"{label!r} has no label"
    if (counts > 0).sum() < 2:
        return f"{label!r} has only one label"
    if not k:
        return "too few texts have a label"
    if counts.max() < 2:
        return f"no label of {label!r} has two texts"
    if components is None:
        return ""
    if len(np.unique(components)) < 2:
        return "all texts that have a label belong together (copies of one text, or one group)"
    apart = np.unique(np.stack([codes, components]), axis=1)[0]
    return f"no label of {label!r} has texts of two groups" if np.bincount(apart).max() < 2 else ""


def vote(nearest: Ints, codes: Ints) -> Ints:
    """The label that most of a text's neighbours have; of equally many the one whose nearest member is nearest.

    Parameters
    ----------
    nearest
        (n, k) neighbours, nearest first, the text itself not among them: that leaves it out of its own vote. -1 votes
        for nothing; a text that has no other gets -1.
    codes
        (n,) label of each text, 0 or more.

    Examples
    --------
    >>> vote(np.array([[1, 2, 3, 4]]), np.array([9, 1, 0, 0, 1])).tolist()
    [1]
    """
    return _most(np.where(nearest >= 0, codes[nearest], -1))


def judge_labels(
    codes: Ints, predictions: Mapping[str, Ints], *, margin: float | None = None, same: Collection[str] = ()
) -> Family:
    """Every space's accuracy of ``vote`` against the first space's, on the same texts.

    Parameters
    ----------
    codes
        (n,) label of each text, 0 or more.
    predictions
        (n,) by space, the first one is what the others are held against.
    margin
        Half-width of what counts as equal; None: 0.02, less near 0 and 1 (``margin_of``).
    same
        Spaces that are known to be the first under another name.

    Notes
    -----
    McNemar mid-p, Bonett-Price intervals, Holm over the spaces. Texts are taken as independent, which neighbours
    that vote for each other are not: ``judge_spaces`` widens what this gives.
    """
    return judge(
        codes,
        dict(predictions),
        baseline=next(iter(predictions)),
        measure=get_measure("accuracy", "classification"),
        margin=margin,
        same=same,
    )


def _drawn_at_random(n: int, draws: int, seed: int) -> Iterator[Mask]:
    """(n,) masks of random halves of single texts."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = np.zeros(n, dtype=np.bool_)
        drawn[rng.permutation(n)[: n // 2]] = True
        yield drawn


def _vote_within(lists: Ints, drawn: Mask, codes: Ints, k: int) -> Ints:
    """The vote of the k nearest that were drawn; of fewer where the list holds fewer, -1 where it holds none."""
    there = drawn[lists] & (lists >= 0)
    place = np.cumsum(there, axis=1)
    row, column = np.nonzero(there & (place <= k))
    voters = np.full((len(lists), k), -1, dtype=np.int64)
    voters[row, place[row, column] - 1] = codes[lists[row, column]]
    return _most(voters)


def _most(voters: Ints) -> Ints:
    """(n,) the label that stands most often in each of (n, k) lists of labels, -1 not counted unless it stands alone."""
    votes = np.zeros(voters.shape, dtype=np.int64)
    for place in range(voters.shape[1]):
        votes += voters == voters[:, place, None]
    votes[voters < 0] = -1
    winner = votes.argmax(axis=1)  # the first of the largest: the nearest
    found: Ints = np.take_along_axis(voters, winner[:, None], axis=1)[:, 0]
    return found
