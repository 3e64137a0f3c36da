"""A race of cells on growing samples of the side that chooses: what cannot become the choice falls before it costs much.

It knows no head and no encoder. A kind of study says what a sample shows of each cell (``Lap``); see docs/racing.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.choice import RANK, no_dearer

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
"""That no cell falls which is better, by more than the margin, than what it fell to."""
LAST = 0.75
"""Share of all units from which on another sample saves too little to be worth its fits."""
TREND = 0.5
"""Standard errors that the difference at the end of the learning curves is lowered by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """A cell that has not been computed whole."""

    cell: str
    lane: str  # what must be computed for it: cells of one lane share it


@dataclass(frozen=True, kw_only=True, slots=True)
class Lap:
    """What a sample of u units shows of one cell."""

    value: float  # the measure; NaN where it is undefined: such a cell neither falls nor lets others fall
    moves: (
        Floats  # (u,) what each unit moves the value by; the root of their squares' sum is its standard error
    )
    less: float  # the measure on the same units, learnt from half of what ``value`` was learnt from
    less_moves: Floats  # (u,) likewise
    nothing: float  # the measure of a cell that has learnt nothing, on the same units
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
    best: str  # cell id


@dataclass(frozen=True, kw_only=True, slots=True)
class Race:
    """How it went. Cells without a fall are computed whole."""

    units: int  # of all, which those that are left go on to
    lanes: Mapping[str, str]  # of every cell that took part, by id
    free: Sequence[str] = ()  # ids of those that could not fall
    heats: Sequence[Heat] = ()
    falls: Mapping[str, Fall] = field(default_factory=dict)  # by cell id
    prices: Mapping[str, Price] = field(default_factory=dict)  # by cell id; of those that ran


@dataclass(frozen=True, kw_only=True, slots=True)
class Raced:
    """A race as a finished study tells it."""

    race: Race
    labels: Mapping[str, str]  # of all cells of the study and of those that fell, by id
    fallen: Sequence[Fall]  # of cells that were not computed whole since, in the order of the study
    whole: int  # what is computed for a lane of which a cell is left: all rows, held-out ones too
    rows_per_unit: float = 1.0  # that a sample takes: more than 1 where not all rows of it choose

    @property
    def computed(self) -> dict[str, int]:
        """Rows that were computed for each lane that costs something."""
        fallen = {fall.cell for fall in self.fallen}
        found: dict[str, int] = {}
        for cell, lane in self.race.lanes.items():
            if self.race.prices.get(cell, (0, 0.0))[0] >= RANK["vectors"]:
                sample = round(self.race.falls[cell].units * self.rows_per_unit) if cell in fallen else 0
                found[lane] = max(found.get(lane, 0), sample or self.whole)
        return found

    @property
    def saved(self) -> float:
        """Share of the rows of all lanes that were not computed, in [0, 1]."""
        computed = self.computed
        return 1 - sum(computed.values()) / (len(computed) * self.whole) if computed else 0.0

    @property
    def saved_seconds(self) -> float:
        """Seconds that this would have taken at the lanes' prices; NaN where one is not known."""
        prices = {lane: self.race.prices.get(cell, (0, 0.0))[1] for cell, lane in self.race.lanes.items()}
        return sum((self.whole - units) / 1000 * prices[lane] for lane, units in self.computed.items())


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
    run: Callable[[Sequence[str], int], Mapping[str, Lap]],
    first: int = FIRST,
    report: Callable[[Race], None] = lambda race: None,
) -> Race:
    """Which cells are left behind on samples that double, until all units or one lane are left.

    Parameters
    ----------
    free
        Lanes of cells that are computed whole anyway, by cell: these never fall, but others may fall to them.
    units
        How many there are to sample from.
    margin
        What counts as equal, as a study gives it; None: the measure's own.
    confidence
        That no cell falls which is better, by more than the margin, than what it fell to; over all samples and pairs.
    report
        Called after every sample with how the race stands.
    run
        From cells and a number of units to their laps: the same units in the same order for all cells, each sample within the
        next.
    """
    lanes = {runner.cell: runner.lane for runner in runners}
    sizes = samples(units, first=first)
    tests = max(1, (len(lanes) + len(free) - 1) * len(sizes))
    state = _Race(
        measure=measure, margin=margin, rule=rule, z=NormalDist().inv_cdf(1 - (1 - confidence) / tests)
    )
    found = Race(units=units, lanes={**lanes, **free}, free=list(free))
    for size in sizes:
        alive = [cell for cell in lanes if cell not in state.falls]
        left = {lanes[cell] for cell in alive}
        if left <= set(free.values()) or len(left) + len(free) < 2:
            break  # nothing more can be saved
        laps = run([*alive, *free], size)
        state.let_fall(laps, alive=alive, units=size, doublings=math.log2(units / size))
        values = {cell: lap.value for cell, lap in laps.items()}
        found = replace(
            found,
            heats=[*found.heats, Heat(units=size, values=values, best=measure.best(values))],
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
    z: float
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
        sign = 1.0 if self.measure.lower_is_better else -1.0
        behind, error = sign * (one.value - two.value), float(np.linalg.norm(one.moves - two.moves))
        (end, moves), (other_end, other_moves) = (at_the_end(lap, sign, doublings) for lap in (one, two))
        end_error = float(np.linalg.norm(moves - other_moves))
        least = min(behind - self.z * error, end - other_end - TREND * end_error)
        margin = self.measure.margin_around(self.margin, np.array([two.value]))
        # What costs no less must be better by more than the margin; what costs less may be behind by as much.
        limit = -margin if no_dearer(two.price, one.price) else margin if self.rule == "cheapest" else 0.0
        if not least > limit:
            return None
        return Fall(cell=cell, units=units, against=other, behind=behind, error=error, least=least)


def at_the_end(lap: Lap, sign: float, doublings: float) -> tuple[float, Floats]:
    """The loss that a cell comes to after further doublings of the units, and (u,) what each unit moves it by.

    What a cell has learnt, the distance from one that has learnt nothing, is carried on as n / (n + k): it doubles with the
    units where they are few, as for a wide space, and saturates. The two numbers of a lap tell k; the moves are those of
    the function of the two, to first order.
    """
    learnt, before = sign * (lap.nothing - lap.value), sign * (lap.nothing - lap.less)
    times = 2.0**doublings
    ratio = learnt / before if before > 0 else math.inf if learnt > 0 else 1.0
    ratio = min(max(ratio, 1.0), 2.0)
    rest = times * (2.0 - ratio) + ratio - 1.0
    growth, slope = times / rest, times * (times - 1.0) / rest**2
    moves = (growth + ratio * slope) * lap.moves - ratio**2 * slope * lap.less_moves
    return sign * lap.nothing - growth * learnt, sign * moves
