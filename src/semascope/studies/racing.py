"""A race of cells on growing samples of the side that chooses: what cannot become the choice falls before it costs much.

It knows no head and no encoder. A kind of study says what a sample shows of each cell (``Lap``); see docs/racing.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.guards import FEWEST_GROUPS
from semascope.studies.choice import no_dearer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.stats.measure import Measure
    from semascope.studies.choice import Price
    from semascope.types import Floats, Rule

FIRST = 200
"""Units of the first sample."""
FEWEST = 150
"""Units below which nothing falls: learning curves cross there."""
CONFIDENCE = 0.95
"""That a cell does not fall which is better, by more than the margin, than what it would fall to."""
LAST = 0.75
"""Share of all units from which on another sample saves too little to be worth its fits."""
TREND = 0.5
"""Standard errors that the difference at the end of the learning curves is lowered by."""
AWAKE = 2.0
"""Standard errors that a cell must be better than nothing by, to have shown that it has learnt anything."""
FEW = 10
"""Units that two cells must differ on, below which the spread of their difference says too little of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """A cell that has not been computed whole."""

    cell: str
    lane: str  # what must be computed for it: cells of one lane share it


@dataclass(frozen=True, kw_only=True, slots=True)
class Lap:
    """What a sample shows of one cell; u units that can be told apart: rows, or groups of them."""

    value: float  # the measure; NaN where nothing may be concluded: such a cell neither falls nor lets others fall
    moves: (
        Floats  # (u,) what each unit moves the value by; the root of their squares' sum is its standard error
    )
    less: float  # the measure on the same units, learnt from half of what ``value`` was learnt from
    less_moves: Floats  # (u,) likewise
    nothing: float  # the measure of a cell that has learnt nothing, on the same units
    nothing_moves: Floats  # (u,) likewise
    learns: bool = True  # whether more units can change it: a constant's cannot
    price: Price  # of running the cell


