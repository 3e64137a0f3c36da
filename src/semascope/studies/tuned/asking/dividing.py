"""Which queries a tuning learns from, which choose (when to stop, what is advised), and which estimate, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.data.duplicates import GIANT
from semascope.data.spellings import plain_spelling
from semascope.data.splits import HELD_OUT, TRAINING, by_appearance, make_split
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.note import counted, named, note_of
from semascope.studies.tuned.asking.shares import check_shares
from semascope.studies.tuned.asking.times import cut_times, query_times
from semascope.studies.tuned.asking.units import query_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.retrieval.collections.note import Note
    from semascope.types import Ints

By = Literal["query", "document", "time"]
LEARNING, CHOOSING = TRAINING[:2], TRAINING[2:]
"""Names of splits that learn, and of those that choose."""
_SIDES = {"learning": LEARNING, "choosing": CHOOSING, "estimating": HELD_OUT}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Divided:
    """Ids of the queries of each side, all with a relevant document there, as they stand in the collection."""

    how: Literal["given", "query", "document", "time"]
    learning: tuple[str, ...]
    choosing: tuple[str, ...]
    estimating: tuple[str, ...]
    left_out: Mapping[str, str]  # judged queries of no side, and why
    judgements: Judgements  # each pair once: a query has those of its own side alone
    notes: tuple[Note, ...] = ()


def divide(
    collection: Collection,
    leaks: Leaks,
    *,
    by: By = "query",
    group: str | None = None,
    time: str | None = None,
    test_size: float = 0.2,
    choosing: float = 0.1,
    seed: int = 42,
) -> Divided:
    """The side of each query that has a relevant document: by the splits of the judgements, or drawn.

    Judgements whose splits name two sides or more (``train``; ``dev``, ``val``; ``test``) are kept. Where ``test`` is missing,
    what was named to choose estimates; where ``train`` is missing, it learns; in both cases, and where nothing is named to choose,
    a share of the learning queries chooses. Who may not be parted and was, gives way: learning queries to choosing ones, both to
    estimating ones.

    Parameters
    ----------
    by
        What is never on two sides. ``query``: a query and its near-copies. ``document``: these, and every document that is
        relevant for one of them, with its near-copies; so no estimating query asks for a document that was learnt. ``time``:
        a moment; the oldest queries learn, later ones choose, and the newest estimate.
    group
        Column of documents or queries whose values are on one side, too; see ``query_units``.
    time
        Column of documents or queries, with ``by="time"``; see ``query_times``.
    test_size, choosing
        Shares of the queries that estimate and that choose, at least one unit each. Of given sides, ``choosing`` is a share of
        the queries that learn.
    seed
        Of the draw.

    Raises
    ------
    ConfigError
        For shares that leave a side nothing, a time that is not divided by, or sides that are given beside a time.
    DataError
        Where too few queries can be parted, judgements name a side and others do not, or a column is not there.
    """
    _check(by, time, test_size, choosing)
    units = query_units(collection, leaks, documents=by == "document", group=group)
    task = _Dividing(collection, leaks.query_copies, units, by=by, grouped=group is not None, seed=seed)
    sides = _named_sides(collection)
    if sides:
        if by == "time":
            raise ConfigError(
                f"the judgements of {collection.name} name their sides ({named(list(dict.fromkeys(collection.judgements.splits)))}), and"
                " a division by time would part them anew; give judgements of one split, or leave out the time"
            )
        return task.given(sides, choosing=choosing)
    if time is not None:
        return task.by_time(time, test_size=test_size, choosing=choosing)
    return task.drawn(test_size=test_size, choosing=choosing)


class _Dividing:
    """One division of the queries of a collection."""

    def __init__(
        self, collection: Collection, copies: Ints, units: Ints, *, by: By, grouped: bool, seed: int
    ) -> None:
        self.collection, self.by, self.grouped, self.seed = collection, by, grouped, seed
        self.order = collection.queries.ids
        self.copy_of = dict(zip(self.order, copies.tolist(), strict=True))
        self.unit_of = dict(zip(self.order, units.tolist(), strict=True))

    def drawn(self, *, test_size: float, choosing: float) -> Divided:
        judgements = self.collection.judgements.merged()
        asked = self._asked(judgements)
        units = self._units(asked)
        self._require_units(asked, 3)
        held = set(make_split(units, strata=None, test_size=test_size, seed=self.seed).test.tolist())
        held = _with_two_left(held, units)
        estimating = [asked[place] for place in sorted(held)]
        rest = [query for place, query in enumerate(asked) if place not in held]
        learning, chooses = self._choosing(rest, queries_wanted=choosing * len(asked))
        return self._divided(
            self.by, (learning, chooses, estimating), [judgements] * 3, {}, self._large_unit(asked, units)
        )

    def by_time(self, column: str, *, test_size: float, choosing: float) -> Divided:
        judgements = self.collection.judgements.merged()
        asked = self._asked(judgements)
        times = dict(zip(self.order, query_times(self.collection, column), strict=True))
        left = {query: f"has no time in {column!r}" for query in asked if np.isnan(times[query]).any()}
        dated = [query for query in asked if query not in left]
        self._require_units(dated, 3)
        units = self._units(dated)
        spans = np.tile([np.inf, -np.inf], (int(units.max()) + 1, 1))
        found = np.array([times[query] for query in dated])
        np.minimum.at(spans[:, 0], units, found[:, 0])
        np.maximum.at(spans[:, 1], units, found[:, 1])
        wanted = len(dated) * test_size, len(dated) * choosing
        second, last = cut_times(spans, np.bincount(units).tolist(), estimate=wanted[0], choose=wanted[1])
        sides: tuple[list[str], list[str], list[str]] = [], [], []
        for query, unit in zip(dated, units.tolist(), strict=True):
            low, high = spans[unit]
            if high < second:
                sides[0].append(query)
            elif second <= low and high < last:
                sides[1].append(query)
            elif low >= last:
                sides[2].append(query)
            else:
                left[query] = "has times, or copies with times, of two sides"
        return self._divided("time", sides, [judgements] * 3, left, [])

    def given(self, sides: Mapping[str, Sequence[str]], *, choosing: float) -> Divided:
        notes: list[Note] = []
        estimates, learns = sides.get("estimating"), sides.get("learning")
        chooses = sides.get("choosing", ())
        if estimates is None:
            estimates, chooses = chooses, ()
            notes += note_of(
                "named to choose, estimates", estimates, "No split is named test, so these estimate"
            )
        if learns is None:
            learns, chooses = chooses, ()
            notes += note_of("named to choose, learns", learns, "No split is named train, so these learn")
        judged = [
            self.collection.judgements.of_splits(names).merged() for names in (learns, chooses, estimates)
        ]
        left: dict[str, str] = {}
        estimating = self._asked(judged[2])
        to_choose = self._apart(self._asked(judged[1]), estimating, "estimates", left)
        learning = self._apart(self._asked(judged[0]), estimating, "estimates", left)
        if chooses:
            learning = self._apart(learning, to_choose, "chooses", left)
        for what, ids in (("learning", learning), ("estimating", estimating)):
            self._require_side(what, ids)
        if chooses:
            self._require_side("choosing", to_choose)
        else:
            self._require_units(learning, 2)
            learning, to_choose = self._choosing(learning, queries_wanted=choosing * len(learning))
            judged[1] = judged[0]
        return self._divided("given", (learning, to_choose, estimating), judged, left, notes)

    def _apart(self, queries: list[str], others: Iterable[str], what: str, left: dict[str, str]) -> list[str]:
        """The queries that may be parted from all others; why the rest may not comes into ``left``."""
        others = set(others)
        copies, units = ({label[query] for query in others} for label in (self.copy_of, self.unit_of))
        kept = []
        for query in queries:
            if query in others:
                continue
            if self.copy_of[query] in copies:
                left[query] = f"says the same, or nearly, as a query that {what}"
            elif self.unit_of[query] in units:
                left[query] = f"shares {self._shared()} with a query that {what}"
            else:
                kept.append(query)
        return kept

    def _shared(self) -> str:
        kinds = ["a document"] * (self.by == "document") + ["a group"] * self.grouped
        return " or ".join(kinds) or "a copy"

    def _asked(self, judgements: Judgements) -> list[str]:
        """Queries with a relevant document, in the order of the collection."""
        relevant = judgements.relevant_queries()
        return [query for query in self.order if query in relevant]

    def _units(self, queries: Sequence[str]) -> Ints:
        return by_appearance(np.array([self.unit_of[query] for query in queries], dtype=np.int64))

    def _choosing(self, queries: list[str], *, queries_wanted: float) -> tuple[list[str], list[str]]:
        """Those that learn, and those that choose."""
        share = min(max(queries_wanted / len(queries), 1e-9), 1 - 1e-9)
        split = make_split(
            self._units(queries), strata=None, test_size=share, seed=self.seed + 1
        )  # not the first draw again
        return [queries[place] for place in split.train], [queries[place] for place in split.test]

    def _require_units(self, queries: Sequence[str], needed: int) -> None:
        found = len({self.unit_of[query] for query in queries})
        if found >= needed:
            return
        joined = {
            "query": "near-copies stay together",
            "document": "queries of one document, and near-copies, stay together",
            "time": "near-copies stay together",
        }[self.by]
        if self.grouped:
            joined += ", and so does a group"
        sides = "learning, choosing and estimating" if needed == 3 else "learning and choosing"
        raise DataError(
            f"{self.collection.name} has {counted(len(queries), 'query')} with a relevant document to divide, which make {counted(found, 'unit')}"
            f" ({joined}); {sides} need {needed} units, one each; give more pairs"
            + (", or divide by query" if self.by == "document" else "")
            + (", or leave out the group" if self.grouped else "")
        )

    def _require_side(self, what: str, ids: Sequence[str]) -> None:
        if not ids:
            raise DataError(
                f"{self.collection.name} has no {what} query with a relevant document that may be parted from the other sides; each side"
                " needs one; give other judgements, or judgements of one split and let the queries be divided"
            )

    def _large_unit(self, queries: Sequence[str], units: Ints) -> list[Note]:
        sizes = np.bincount(units)
        largest = int(np.argmax(sizes))
        if sizes[largest] <= max(GIANT * len(queries), 2):
            return []
        ids = [query for query, unit in zip(queries, units.tolist(), strict=True) if unit == largest]
        text = f"{len(ids):,} of {counted(len(queries), 'query')} may not be parted, and are on one side together"
        return note_of("large unit", ids, text, warning=True)

    def _divided(
        self,
        how: Literal["given", "query", "document", "time"],
        sides: tuple[list[str], list[str], list[str]],
        judged: Sequence[Judgements],
        left: Mapping[str, str],
        notes: Sequence[Note],
    ) -> Divided:
        parts = []
        for side, judgements in zip(sides, judged, strict=True):
            ids = set(side)
            parts.append(
                judgements.take(np.array([query in ids for query in judgements.queries], dtype=bool))
            )
        there = {query for side in sides for query in side}
        everyone = set(self.collection.judgements.queries) - there
        reasons = {
            query: left.get(query, "has no relevant document") for query in self.order if query in everyone
        }
        learning, choosing, estimating = (tuple(side) for side in sides)
        return Divided(
            how=how,
            learning=learning,
            choosing=choosing,
            estimating=estimating,
            left_out=reasons,
            judgements=parts[0].joined(parts[1]).joined(parts[2]),
            notes=(*notes, *_left_notes(reasons)),
        )


def _left_notes(reasons: Mapping[str, str]) -> list[Note]:
    """One a reason."""
    found: list[Note] = []
    for reason in dict.fromkeys(reasons.values()):
        ids = [query for query, why in reasons.items() if why == reason]
        found += note_of("left out", ids, f"{counted(len(ids), 'query')} left out, as each {reason}")
    return found


def _with_two_left(held: set[int], units: Ints) -> set[int]:
    """Without the smallest units that were held out, until two others are left: to learn, and to choose."""
    sizes = np.bincount(units)
    inside = sorted({int(units[place]) for place in held}, key=lambda unit: (sizes[unit], unit))
    for unit in inside[: max(2 - (len(sizes) - len(inside)), 0)]:
        held = held - set(np.flatnonzero(units == unit).tolist())
    return held


def learning_splits(collection: Collection) -> list[str]:
    """The splits that learn where the judgements name sides; [] where queries are to be drawn.

    Raises
    ------
    DataError
        Some judgements name a side and others do not.
    """
    sides = _named_sides(collection)
    return sides.get("learning") or sides.get("choosing", [])


def _named_sides(collection: Collection) -> dict[str, list[str]]:
    """The splits of each side, where two sides or more are named; {} where queries are to be drawn."""
    names = {name: plain_spelling(name).casefold() for name in dict.fromkeys(collection.judgements.splits)}
    sides = {
        side: [name for name, plain in names.items() if plain in accepted]
        for side, accepted in _SIDES.items()
    }
    sides = {side: found for side, found in sides.items() if found}
    known = [name for found in sides.values() for name in found]
    odd = [name for name in names if name not in known]
    if known and odd:
        raise DataError(
            f"{collection.name} has judgements of {named(odd)} beside {named(known)}; accepted splits are"
            f" {', '.join(TRAINING + HELD_OUT)}; rename or remove the others"
        )
    return sides if len(sides) > 1 else {}


def _check(by: By, time: str | None, test_size: float, choosing: float) -> None:
    check_shares(test_size, choosing, "queries")
    if by == "time" and time is None:
        raise ConfigError(
            "queries are divided by time, and no column of times is named; dates, years or numbers are accepted; name a column"
        )
    if by != "time" and time is not None:
        raise ConfigError(
            f"queries are divided by {by}, and a column of times, {time!r}, is named; it is for a division by time; divide by time, or"
            " leave it out"
        )
