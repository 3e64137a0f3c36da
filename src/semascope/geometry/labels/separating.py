"""How well labels separate in each space, judged against the first with neighbours' dependence allowed for.

Letters: n texts with a label, k neighbours that vote, r half-samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.holm import holm
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.power import rows_needed
from semascope.stats.standing import verdict_word
from semascope.stats.verdict import judge
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.results import Estimate, Family, Verdict
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


def judge_spaces(
    nearest: Mapping[str, Ints],
    codes: Ints,
    *,
    k: int,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> tuple[dict[str, Estimate], Family]:
    """Accuracy of the k nearest neighbours' vote in every space, and its verdict against the first space's.

    Parameters
    ----------
    nearest
        (n, 3 k) neighbours of the n texts by space, nearest first, itself not among them; fewer columns where there
        are fewer texts.
    codes
        (n,) label of each text, 0 or more.

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
    first = next(iter(nearest))
    predictions = {name: vote(lists[:, :k], codes) for name, lists in nearest.items()}
    halves = _half_samples(nearest, codes, k=k, seed=seed, progress=progress)
    hits = {name: (predicted == codes).astype(np.float64) for name, predicted in predictions.items()}
    accuracy = get_measure("accuracy", "classification")
    accuracies = {
        name: _widened_estimate(estimate(codes, predicted, measure=accuracy), hits[name], halves[name])
        for name, predicted in predictions.items()
    }
    family = judge_labels(codes, predictions, margin=margin)
    others = [name for name in nearest if name != first]
    factors = {name: _ratio(hits[name] - hits[first], halves[name] - halves[first]) for name in others}
    widened = {name: _widened(family.verdicts[name], factors[name]) for name in others}
    made = [name for name in others if widened[name].is_comparison]
    corrected = dict(zip(made, holm(np.array([widened[name].p for name in made])).tolist(), strict=True))
    verdicts = {first: family.verdicts[first]}
    verdicts |= widened
    for name in made:
        error = float((hits[name] - hits[first]).std()) * factors[name]
        verdicts[name] = _worded(widened[name], corrected[name], error, len(made))
    how = "widened by half-samples for neighbours in common"
    judged = replace(
        family, verdicts=verdicts, test=f"{family.test}, {how}", interval=f"{family.interval}, {how}"
    )
    return accuracies, judged if others else family


def vote(nearest: Ints, codes: Ints) -> Ints:
    """The label that most of a text's neighbours have; of equally many the one whose nearest member is nearest.

    Parameters
    ----------
    nearest
        (n, k) neighbours, nearest first, the text itself not among them: that leaves it out of its own vote.
    codes
        (n,) label of each text, 0 or more.

    Examples
    --------
    >>> vote(np.array([[1, 2, 3, 4]]), np.array([9, 1, 0, 0, 1])).tolist()
    [1]
    """
    labels = codes[nearest]  # (n, k)
    votes = np.zeros(labels.shape, dtype=np.int64)
    for place in range(labels.shape[1]):
        votes += labels == labels[:, place, None]
    winner = votes.argmax(axis=1)  # the first of the largest: the nearest
    predicted: Ints = np.take_along_axis(labels, winner[:, None], axis=1)[:, 0]
    return predicted


def judge_labels(codes: Ints, predictions: Mapping[str, Ints], *, margin: float | None = None) -> Family:
    """Every space's accuracy of ``vote`` against the first space's, on the same texts.

    Parameters
    ----------
    codes
        (n,) label of each text, 0 or more.
    predictions
        (n,) by space, the first one is what the others are held against.
    margin
        Half-width of what counts as equal; None: 0.02, less near 0 and 1 (``margin_of``).

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
    )


def _half_samples(
    nearest: Mapping[str, Ints], codes: Ints, *, k: int, seed: int, progress: Progress
) -> dict[str, Floats]:
    """(r,) accuracies within random halves of the texts, the same halves in every space."""
    n = len(codes)
    rng = np.random.default_rng(seed)
    draws = _DRAWS if n <= _MANY else _DRAWS_OF_MANY
    found = {name: np.empty(draws) for name in nearest}
    for draw in range(draws):
        drawn = np.zeros(n, dtype=bool)
        drawn[rng.permutation(n)[: n // 2]] = True
        rows = np.flatnonzero(drawn)
        for name, lists in nearest.items():
            found[name][draw] = float((_vote_within(lists[rows], drawn, codes, k) == codes[rows]).mean())
        progress(Step(stage="judging the labels", done=draw + 1, total=draws, unit="halves"))
    return found


def _vote_within(lists: Ints, drawn: Mask, codes: Ints, k: int) -> Ints:
    """The vote of the k nearest that were drawn; of fewer where the list holds fewer, -1 where it holds none."""
    there = drawn[lists]
    place = np.cumsum(there, axis=1)
    row, column = np.nonzero(there & (place <= k))
    voters = np.full((len(lists), k), -1, dtype=np.int64)
    voters[row, place[row, column] - 1] = codes[lists[row, column]]
    votes = np.zeros(voters.shape, dtype=np.int64)
    for p in range(k):
        votes += voters == voters[:, p, None]
    votes[voters < 0] = -1
    found: Ints = np.take_along_axis(voters, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
    return found


def _ratio(per_text: Floats, over_halves: Floats) -> float:
    """Standard error over halves to the one of independent texts, at least 1."""
    alone = float(per_text.std()) / math.sqrt(len(per_text))
    return max(1.0, float(over_halves.std(ddof=1)) / alone) if alone > 0 else 1.0


def _widened_estimate(found: Estimate, hits: Floats, halves: Floats) -> Estimate:
    factor = _ratio(hits, halves)
    return replace(
        found,
        low=max(found.value - factor * (found.value - found.low), 0.0),
        high=min(found.value + factor * (found.high - found.value), 1.0),
        method=f"{found.method}, widened by half-samples" if found.method == "Wilson" else found.method,
    )


def _widened(verdict: Verdict, factor: float) -> Verdict:
    from scipy.stats import norm

    ends = {
        name: verdict.difference + factor * (getattr(verdict, name) - verdict.difference)
        for name in ("low", "high", "low90", "high90")
    }
    clipped = {name: min(max(end, -1.0), 1.0) if math.isfinite(end) else end for name, end in ends.items()}
    return replace(verdict, **clipped, p=min(float(2 * norm.sf(norm.isf(verdict.p / 2) / factor)), 1.0))


def _worded(verdict: Verdict, p_holm: float, error: float, candidates: int) -> Verdict:
    """The verdict with the word that its widened numbers give. One with a reason keeps its own."""
    if verdict.reason:
        return replace(verdict, p_holm=p_holm)
    word = verdict_word(verdict, p_holm)
    needed = None
    if word == "unresolved":
        needed = rows_needed([(verdict.difference, error)], verdict.margin, candidates=candidates)
        needed = None if needed is None else max(needed, verdict.n + 1)
    return replace(verdict, word=word, p_holm=p_holm, rows_needed=needed)
