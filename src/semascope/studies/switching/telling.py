"""The answer in sentences, the one that decides first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.retrieval.measuring.naming import query_measure
from semascope.stats.measures import measure_named
from semascope.studies.switching.deciding import rows_missing, texts_needed
from semascope.studies.switching.result import NEW, OLD
from semascope.words.numbers import (
    fixed,
    measure_decimals,
    percent,
    roughly,
    rounded_share,
    seconds,
    share,
)
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measure import Measure
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.evidence.gathered import Evidence
    from semascope.studies.switching.result import (
        Answer,
        Judged,
        Level,
        Neighborhoods,
        Reencoding,
        StoredAs,
        Thresholds,
    )

TOLD_LEVEL = 0.8
_SAME = 0.01  # cosines nearer than this are the same to a reader
_BITS = 1e-6  # between two cosines of the same vectors: what sums in another order leave


def headline(plan: SwitchPlan, found: Evidence, answer: Answer) -> list[str]:
    """The answer, then what it rests on."""
    names = (found.old.side.name, found.new.side.name)
    near = found.found or found.neighborhoods
    sentences = [
        _first(plan, found, answer, names),
        _neighbors(near) if found.judged and not found.constant else "",
        _again(found.reencoding),
        "" if found.constant else _threshold(found.thresholds, names),
        _smallest(found) if found.constant != NEW else "",
    ]
    return [sentence for sentence in sentences if sentence]


def measure_of(task: Judged) -> Measure:
    """The measure of a task, from its name."""
    return query_measure(task.measure) if task.kind == "queries" else measure_named(task.measure)


def decimals_of(task: Judged) -> int:
    """Of the measure of a task, everywhere it is written."""
    values = task.values.values()
    return measure_decimals((one.value for one in values), ((one.high - one.low) / 2 for one in values))


def figures(task: Judged) -> str:
    """What both reach: "MAE 0.51 and 0.49, 3.9 % less error"."""
    measure, decimals = measure_of(task), decimals_of(task)
    old, new = task.values[OLD].value, task.values[NEW].value
    away = measure.amount(new - old, old, decimals=decimals)
    more = "more" if new > old else "less"
    what = f"{away} {more} error" if measure.lower_is_better else f"{away} {more}"
    if not any(digit in away for digit in "123456789"):
        what = "the same to these digits"
    return f"{measure.short} {fixed(old, decimals)} and {fixed(new, decimals)}, {what}"


def on(task: Judged) -> str:
    """What a task is called in a sentence."""
    return "its queries" if task.kind == "queries" else f"“{task.name}”"


def _first(plan: SwitchPlan, found: Evidence, answer: Answer, names: tuple[str, str]) -> str:
    old, new = names
    if same(found):
        return f"Switch: {old} and {new} are one and the same, so nothing changes."
    all_again = f", with every {found.neighborhoods.unit} encoded again" if found.reencoding.needed else ""
    if found.constant == NEW:
        return f"Do not switch: all vectors of {new} are the same, so it tells no two {found.neighborhoods.unit}s apart."
    if not found.judged:
        return _without_tasks(plan, found, answer, all_again)
    if answer == "do not switch":
        worse = [task for task in found.judged if task.stands is False]
        told = listing([f"{on(task)} ({figures(task)})" for task in worse])
        return f"Do not switch: {new} is worse than {old} on {told}."
    if answer == "switch":
        if any(task.stands is None for task in found.judged):
            return f"Switch{all_again}: every cosine is the same in {new} as in {old} but for rounding, and so are the neighbours."
        return f"Switch{all_again}: {new} is {_words(found.judged, old)}."
    open_ones = [task for task in found.judged if task.stands is None]
    told = listing([f"{on(task)} ({figures(task)})" for task in open_ones])
    return f"It cannot be told from these {_units(open_ones)} whether to switch: {new} against {old} is open on {told}{_more(plan, found.judged)}."


def same(found: Evidence) -> bool:
    """Whether OLD and NEW are one encoder in one arithmetic, at one width, under one instruction, for queries too."""
    one, other = found.old, found.new
    if found.cosines.most > _BITS:  # vectors of the queries may differ where those of the documents do not
        return False
    if one.side.encoder is None or other.side.encoder is None:
        files = one.side.encoder is None and other.side.encoder is None
        return files and one.space == other.space and one.vectors.shape == other.vectors.shape
    alike = one.side.encoder.fingerprint == other.side.encoder.fingerprint
    return alike and one.side.same_texts(other.side) and one.vectors.shape == other.vectors.shape


def _words(judged: Sequence[Judged], old: str) -> str:
    """Where NEW is better, and where equivalent."""
    better = [task for task in judged if task.verdict.word == "better"]
    equal = [task for task in judged if task.verdict.word == "equivalent"]
    rest = [task for task in judged if task not in better and task not in equal]
    parts = [
        f"{word} {than} {old} on {listing([f'{on(task)} ({figures(task)})' for task in tasks])}"
        for word, than, tasks in (
            ("better", "than", better),
            ("equivalent", "to", equal),
            ("better than or equivalent", "to", rest),
        )
        if tasks
    ]
    return "; ".join(parts)


def _units(tasks: Sequence[Judged]) -> str:
    units = {"queries" if task.unit == "query" else "rows" for task in tasks}
    return " and ".join(sorted(units))


def _more(plan: SwitchPlan, judged: Sequence[Judged]) -> str:
    """How much more it takes, of the file's own rows, of which a share judges."""
    reasons = list(dict.fromkeys(task.why for task in judged if task.stands is None and task.why))
    missing = rows_missing(judged)
    if reasons:
        return f"; {listing(reasons)}"
    if missing is None:
        return "; how many more would tell is not known"
    task = next(task for task in judged if task.stands is None and task.needed is not None)
    if task.unit == "query":
        return f"; about {roughly(missing)} more judged queries would tell"
    whole = math.ceil(missing / plan.test_size)
    return (
        f"; about {roughly(whole)} more rows would tell, of which {percent(plan.test_size, space=' ')} judge"
    )


