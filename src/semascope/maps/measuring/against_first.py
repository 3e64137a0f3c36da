"""Every space of a map against the first, in full dimension: shared neighbours and debiased CKA. n texts, d dim, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.geometry.comparing.cka import debiased_cka, own_hsic
from semascope.geometry.comparing.products import Centred
from semascope.geometry.comparing.shared_neighbors import shared_neighbors
from semascope.geometry.halves import draw_halves
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.measured import Measured
    from semascope.types import Ints, Progress, Vectors

_DRAWS = 60
_DRAWS_OF_MANY = 30
_MANY = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstFirst:
    """One space against the first."""

    share: Measured  # of the k nearest texts in common
    cka: Measured


def against_first(
    spaces: Mapping[str, tuple[Vectors, Ints]], kinds: Ints, *, k: int, seed: int, progress: Progress
) -> dict[str, AgainstFirst]:
    """What each of the others has in common with the first.

    Parameters
    ----------
    spaces
        By name: (n, d) of unit length, and (n, 3 k) nearest texts of each, nearest first; fewer where there are fewer
        texts.
    kinds
        (n,) numbers from 0, equal where texts are copies of each other.
    """
    n = len(kinds)
    halves = draw_halves(n, draws=_DRAWS if n <= _MANY else _DRAWS_OF_MANY, seed=seed)
    (first, near), *others = spaces.values()
    names = list(spaces)[1:]
    about = Centred.of(first)
    own, found = own_hsic(about, halves), {}
    for done, (name, (vectors, listed)) in enumerate(zip(names, others, strict=True)):
        progress(Step(stage="comparing spaces", done=done, total=len(names), unit="spaces"))
        other = Centred.of(vectors)
        found[name] = AgainstFirst(
            share=shared_neighbors(near, listed, kinds, halves, k=k, seed=seed).share,
            cka=debiased_cka(about, other, halves, own=(own, own_hsic(other, halves))),
        )
    progress(Step(stage="comparing spaces", done=len(names), total=len(names), unit="spaces"))
    return found
