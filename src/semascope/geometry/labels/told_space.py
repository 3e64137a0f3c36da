"""The numbers of one space brought into the form that is handed over. Letters: n texts, m with a label, l labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.labels.confusing import confusions
from semascope.geometry.labels.labelled import NO_LABEL, LabelsInSpace, OneLabel
from semascope.geometry.labels.numbers import floor_of, gap_of
from semascope.geometry.labels.widening import Spread, widened_estimate
from semascope.geometry.measured import Measured
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.cosines import LabelSums
    from semascope.geometry.labels.labelled import Confusion
    from semascope.geometry.labels.numbers import SpaceNumbers
    from semascope.geometry.labels.separating import Votes
    from semascope.types import Floats, Ints

SHUFFLED = "shuffled labels"
GAP_NAME = "nearer within labels"
OF_DISTANCE = "as a share of the mean cosine distance across labels"
_FEWEST = 5  # texts of a label whose share of right votes has an interval


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Told:
    """What the spaces share: the m texts that have a label, and their votes."""

    texts: int  # n, with those that have no label
    labelled: Ints  # (m,) which of them have one
    names: Sequence[str]  # (l,) of the labels
    k: int
    lists: Mapping[
        str, Ints
    ]  # (m, 3 k) by space: the nearest of each that may vote, among the m; -1 for none
    votes: Votes
    halves: Halves  # of the m texts
    components: Ints | None = None  # (m,) texts that have no vote for each other; None: each on its own


def labels_in_space(told: Told, name: str, accuracy: Estimate, found: SpaceNumbers) -> LabelsInSpace:
    """All that is told of one space."""
    sums, halves = found.sums, told.halves
    over, null = found.halves, found.shuffled
    # the mean over all orders of single texts is known; over those of whole components it is drawn
    alone = told.components is None
    numbers = {
        "silhouette": (float(found.silhouette.mean()), over.silhouette, null.silhouette, None, 1.0),
        "cosine within labels": (sums.within, over.within, null.within, sums.every if alone else None, 1.0),
        "cosine across labels": (sums.across, over.across, null.across, sums.every if alone else None, 1.0),
        GAP_NAME: (
            float(gap_of(np.array(sums.within), np.array(sums.across))),
            gap_of(over.within, over.across),
            gap_of(null.within, null.across),
            0.0 if alone else None,
            np.inf,
        ),
    }
    silhouette, within, across, gap = (
        Measured(
            name=called,
            estimate=halves.estimate(value, spread, least=-most, most=most),
            floor=floor_of(draws, n=len(told.labelled), centre=centre),
            null=SHUFFLED,
            note=OF_DISTANCE if called == GAP_NAME else "",
        )
        for called, (value, spread, draws, centre, most) in numbers.items()
    )
    voted = np.full(told.texts, NO_LABEL)
    voted[told.labelled] = told.votes.voted[name]
    return LabelsInSpace(
        knn=Measured(
            name="kNN accuracy",
            estimate=accuracy,
            floor=floor_of(found.shuffled_votes, n=len(told.labelled)),
            null=SHUFFLED,
        ),
        silhouette=silhouette,
        within=within,
        across=across,
        gap=gap,
        labels=_table(told, name, sums),
        confusions=_confusions(told, name),
        votes=voted,
    )


def _table(told: Told, name: str, sums: LabelSums) -> tuple[OneLabel, ...]:
    within = sums.within_each
    nearest, cosines = sums.nearest_labels()
    texts = sums.counts.astype(np.int64)
    return tuple(
        OneLabel(
            name=told.names[code],
            texts=int(texts[code]),
            accuracy=_accuracy(told.votes, name, code),
            within=float(within[code]),
            nearest=told.names[nearest[code]] if nearest[code] >= 0 else "",
            nearest_cosine=float(cosines[code]),
        )
        for code in np.argsort(-texts, kind="stable")
        if texts[code]
    )


def _accuracy(votes: Votes, name: str, code: int) -> Estimate:
    """Share of a label's texts voted right, its interval widened by what halves say of this label."""
    own = votes.codes == code
    hits = (votes.voted[name][own] == code).astype(np.float64)
    if len(hits) < _FEWEST:
        why = f"only {len(hits)} of its texts; an interval needs {_FEWEST}"
        return Estimate(value=float(hits.mean()), low=np.nan, high=np.nan, n=len(hits), reason=why)
    found = estimate(np.ones(len(hits)), hits, measure=get_measure("accuracy", "classification"))
    drawn = votes.drawn[:, code]
    shares: Floats = np.divide(
        votes.hits[name][:, code], drawn, out=np.full(len(drawn), np.nan), where=drawn > 0
    )
    spread = Spread(
        per_text={name: hits}, over_halves={name: shares}, degrees=votes.degrees, reason=votes.reason
    )
    return widened_estimate(replace(found, n=len(hits)), spread, name)


def _confusions(told: Told, name: str) -> tuple[Confusion, ...]:
    codes, voted = told.votes.codes, told.votes.voted[name]
    lists = told.lists[name][:, : told.k]
    agreed = ((codes[lists] == voted[:, None]) & (lists >= 0)).sum(axis=1)
    found = confusions(codes, voted, agreed, told.names)
    return tuple(replace(one, rows=tuple(told.labelled[list(one.rows)].tolist())) for one in found)
