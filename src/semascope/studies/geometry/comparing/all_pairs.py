"""Every space against the first, and every two in a table. Letters: n texts, s spaces, d dim, k neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.geometry.comparing.cka import cka_of, debiased_cka, hsic, own_hsic, permuted_cka
from semascope.geometry.comparing.overlap import exchange_copies, neighbors_measured, overlaps
from semascope.geometry.comparing.procrustes import procrustes_residual
from semascope.geometry.comparing.products import ALL_THE_SAME, Centred
from semascope.geometry.comparing.shared_neighbors import most_changed, shared_neighbors
from semascope.studies.geometry.comparing.compared import AllCompared, PairCompared
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Progress, Vectors

CHANGED = 10
"""Texts that are named as those whose neighbours differ most."""


def compare_all(
    spaces: Mapping[str, Vectors],
    nearest: Mapping[str, Ints],
    kinds: Ints,
    *,
    halves: Halves,
    k: int = 10,
    changed: int = CHANGED,
    seed: int = 42,
    progress: Progress = silent,
) -> AllCompared:
    """Every space held against the first one, and shared neighbours and debiased CKA of every two.

    Parameters
    ----------
    spaces
        Two or more, by name: (n, d) of unit length each, widths may differ.
    nearest
        (n, 3 k) nearest texts in each space, nearest first, itself not among them; fewer columns where there are fewer
        texts.
    kinds
        (n,) numbers from 0, equal where texts are copies of each other in every space.
    halves
        Of the n texts, the same for every number of the spaces.
    k
        Neighbours looked at; fewer where they would be half of all texts or more.
    changed
        How many of the texts that share fewest neighbours are named.

    Returns
    -------
    AllCompared
        Numbers of a space whose vectors are all the same are NaN, each with its reason.
    """
    if len(spaces) < 2:
        raise ConfigError(
            f"{len(spaces)} space is compared; it takes two or more; name another encoder, instruction or width"
        )
    names, n = tuple(spaces), len(kinds)
    k = neighbors_measured(n, k)
    about = {name: Centred.of(vectors) for name, vectors in spaces.items()}
    own = {name: own_hsic(space, halves) for name, space in about.items()}
    pairs = {}
    for done, name in enumerate(names[1:]):
        progress(Step(stage="comparing spaces", done=done, total=len(names) - 1, unit="spaces"))
        pairs[name] = _pair(
            (names[0], name), about, own, nearest, kinds, halves, k=k, changed=changed, seed=seed
        )
    progress(Step(stage="comparing spaces", done=len(names) - 1, total=len(names) - 1, unit="spaces"))
    return AllCompared(
        names=names,
        texts=n,
        k=k,
        pairs=pairs,
        shares=_shares(about, nearest, kinds, k),
        ckas=_ckas(about, own, halves, pairs),
    )


def _pair(
    names: tuple[str, str],
    about: Mapping[str, Centred],
    own: Mapping[str, Floats],
    nearest: Mapping[str, Ints],
    kinds: Ints,
    halves: Halves,
    *,
    k: int,
    changed: int,
    seed: int,
) -> PairCompared:
    both, near = (about[names[0]], about[names[1]]), (nearest[names[0]], nearest[names[1]])
    why_not = (
        "" if all(space.varies for space in both) else ALL_THE_SAME
    )  # which come first then says nothing
    shared = shared_neighbors(*near, kinds, halves, k=k, why_not=why_not, seed=seed)
    return PairCompared(
        first=names[0],
        second=names[1],
        texts=len(kinds),
        k=k,
        widths=(both[0].dim, both[1].dim),
        share=shared.share,
        jaccard=shared.jaccard,
        cka=debiased_cka(
            *both, halves, own=(own[names[0]], own[names[1]]), floor=permuted_cka(*both, seed=seed)
        ),
        procrustes=procrustes_residual(*both, halves, seed=seed),
        changed=most_changed(*near, kinds, k=0 if why_not else k, wanted=changed),
    )


def _shares(about: Mapping[str, Centred], nearest: Mapping[str, Ints], kinds: Ints, k: int) -> Floats:
    """(s, s) mean shares of the k nearest in common; NaN for a space whose vectors are all the same."""
    told = {name: exchange_copies(nearest[name][:, :k], kinds) for name in about}
    found = overlaps(list(told.values()))
    for place, space in enumerate(about.values()):
        if not space.varies or not k:
            found[place] = found[:, place] = np.nan
    return found


def _ckas(
    about: Mapping[str, Centred],
    own: Mapping[str, Floats],
    halves: Halves,
    pairs: Mapping[str, PairCompared],
) -> Floats:
    """(s, s) debiased CKA of every two spaces."""
    names = list(about)
    found = np.full((len(names), len(names)), np.nan)
    for i, name in enumerate(names):
        found[i, i] = 1.0 if own[name][0] > 0 else np.nan
        for j, other in enumerate(names[:i]):
            if j == 0:
                value = pairs[name].cka.value
            else:
                value = float(cka_of(hsic(about[other], about[name], halves), own[other], own[name])[0])
            found[i, j] = found[j, i] = value
    return found
