"""Whether two scores are one axis of a space or two. Letters: n texts, d dim, t scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.geometry.comparing.products import ALL_THE_SAME, Centred, pieces, rows_by_block
from semascope.geometry.halves import draw_halves
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate
from semascope.studies.geometry.comparing.block_sums import (
    ALPHAS,
    WIDEST,
    BlockSums,
    blocks_for,
    narrowed,
    out_of_fold,
)
from semascope.studies.geometry.comparing.directions import (
    noise_cosines,
    readings,
    readings_of_halves,
)
from semascope.studies.geometry.comparing.orderings import SPEARMAN, ordered, ordering_of
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.geometry.halves import Halves
    from semascope.studies.geometry.comparing.orderings import Ordering
    from semascope.types import Array, Floats, Ints, Progress, Vectors

AxesWord = Literal["one", "two", "open"]

APART = 30
"""Degrees: directions that are nearer count as one."""
ONE = float(np.cos(np.radians(APART)))
ALIKE = 0.95
"""Correlation of two axes over the texts below which they are not one, whatever the angle between them."""
FEWEST = 40  # texts, or groups of them, that say anything of an angle
_FOLDS = 4
_DRAWS = 40  # halves: each fits four directions
_NOISE = 50  # shuffled scores
NULL = "directions of shuffled scores"


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Two scores in one space."""

    space: str
    word: AxesWord  # one axis, two, or it cannot be told
    reason: str  # why it cannot be told; "" when it can
    own: tuple[Measured, Measured]  # how well each score's own probe orders it, out of fold
    cross: tuple[
        Measured, Measured
    ]  # how well the first's probe orders the second, and the second's the first
    reliability: tuple[Measured, Measured]  # cosine of two directions of one score, fitted on different texts
    agreement: Measured  # cosine of directions of the two scores, fitted on different texts
    cosine: Estimate  # the agreement that directions known without noise would have
    angle: Estimate  # in degrees, 0 to 180: above 90 one score falls where the other rises
    in_common: Estimate  # correlation of the two axes over these texts, known without noise

    @property
    def is_apart(self) -> bool:
        """Whether the directions are shown to be two, whatever the texts do."""
        return _farthest(self.cosine) < ONE


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoScores:
    """Two columns of scores, in every space."""

    first: str
    second: str
    texts: int  # that have both
    correlation: Estimate  # of the scores themselves, in ranks
    measures: tuple[str, str] = ("", "")  # what orders each: "Spearman", or "AUC" for two classes
    plain: tuple[
        Measured, ...
    ] = ()  # how well the first score itself orders the second, and the second the first
    spaces: dict[str, Axes] = field(default_factory=dict)
    why_not: str = ""  # why nothing can be said; "" when it can