def _without_tasks(plan: SwitchPlan, found: Evidence, answer: Answer, all_again: str) -> str:
    near = found.found or found.neighborhoods
    told = f"all vectors of {found.old.side.name} are the same" if found.constant else _kept(near)
    if answer == "switch" and not near.overlap.estimate.low >= 1 - plan.overlap_margin:
        ties = ", and those that change places are ties" if near.overlap.estimate.value < 1 else ""
        return f"Switch{all_again}: every cosine is the same but for rounding: {told}{ties}."
    if answer == "switch":
        return f"Switch{all_again}: nothing that rests on neighbours changes by more than the margin: {told}."
    if near.overlap.estimate.low >= 1 - plan.overlap_margin and not found.constant:
        least = texts_needed(plan.overlap_margin)
        units = "queries" if near.unit == "query" else f"{near.unit}s"
        return f"It cannot be told from {near.asked:,} {units} whether to switch: {told}, and only {least:,} or more would show it; give more."
    what = "judgements of the queries" if found.found is not None else "targets or queries with judgements"
    how = (
        ""
        if found.found is not None
        else ": name a column with --target, or a collection in place of the file"
    )
    return f"It cannot be told from {'queries' if near.unit == 'query' else 'texts'} alone whether to switch: {told}, and only {what} can say whether for better{how}."


def _kept(near: Neighborhoods) -> str:
    """How many neighbours stay, with the interval and chance."""
    estimate, floor = near.overlap.estimate, near.overlap.floor
    parts = []
    if estimate.low == estimate.low:
        parts.append(
            f"95 % interval {percent(estimate.low, space=' ')} to {percent(estimate.high, space=' ')}"
        )
    if floor is not None:
        parts.append(f"by chance {rounded_share(floor.value)}")
    nearest = f"first {near.k} documents" if near.unit == "query" else f"{near.k} nearest"
    told = f" ({'; '.join(parts)})" if parts else ""
    return f"{percent(estimate.value, space=' ')} of each {near.unit}'s {nearest} stay{told}"


def _neighbors(near: Neighborhoods) -> str:
    return f"{capital(_kept(near))}."


def _again(found: Reencoding) -> str:
    """What must be encoded again, and what a million texts take."""
    sentence = found.why
    speed = found.speeds.get(NEW)
    if found.needed and speed is not None and speed.seconds_per_million == speed.seconds_per_million:
        known = speed.money_per_million == speed.money_per_million
        charged = f" and cost {speed.money}" if speed.currency else f", or {speed.money} at that price"
        sentence += f" A million texts like these take {seconds(speed.seconds_per_million)} {speed.where}{charged if known else ''}."
    return sentence


def told_level(found: Thresholds) -> Level | None:
    """The cosine that the answer tells of: .8 where pairs have it, else the highest that some have."""
    known = [level for level in found.levels if level.new == level.new]
    return next((level for level in known if level.old == TOLD_LEVEL), known[-1] if known else None)


def _threshold(found: Thresholds | None, names: tuple[str, str]) -> str:
    level = None if found is None else told_level(found)
    if found is None or level is None:
        return ""
    if stays(found):
        return "Thresholds on cosines stay where they are."
    old, new = names if names[0] != names[1] else ("OLD", "NEW")
    sentence = (
        f"A cosine of {cosine(level.old)} in {old} is {share(level.new)} in {new} (nine in ten such pairs: {share(level.low)} to"
        f" {share(level.high)})"
    )
    if level.as_many == level.as_many:
        sentence += f"; a threshold of {cosine(level.old)} lets as many pairs pass as {share(level.as_many)} does there"
    return f"{sentence}."


def stays(found: Thresholds) -> bool:
    """Whether every cosine is the same in both, single pairs too, to a hundredth or two."""
    known = [level for level in found.levels if level.new == level.new]
    return all(abs(level.new - level.old) <= _SAME and level.high - level.low <= 4 * _SAME for level in known)


def cosine(value: float) -> str:
    """A cosine that somebody chose: ".8"."""
    return share(value).rstrip("0")


def _smallest(found: Evidence) -> str:
    """The smallest way of keeping NEW that stands, against float32, and where it is much worse than that."""
    whole = found.storage[0] if found.storage else None
    standing = [form for form in found.storage if form.stands]
    if whole is None or not standing:
        return ""
    best = min(standing, key=lambda form: form.bytes_whole)
    if best.name == whole.name:
        return ""
    told = (
        f"Vectors of {found.new.side.name} can be kept as {best.name}: {best.bytes_whole:,.0f} bytes each in place of"
        f" {whole.bytes_whole:,.0f}"
    )
    worse = worse_than_whole(found.judged, best, whole)
    return f"{told}; {worse}." if worse else f"{told}."


def worse_than_whole(judged: Sequence[Judged], form: StoredAs, whole: StoredAs) -> str:
    """Where a way of keeping NEW is worse than its float32 by the margin or more: "worse than float32 on “y” (MAE 1.47, not 1.16)".

    It is held against OLD, and may stand though much of what NEW is worth is lost. "" where nothing is.
    """
    lost = []
    for task in judged:
        measure, decimals = measure_of(task), decimals_of(task)
        one, other = form.values[task.name], whole.values[task.name]
        if measure.gain(one - other) <= -task.verdict.margin:
            lost.append(f"{on(task)} ({measure.short} {fixed(one, decimals)}, not {fixed(other, decimals)})")
    return f"worse than float32 on {listing(lost)}" if lost else ""
