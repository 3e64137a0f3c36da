"""Whether spaces tell two families of labels apart, and whether they do so for labels that they have not seen.

Letters: n texts of either family, d dim, g labels of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.splits import make_folds
from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.comparing.products import Centred, pieces
from semascope.geometry.halves import Halves, draw_halves
from semascope.geometry.labels.separating import judge_labels, judge_spaces, vote
from semascope.geometry.labels.voters import nearest_strangers
from semascope.geometry.labels.widening import Spread, widen, widened_estimate
from semascope.geometry.measured import Measured
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate
from semascope.studies.geometry.comparing.best import nearest_listed
from semascope.studies.geometry.comparing.block_sums import ALPHAS, BlockSums, narrowed, out_of_fold
from semascope.studies.geometry.comparing.orderings import AUC, order, ordered
from semascope.studies.geometry.comparing.unseen_labels import (
    Unseen,
    deal,
    judge_unseen,
    ridge_of_families,
)
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.maps.contents import Labels
    from semascope.stats.results import Family
    from semascope.studies.geometry.comparing.families import LabelFamily
    from semascope.studies.geometry.comparing.unseen_labels import Dealt
    from semascope.types import Floats, Ints, Mask, Progress, Vectors

FEWEST = 10  # texts of a family
_FOLDS = 5
_FEWEST_FOLDS = 3  # of which one is judged, one chooses the penalty and one fits
SHUFFLED = "the families among the texts in another order"
DEALT = "families dealt at random from the same labels"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContrastInSpace:
    """Two families of labels in one space."""

    space: str
    auc: Measured  # of a linear probe on held-out texts of labels that it knows
    accuracy: Measured  # of the same probe
    votes: Measured  # accuracy of the k nearest neighbours' vote
    unseen: (
        Measured  # AUC on labels that the probe has not seen; NaN with a reason where a family has only one
    )
    # share of all ways of dealing the labels to families whose AUC on unseen labels is as high; NaN as ``unseen``
    unseen_p: float
    regrouped: (
        Estimate | None
    )  # AUC on held-out texts of families dealt at random; its ends hold 95 % of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
    """Two families of labels in every space."""

    families: tuple[LabelFamily, LabelFamily]
    column: str
    texts: tuple[int, int]  # of either family
    left_out: int  # texts of neither
    k: int = 0
    largest: float = float("nan")  # share of the larger family: what always naming it would reach
    spaces: dict[str, ContrastInSpace] = field(default_factory=dict)
    probes: Family | None = None  # the probe's accuracy in every space against the first
    voters: Family | None = None  # the neighbours' accuracy in every space against the first
    why_not: str = ""  # why nothing can be said; "" when it can


def judge_contrast(
    spaces: Mapping[str, Vectors],
    labels: Labels,
    families: tuple[LabelFamily, LabelFamily],
    *,
    components: Ints | None = None,
    k: int = 10,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Contrast:
    """How well every space tells the two families apart, and whether it does for labels that it has not seen.

    Parameters
    ----------
    spaces
        One or more, by name: (n, d) of unit length; the first is what the others are held against.
    labels
        Of the n texts; those of neither family take no part.
    families
        As ``parse_families`` gives them.
    components
        (n,) texts that must not be torn apart, such as copies; None: each on its own.
    margin
        Difference of accuracies that counts as none; None: 0.02, less near 0 and 1.

    Notes
    -----
    The probe is a ridge regression on 1 and -1, Fisher's discriminant with shrinkage, whose penalty is chosen without
    the texts that it judges. On held-out texts it may know every label by itself: so it is also fitted without one label
    of either family, on which it is then judged (the mean over such pairs; its interval is a jackknife over labels, with
    Student's t of as many degrees of freedom as the smaller family has labels, less 1). What the same texts give when
    the labels are dealt to families at random is the floor of both: families that differ by no more than their labels'
    topics reach it.

    Verdicts and intervals of the probe's accuracy are as wide as probes fitted on halves of the texts say, those of the
    votes as votes within halves. The texts of one component have no vote for each other.
    """
    first = _members(labels, families[0])
    second = _members(labels, families[1])
    rows = np.flatnonzero(first | second)
    counts = int(first.sum()), int(second.sum())
    left_out = int(len(labels.codes) - len(rows))
    if min(counts) < FEWEST:
        name = families[int(counts[1] < counts[0])].name
        why = f"family {name!r} has {min(counts)} texts; {FEWEST} or more are needed"
        return Contrast(families=families, column=labels.name, texts=counts, left_out=left_out, why_not=why)
    sides = first[rows]
    together = np.arange(len(rows)) if components is None else components[rows]
    if min(len(np.unique(together[sides])), len(np.unique(together[~sides]))) < _FOLDS:
        why = "the texts of a family belong to too few groups to hold some of them out"
        return Contrast(families=families, column=labels.name, texts=counts, left_out=left_out, why_not=why)
    asked = _Asked.of(sides, labels.codes[rows], together, seed=seed)
    return Contrast(
        families=families,
        column=labels.name,
        texts=counts,
        left_out=left_out,
        **_judged(
            {name: vectors[rows] for name, vectors in spaces.items()},
            asked,
            families,
            k=neighbors_measured(len(rows), k),
            margin=margin,
            seed=seed,
            progress=progress,
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Asked:
    """What is told apart, the same in every space."""

    sides: Mask  # (n,) whether a text belongs to the first family
    labels: Ints  # (n,) its label, 0 to g - 1
    folds: Ints  # (n,)
    halves: Halves
    groups: list[int] | None  # (n,) of each text; None where each is on its own
    together: Ints  # (n,) the same, where each is on its own too
    dealt: Dealt

    @classmethod
    def of(cls, sides: Mask, codes: Ints, together: Ints, *, seed: int) -> _Asked:
        labels = np.unique(codes, return_inverse=True)[1]
        families = np.array([sides[labels == label][0] for label in range(int(labels.max()) + 1)])
        alone = len(np.unique(together)) == len(together)
        groups = None if alone else together.tolist()
        return cls(
            sides=sides,
            labels=labels,
            folds=make_folds(together, strata=sides.astype(np.int64), folds=_FOLDS, seed=seed),
            halves=draw_halves(len(sides), groups=groups, seed=seed),
            groups=groups,
            together=together,
            dealt=deal(families, seed=seed),
        )

    @property
    def units(self) -> int:
        """Texts, or groups of them, that can be put in another order."""
        return len(self.sides) if self.groups is None else len(set(self.groups))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Probe:
    """What a probe of one space gives."""

    scores: Floats  # (n,) above 0 for the first family, by a ridge that did not see the text
    unseen: Unseen | None  # None where a family has only one label
    regrouped: Floats  # AUCs on held-out texts of other ways of dealing the labels
    over_halves: Floats  # (r,) accuracy of the probes that halves of the texts give

    @classmethod
    def of(cls, vectors: Vectors, asked: _Asked) -> _Probe:
        space = narrowed(Centred.of(vectors))
        by_fold = _by_fold(asked.folds)
        targets = np.where(asked.sides, 1.0, -1.0)[:, None]
        sums, folds = BlockSums.of(space, targets, by_fold), np.arange(_FOLDS)
        alpha = float(ALPHAS[sums.fold_losses(folds, np.ones(_FOLDS, dtype=np.bool_)).argmin()])
        several = min(np.bincount(asked.dealt.sides[0], minlength=2)) > 1
        return cls(
            scores=out_of_fold(sums, space, folds, by_fold)[:, 0],
            unseen=judge_unseen(space, asked.labels, asked.dealt, alpha) if several else None,
            regrouped=_regrouped(space, sums, asked, alpha),
            over_halves=_over_halves(space, asked),
        )


def _judged(
    spaces: Mapping[str, Vectors],
    asked: _Asked,
    families: tuple[LabelFamily, LabelFamily],
    *,
    k: int,
    margin: float | None,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """What is said of the spaces, as ``Contrast`` has it."""
    probed, nearest = {}, {}
    for done, (name, vectors) in enumerate(spaces.items()):
        progress(Step(stage="contrasting families", done=done, total=len(spaces), unit="spaces"))
        probed[name] = _Probe.of(vectors, asked)
        lists = nearest_listed(vectors, k, progress)
        nearest[name] = nearest_strangers(vectors, lists, asked.together, progress=progress)
    codes = (~asked.sides).astype(np.int64)
    accuracies, voters = judge_spaces(
        nearest, codes, k=k, halves=asked.halves, margin=margin, seed=seed, progress=progress
    )
    told = {name: (found.scores < 0).astype(np.int64) for name, found in probed.items()}
    accuracy = get_measure("accuracy", "classification")
    spread = Spread(
        per_text={name: (each == codes).astype(np.float64) for name, each in told.items()},
        over_halves={name: found.over_halves for name, found in probed.items()},
        degrees=asked.halves.blocks - 1,
        reason=asked.halves.reason,
    )
    found = {
        name: ContrastInSpace(
            space=name,
            auc=ordered(
                "AUC", probe.scores, asked.sides.astype(np.float64), AUC, asked.halves, units=asked.units
            ),
            accuracy=_measured(
                "accuracy",
                widened_estimate(estimate(codes, told[name], measure=accuracy), spread, name),
                told[name],
                codes,
            ),
            votes=_measured(
                f"accuracy of the {k} nearest", accuracies[name], vote(nearest[name][:, :k], codes), codes
            ),
            unseen=_unseen(probe.unseen, families, len(codes)),
            unseen_p=probe.unseen.p if probe.unseen else float("nan"),
            regrouped=_range(probe.regrouped, len(codes)),
        )
        for name, probe in probed.items()
    }
    return {
        "k": k,
        "largest": float(np.bincount(codes).max() / len(codes)),
        "spaces": found,
        "probes": widen(judge_labels(codes, told, margin=margin), spread, span=accuracy.span, of_hits=True),
        "voters": voters,
    }


def _members(labels: Labels, family: LabelFamily) -> Mask:
    wanted = [code for code, name in enumerate(labels.names) if name in family.labels]
    return np.isin(labels.codes, wanted)


def _by_fold(folds: Ints) -> Halves:
    """The folds as blocks of which sums are taken; no half is drawn of them."""
    return Halves(block_of=folds, members=np.zeros((0, _FOLDS), dtype=np.bool_))


def _over_halves(space: Centred, asked: _Asked) -> Floats:
    """(r,) accuracy on held-out texts when half of the texts are all that there is: probes are fitted anew in each.

    Hits of texts that one probe judges hang together, and those of probes that share most of their texts too; to a plain
    comparison they are independent.
    """
    found = np.full(len(asked.halves), np.nan)
    for half, drawn in enumerate(asked.halves.masks()):
        rows = np.flatnonzero(drawn)
        folds, kept = np.unique(asked.folds[rows], return_inverse=True)
        if len(folds) < _FEWEST_FOLDS:
            continue
        own = Centred.of(space.vectors[rows])
        sides = asked.sides[rows]
        by_fold = Halves(block_of=kept, members=np.zeros((0, len(folds)), dtype=np.bool_))
        sums = BlockSums.of(own, np.where(sides, 1.0, -1.0)[:, None], by_fold)
        scores = out_of_fold(sums, own, np.arange(len(folds)), by_fold)[:, 0]
        found[half] = float(((scores >= 0) == sides).mean())
    return found


def _regrouped(space: Centred, sums: BlockSums, asked: _Asked, alpha: float) -> Floats:
    """(a - 1,) AUCs on held-out texts, of families dealt in other ways."""
    dealt = asked.dealt.sides[1:]
    if not len(dealt):
        return np.empty(0)
    g = dealt.shape[1]
    x, count = np.zeros((_FOLDS, g, space.dim)), np.zeros((_FOLDS, g))
    for part in pieces(len(space), space.dim):
        np.add.at(x, (asked.folds[part], asked.labels[part]), space.rows(part))
    np.add.at(count, (asked.folds, asked.labels), 1)
    scores = np.empty((len(space), len(dealt)))
    for fold in range(_FOLDS):
        kept = np.arange(_FOLDS) != fold
        products = sums.xx[kept].sum(axis=0)
        slopes = ridge_of_families(products, x[kept].sum(axis=0), count[kept].sum(axis=0), dealt, alpha)
        rows = np.flatnonzero(asked.folds == fold)
        for part in pieces(len(rows), space.dim):
            scores[rows[part]] = space.rows(rows[part]) @ slopes
    return np.array(
        [order(scores[:, way], side[asked.labels].astype(np.float64), AUC) for way, side in enumerate(dealt)]
    )


def _measured(name: str, found: Estimate, told: Ints, codes: Ints) -> Measured:
    """An accuracy beside what the same answers hit among shuffled families."""
    n = len(codes)
    answers, truth = np.bincount(told, minlength=2), np.bincount(codes, minlength=2)
    mean = float(answers @ truth) / n**2
    spread = 2 * float(np.sqrt(answers.prod() / n * truth.prod() / n / (n - 1)))  # hypergeometric
    low, high = max(mean - 1.96 * spread / n, 0.0), min(mean + 1.96 * spread / n, 1.0)
    floor = Estimate(value=mean, low=low, high=high, n=n, method="closed form")
    return Measured(name=name, estimate=found, floor=floor, null=SHUFFLED)


def _unseen(found: Unseen | None, families: tuple[LabelFamily, LabelFamily], n: int) -> Measured:
    """AUC on unseen labels with a jackknife over the labels of either family."""
    if found is None:
        one = next(family.name for family in families if len(family.labels) < 2)
        why = f"family {one!r} has one label; two or more are needed to leave one out"
        return Measured(
            name="AUC on unseen labels",
            estimate=Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=why),
        )
    from scipy.stats import t as student

    pairs = found.pairs
    error = sum(float(pairs.mean(axis=axis).var(ddof=1)) / pairs.shape[1 - axis] for axis in (0, 1)) ** 0.5
    half = float(student.ppf(0.975, min(pairs.shape) - 1)) * error
    value = float(found.means[0])
    return Measured(
        name="AUC on unseen labels",
        estimate=Estimate(
            value=value,
            low=max(value - half, 0.0),
            high=min(value + half, 1.0),
            n=n,
            method="jackknife over labels",
        ),
        floor=_range(found.means[1:], n),
        null=DEALT,
    )


def _range(values: Floats, n: int) -> Estimate | None:
    """The mean of several ways of dealing, and the range that holds 95 % of them; None without any."""
    if not len(values):
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(
        value=float(values.mean()),
        low=float(low),
        high=float(high),
        n=n,
        method=f"{len(values)} ways of dealing the labels",
    )