def judge_axes(
    spaces: Mapping[str, Vectors],
    scores: Mapping[str, Floats],
    *,
    components: Ints | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> tuple[TwoScores, ...]:
    """Every two of the scores in every space: one axis, two, or it cannot be told.

    Parameters
    ----------
    spaces
        One or more, by name: (n, d).
    scores
        Two or more, by name: (n,) numbers, NaN where a text has none; two values are two classes.
    components
        (n,) texts that must not be torn apart; None: each on its own.

    Notes
    -----
    The direction of a score is that of its ridge regression, both scores of a pair under one penalty. What is in a
    direction is told from its noise by fitting on disjoint texts (``Readings``). They are one axis where the corrected
    cosine lies beyond that of 30 degrees with its whole 95 % interval, and the two axes' correlation over the texts
    does too and may be 1; two, where one of these intervals lies on the other side; else it cannot be told, as where a
    score cannot be read in the space at all. Correlated scores on two axes raise the correlation and leave the angle;
    simulated: ``tests/unit/studies/geometry/comparing/test_axes.py``.
    """
    if len(scores) < 2:
        raise ConfigError(
            f"{len(scores)} score is given; axes are held against each other; name two or more columns"
        )
    pairs = list(combinations(scores, 2))
    found = []
    for done, (first, second) in enumerate(pairs):
        progress(Step(stage="comparing axes", done=done, total=len(pairs), unit="pairs of scores"))
        values = np.stack([_column(scores[name], name, spaces) for name in (first, second)], axis=1)
        found.append(_two_scores(spaces, (first, second), values, components, seed))
    progress(Step(stage="comparing axes", done=len(pairs), total=len(pairs), unit="pairs of scores"))
    return tuple(found)


def _column(values: Array, name: str, spaces: Mapping[str, Vectors]) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    n = len(next(iter(spaces.values())))
    if column.shape != (n,):
        raise DataError(
            f"score {name!r} has shape {column.shape} for {n:,} texts; it needs one number a text; pass one column"
        )
    return column


def _two_scores(
    spaces: Mapping[str, Vectors],
    names: tuple[str, str],
    values: Floats,
    components: Ints | None,
    seed: int,
) -> TwoScores:
    rows = np.flatnonzero(np.isfinite(values).all(axis=1))
    both = values[rows]
    together = None if components is None else components[rows]
    units = len(rows) if together is None else len(np.unique(together))
    if why_not := _why_not(both, names, units):
        nothing = Estimate(value=np.nan, low=np.nan, high=np.nan, n=len(rows), reason=why_not)
        return TwoScores(
            first=names[0],
            second=names[1],
            texts=len(rows),
            correlation=nothing,
            why_not=why_not,
        )
    widest = max(min(vectors.shape[1], WIDEST) for vectors in spaces.values())
    halves = draw_halves(len(rows), groups=together, blocks=blocks_for(widest), draws=_DRAWS, seed=seed)
    how = (ordering_of(both[:, 0]), ordering_of(both[:, 1]))
    plain = [
        ordered(
            f"{names[place]} itself", both[:, place], both[:, 1 - place], how[1 - place], halves, units=units
        )
        for place in (0, 1)
    ]
    return TwoScores(
        first=names[0],
        second=names[1],
        texts=len(rows),
        correlation=ordered("", both[:, 0], both[:, 1], SPEARMAN, halves).estimate,
        measures=(how[0].name, how[1].name),
        plain=(plain[0], plain[1]),
        spaces={
            name: _in_space(name, vectors[rows], both, names, how, halves, units, seed)
            for name, vectors in spaces.items()
        },
    )


def _why_not(both: Floats, names: tuple[str, str], units: int) -> str:
    if units < FEWEST:
        return f"{units} texts, or groups of them, have both scores; {FEWEST} or more are needed"
    for place, name in enumerate(names):
        if np.ptp(both[:, place]) == 0:
            return f"{name!r} is the same for every text"
    return ""


def _in_space(
    name: str,
    vectors: Vectors,
    both: Floats,
    names: tuple[str, str],
    how: tuple[Ordering, Ordering],
    halves: Halves,
    units: int,
    seed: int,
) -> Axes:
    space = narrowed(Centred.of(vectors))
    scores = (both - both.mean(axis=0)) / both.std(axis=0)
    sums = BlockSums.of(space, scores, halves)
    folds = np.arange(halves.blocks) % _FOLDS
    predicted = out_of_fold(sums, space, folds, halves)
    losses = sums.fold_losses(folds, np.ones(halves.blocks, dtype=np.bool_))
    alpha = float(np.sqrt(np.prod(ALPHAS[losses.argmin(axis=0)])))  # one for both
    told = readings(sums, alpha, seed=seed)
    over = readings_of_halves(sums, alpha, halves, seed=seed)
    floor = _noise_floor(space, sums, scores, alpha, halves, seed)

    def measured(what: str, value: float, spread: list[float]) -> Measured:
        found = halves.estimate(value, np.array(spread), least=-1.0, most=1.0)
        return Measured(name=what, estimate=found, floor=floor, null=NULL)

    def orders(by: int, score: int) -> Measured:
        what = f"probe of {names[by]} on {names[score]}"
        return ordered(what, predicted[:, by], both[:, score], how[score], halves, units=units)

    def again(place: int) -> Measured:
        spread = [float(each.own_direction[place]) for each in over]
        what = f"direction of {names[place]} with itself"
        return measured(what, float(told.own_direction[place]), spread)

    axes = Axes(
        space=name,
        word="open",
        reason="",
        own=(orders(0, 0), orders(1, 1)),
        cross=(orders(0, 1), orders(1, 0)),
        reliability=(again(0), again(1)),
        agreement=measured("directions with each other", told.agreement, [each.agreement for each in over]),
        cosine=_within_one(halves, told.cosine, [each.cosine for each in over]),
        angle=_nothing(len(both)),
        in_common=_within_one(halves, told.in_common, [each.in_common for each in over]),
    )
    axes = replace(axes, angle=_angle(axes.cosine))
    word, reason = _judged(axes, names, varies=space.varies)
    return replace(axes, word=word, reason=reason)


def _judged(axes: Axes, names: tuple[str, str], *, varies: bool) -> tuple[AxesWord, str]:
    """One axis, two, or why it cannot be told."""
    if not varies:
        return "open", ALL_THE_SAME
    for name, own, again in zip(names, axes.own, axes.reliability, strict=True):
        if own.above_floor is not True:
            return "open", f"a probe of {name!r} is not shown to read it in this space"
        if again.above_floor is not True:
            return "open", f"two probes of {name!r}, fitted on different texts, do not point the same way"
    cosine, common = axes.cosine, axes.in_common
    if not (np.isfinite(cosine.low) and np.isfinite(common.low)):
        return "open", "the directions are too uncertain for an angle"
    if axes.is_apart or _farthest(common) < ONE:
        return "two", ""
    if _nearest(cosine) >= ONE and _nearest(common) >= ONE and _farthest(common) >= ALIKE:
        return "one", ""
    if not _nearest(cosine) >= ONE:
        return "open", f"the angle between them is shown to be neither below {APART} degrees nor above"
    return "open", "their probes read nearly the same of these texts, and are not shown to read the same"


def _farthest(found: Estimate) -> float:
    """The largest size that the interval holds."""
    return max(abs(found.low), abs(found.high))


def _nearest(found: Estimate) -> float:
    """The smallest size that the interval holds; 0 where it holds both signs."""
    return 0.0 if found.low <= 0 <= found.high else min(abs(found.low), abs(found.high))


def _within_one(halves: Halves, value: float, over: list[float]) -> Estimate:
    """A corrected cosine: noise can carry it beyond 1, where none is."""
    found = halves.estimate(value, np.array(over))
    value, low, high = np.clip([found.value, found.low, found.high], -1.0, 1.0).tolist()
    return replace(found, value=value, low=low, high=high)


def _angle(cosine: Estimate) -> Estimate:
    """In degrees; the ends change places."""
    value, high, low = np.degrees(np.arccos([cosine.value, cosine.low, cosine.high])).tolist()
    return replace(cosine, value=value, low=low, high=high)


def _nothing(n: int) -> Estimate:
    return Estimate(value=np.nan, low=np.nan, high=np.nan, n=n)


def _noise_floor(
    space: Centred, sums: BlockSums, scores: Floats, alpha: float, halves: Halves, seed: int
) -> Estimate:
    """Cosines of directions of scores that were shuffled among the texts."""
    rng = np.random.default_rng(seed)
    n = len(scores)
    shuffled = np.stack([scores[rng.permutation(n), draw % 2] for draw in range(_NOISE)], axis=1)
    noise = np.zeros((halves.blocks, space.dim, _NOISE))
    for block, rows in enumerate(rows_by_block(halves)):
        for part in pieces(len(rows), space.dim):
            noise[block] += space.rows(rows[part]).T @ shuffled[rows[part]]
    found = noise_cosines(sums, noise, alpha, seed=seed)
    found = found[np.isfinite(found)]
    if not len(found):
        return _nothing(n)
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(
        value=float(found.mean()), low=float(low), high=float(high), n=n, method=f"{_NOISE} orders"
    )
