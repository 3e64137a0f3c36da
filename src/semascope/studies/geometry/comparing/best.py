"""Which of several spaces tells the labels best: the leading one, judged against all others. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.comparing.products import ALL_THE_SAME, Centred
from semascope.geometry.labels.numbers import floor_of_votes
from semascope.geometry.labels.separating import WIDE, judge_spaces, vote, why_unusable
from semascope.geometry.labels.voters import nearest_strangers, own_components
from semascope.neighbors import top_k
from semascope.stats.measures import get_measure
from semascope.studies.geometry.comparing.compared import BestSpace
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.halves import Halves
    from semascope.maps.contents import Labels
    from semascope.stats.results import Estimate
    from semascope.types import Ints, Progress, Vectors


def judge_best(
    spaces: Mapping[str, Vectors],
    nearest: Mapping[str, Ints],
    labels: Labels,
    *,
    halves: Halves | None = None,
    components: Ints | None = None,
    k: int = 10,
    margin: float | None = None,
    floors: Mapping[str, Estimate | None] | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> tuple[BestSpace | None, str]:
    """The space whose k nearest neighbours name most labels right, against each of the others; or why there is none.

    Parameters
    ----------
    spaces
        One or more, by name: (n, d) of unit length. One whose vectors are all the same takes no part.
    nearest
        (n, 3 k) nearest texts in each, nearest first, itself not among them.
    labels
        Of the n texts; those without one neither vote nor count.
    halves, components
        As in ``describe_labels``: the same there and here, so that the answer is the one of its table. None: halves of
        single texts, each of which is on its own.
    margin
        What counts as equal; None: 0.02, less where the first space is near 0 or 1, whichever leads.
    floors
        By space: what the same neighbours hit among shuffled labels, where ``describe_labels`` has it already. None: it is
        taken here, in the same way.

    Notes
    -----
    The leader is chosen by the numbers that it is then judged by. Of s spaces it is called better than another one only
    where p times s - 1 is below 0.05: a space that is not the best is then called so, beside the true best one, at most
    once in twenty (Hsu, Constrained simultaneous confidence intervals for multiple comparisons with the best, Annals of
    Statistics 12, 1984, with Bonferroni's bound in place of Dunnett's). Where the first space leads, nothing was chosen: the
    words are those of the table, which holds every space against the first, after Holm.
    """
    labelled = np.flatnonzero(labels.codes >= 0)
    codes = labels.codes[labelled]
    k = neighbors_measured(len(labelled), k)
    together = None if components is None else own_components(components[labelled])
    if why_not := why_unusable(labels.name, codes, k, components=together):
        return None, why_not
    lists = {name: nearest[name] for name in nearest if Centred.of(spaces[name]).varies}
    if not lists:
        return None, ALL_THE_SAME
    if len(labelled) < len(labels.codes):  # only texts with a label vote, so that every text has k votes
        lists = {name: nearest_listed(spaces[name][labelled], k, progress) for name in lists}
    if together is not None:
        lists = {
            name: nearest_strangers(spaces[name][labelled], each, together, progress=progress)
            for name, each in lists.items()
        }
    right = {name: float((vote(each[:, :k], codes) == codes).mean()) for name, each in lists.items()}
    leader = max(right, key=lambda name: right[name])  # of equal ones the first
    accuracy = get_measure("accuracy", "classification")
    order = [leader, *(name for name in lists if name != leader)]
    accuracies, family = judge_spaces(
        {name: lists[name] for name in order},
        codes,
        k=k,
        halves=None if halves is None else replace(halves, block_of=halves.block_of[labelled]),
        margin=accuracy.margin_around(margin, np.array([right[next(iter(right))]])),
        seed=seed,
        progress=progress,
    )
    compared = (
        len(order) - 1 if leader != next(iter(spaces)) else 0
    )  # the first was named before anybody looked
    words = {
        name: "open" if verdict.word == "worse" and verdict.p * compared >= 0.05 else verdict.word
        for name, verdict in family.verdicts.items()
        if name != leader
    }
    return BestSpace(
        label=labels.name,
        k=k,
        texts=len(labelled),
        largest=float(np.bincount(codes).max() / len(codes)),
        leader=leader,
        accuracies={name: accuracies[name] for name in lists},
        floors={
            name: floors[name]
            if floors is not None and name in floors
            else floor_of_votes(each[:, :k], codes, components=together, seed=seed)
            for name, each in lists.items()
        },
        family=family,
        behind=tuple(name for name, word in words.items() if word == "worse"),
        level=tuple(name for name, word in words.items() if word == "equivalent"),
        open=tuple(name for name, word in words.items() if word not in ("worse", "equivalent")),
    ), ""


def nearest_listed(vectors: Vectors, k: int, progress: Progress = silent) -> Ints:
    """(n, 3 k) nearest texts of each, nearest first, itself not among them; fewer where there are fewer."""
    if not k:
        return np.empty((len(vectors), 0), dtype=np.int64)
    return top_k(vectors, vectors, WIDE * k, exclude_self=True, progress=progress).indices