def moves_of(scores: Floats) -> Floats:
    """(u,) what each unit moves a mean by.

    Examples
    --------
    >>> moves = moves_of(np.array([0.0, 1.0, 2.0, 5.0]))  # a variance of 14 / 3, of the mean a quarter of that
    >>> round(float(np.square(moves).sum()), 6)
    1.166667
    """
    count = len(scores)
    centred = np.asarray(scores, dtype=np.float64) - np.mean(scores)
    return np.asarray(centred / math.sqrt(count * (count - 1)) if count > 1 else centred * math.nan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """That a cell is left behind, and what showed it."""

    cell: str
    units: int  # of the sample
    against: str  # cell id
    behind: float  # in the unit of the measure, more is worse; below 0 where it was ahead
    error: float  # standard error of that paired difference
    least: float  # the lowest that the difference may still come to on all units


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """One sample."""

    units: int
    values: Mapping[str, float]  # the measure of every cell that ran
    best: str  # id of the best of those that are left


@dataclass(frozen=True, kw_only=True, slots=True)
class Race:
    """How it went. Cells without a fall are computed whole."""

    units: int  # of all, which those that are left go on to
    lanes: Mapping[str, str]  # of every cell that took part, by id
    free: Sequence[str] = ()  # ids of those that could not fall
    heats: Sequence[Heat] = ()
    falls: Mapping[str, Fall] = field(default_factory=dict)  # by cell id
    prices: Mapping[str, Price] = field(default_factory=dict)  # by cell id; of those that ran
    # by lane, as the kind of study counts it: what had to be computed when the race began, and what it left out
    to_compute: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    # what each cell is made of, as a record says it
    made: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raced:
    """A race as a finished study tells it."""

    race: Race
    labels: Mapping[str, str]  # of all cells of the study and of those that fell, by id
    fallen: Sequence[
        Fall
    ]  # of cells that were not computed whole since, in this race and in earlier ones of the folder

    @property
    def lost(self) -> set[str]:
        """Lanes of which no cell is left."""
        fallen = {fall.cell for fall in self.fallen}
        alive = {lane for cell, lane in self.race.lanes.items() if cell not in fallen}
        return set(self.race.lanes.values()) - alive

    @property
    def saved(self) -> float:
        """Share of what was to be computed that was not, in [0, 1]; NaN where there was nothing to compute."""
        whole = sum(self.race.to_compute.values())
        return sum(self.race.left_out.get(lane, 0) for lane in self.lost) / whole if whole else math.nan

    @property
    def saved_seconds(self) -> float:
        """Seconds that this would have taken at the lanes' prices, which are for 1,000; NaN where one is not known."""
        prices = {lane: self.race.prices.get(cell, (0, 0.0))[1] for cell, lane in self.race.lanes.items()}
        return sum(self.race.left_out.get(lane, 0) / 1000 * prices[lane] for lane in self.lost)


def samples(units: int, *, first: int = FIRST) -> list[int]:
    """Sizes of the samples: each twice the one before, none near all of them.

    Examples
    --------
    >>> samples(7352)
    [200, 400, 800, 1600, 3200]
    >>> samples(220)
    []
    """
    sizes, size = [], max(first, FEWEST)
    while size < LAST * units:
        sizes.append(size)
        size *= 2
    return sizes


def race(
    runners: Sequence[Runner],
    *,
    free: Mapping[str, str],
    units: int,
    measure: Measure,
    margin: float | None,
    rule: Rule,
    confidence: float,
    run: Callable[[Sequence[str], int], tuple[int, Mapping[str, Lap]]],
    first: int = FIRST,
    report: Callable[[Race], None] = lambda race: None,
) -> Race:
    """Which cells are left behind on samples that double, until nothing more can be left out.

    Parameters
    ----------
    free
        Lanes of cells that are computed whole anyway, by cell: these never fall, but others may fall to them.
    units
        How many there are to sample from.
    margin
        What counts as equal, as a study gives it; None: the measure's own.
    confidence
        For each cell: that over all samples and all others it does not fall to one that it is better than by more than the
        margin. So for the one that would have won.
    report
        Called after every sample with how the race stands.
    run
        From cells and a number of units to how many the sample has, which may be a few more, and their laps: the same units in the
        same order for all cells, each sample within the next.
    """
    lanes = {runner.cell: runner.lane for runner in runners}
    sizes = samples(units, first=first)
    tests = max(1, (len(lanes) + len(free) - 1) * len(sizes))
    state = _Race(measure=measure, margin=margin, rule=rule, tail=(1 - confidence) / tests)
    found = Race(units=units, lanes={**lanes, **free}, free=list(free))
    for size in sizes:
        alive = [cell for cell in lanes if cell not in state.falls]
        left = {lanes[cell] for cell in alive}
        if left <= set(free.values()) or len(left) + len(free) < 2:
            break  # nothing more can be left out
        reached, laps = run([*alive, *free], size)
        state.let_fall(laps, alive=alive, units=reached, doublings=math.log2(max(1.0, units / reached)))
        values = {cell: lap.value for cell, lap in laps.items()}
        standing = {cell: value for cell, value in values.items() if cell not in state.falls}
        found = replace(
            found,
            heats=[*found.heats, Heat(units=reached, values=values, best=measure.best(standing))],
            falls=dict(state.falls),
            prices={**found.prices, **{cell: lap.price for cell, lap in laps.items()}},
        )
        report(found)
    return found


@dataclass(kw_only=True, slots=True)
class _Race:
    measure: Measure
    margin: float | None
    rule: Rule
    tail: float  # of the distribution of a difference, that one test may be wrong with
    falls: dict[str, Fall] = field(default_factory=dict)
    # what was known of those that fell, and for whom each cell answers
    seen: dict[str, tuple[Mapping[str, Lap], int, float]] = field(default_factory=dict)
    answers: dict[str, set[str]] = field(default_factory=dict)

    def let_fall(
        self, laps: Mapping[str, Lap], *, alive: Sequence[str], units: int, doublings: float
    ) -> None:
        """The worst first, so that of equals the better one stays."""
        left = {cell for cell, lap in laps.items() if math.isfinite(lap.value)}
        for cell in sorted(left.intersection(alive), key=lambda one: -self.measure.loss(laps[one].value)):
            for other in sorted(left - {cell}, key=lambda one: self.measure.loss(laps[one].value)):
                if fall := self.falling(cell, other, laps, units=units, doublings=doublings):
                    self.falls[cell] = fall
                    self.seen[cell] = laps, units, doublings
                    self.answers.setdefault(other, set()).update({cell}, self.answers.pop(cell, set()))
                    left.discard(cell)
                    break

    def falling(
        self, cell: str, other: str, laps: Mapping[str, Lap], *, units: int, doublings: float
    ) -> Fall | None:
        """The fall of a cell to another one, where the sample shows enough, for those too for which it answers."""
        found = self.compared(cell, other, laps, units=units, doublings=doublings)
        if found is None:
            return None
        for earlier in self.answers.get(cell, ()):
            then, size, left = self.seen[earlier]
            if other not in then or self.compared(earlier, other, then, units=size, doublings=left) is None:
                return None
        return found

    def compared(
        self, cell: str, other: str, laps: Mapping[str, Lap], *, units: int, doublings: float
    ) -> Fall | None:
        one, two = laps[cell], laps[other]
        if len(one.moves) < FEWEST_GROUPS:
            return None
        sign = 1.0 if self.measure.lower_is_better else -1.0
        behind, error = sign * (one.value - two.value), difference_error(one.moves, two.moves)
        end, other_end = (at_the_end(lap, sign, doublings) for lap in (one, two))
        bounds = (
            behind - _quantile(self.tail, len(one.moves) - 1) * error,
            end.loss - other_end.loss - TREND * end.error_to(other_end),
        )
        margin = self.measure.margin_around(self.margin, np.array([two.value]))
        # What costs no less must be better by more than the margin; what costs less may be behind by as much.
        limit = -margin if no_dearer(two.price, one.price) else margin if self.rule == "cheapest" else 0.0
        if not all(bound > limit for bound in bounds):  # one that is not a number shows nothing
            return None
        return Fall(cell=cell, units=units, against=other, behind=behind, error=error, least=min(bounds))


def difference_error(one: Floats, other: Floats) -> float:
    """The standard error of the difference of two cells, from what each unit moves them by.

    Where they differ on fewer than ``FEW`` units, as many hits and misses do, two more are added that differ as far as a unit
    can: cells that happen to agree on all of a sample are not thereby known to be the same (as Bonett and Price do for
    shares, Psychological Methods 17 (2012)).
    """
    differences = one - other
    apart = ~np.isclose(differences, np.median(differences), rtol=1e-9, atol=1e-15)
    squares = float(np.square(differences).sum())
    if np.count_nonzero(apart) < FEW:
        squares += 2 * max(float(np.abs(one).max()), float(np.abs(other).max())) ** 2
    return math.sqrt(squares)


def _quantile(tail: float, freedom: int) -> float:
    from scipy.stats import t as student

    return float(student.isf(tail, freedom))


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """Where a learning curve comes to."""

    loss: float
    moves: Floats  # (u,) what each unit moves it by
    blur: float = 0.0  # a standard error beside those

    def error_to(self, other: End) -> float:
        """The standard error of the difference of two ends."""
        return math.hypot(difference_error(self.moves, other.moves), self.blur, other.blur)


def at_the_end(lap: Lap, sign: float, doublings: float) -> End:
    """What a cell comes to after further doublings of the units.

    What it has learnt, the distance from one that has learnt nothing, is carried on as n / (n + k): it doubles with the
    units where they are few, as for a wide space, and saturates. The two numbers of a lap tell k; the moves are those of the
    function of the two, to first order. A cell that has not shown to have learnt anything may be about to begin, as a share of hits
    stands still until it does: its error grows with the units.
    """
    if not lap.learns:
        return End(loss=sign * lap.value, moves=sign * lap.moves)
    learnt, before = sign * (lap.nothing - lap.value), sign * (lap.nothing - lap.less)
    times = 2.0**doublings
    known = difference_error(lap.moves, lap.nothing_moves)
    if not math.isfinite(before):
        return End(loss=math.nan, moves=lap.moves)  # half of the units were too few to be fitted
    if not learnt > AWAKE * known:
        return End(
            loss=sign * lap.nothing - times * max(learnt, 0.0),
            moves=sign * lap.nothing_moves,
            blur=AWAKE / TREND * times * known,
        )
    growth, slope, ratio = times, 0.0, 2.0
    if learnt < 2 * before:
        ratio = max(learnt / before, 1.0)
        rest = times * (2.0 - ratio) + ratio - 1.0
        growth, slope = times / rest, times * (times - 1.0) / rest**2
    now, half = lap.nothing_moves - lap.moves, lap.nothing_moves - lap.less_moves
    return End(
        loss=sign * lap.nothing - growth * learnt,
        moves=sign * (lap.nothing_moves - (growth + ratio * slope) * now + ratio**2 * slope * half),
    )
