"""What a tuned encoder forgot: its base and itself on general sets, the same rows for both."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semascope.stats.family import one_family
from semascope.stats.results import Verdict
from semascope.stats.standing import ALPHA
from semascope.studies.tuned.judging.general import check_names, packaged_sets
from semascope.studies.tuned.judging.general_heads import read_heads
from semascope.studies.tuned.judging.general_pairs import read_pair_scores
from semascope.studies.tuned.judging.general_retrieval import read_found
from semascope.studies.tuned.judging.general_task import BASE, FLOOR, TUNED
from semascope.studies.tuned.judging.turned import is_turned
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.stats.results import Family, Word
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.judging.general import GeneralSet
    from semascope.studies.tuned.judging.general_task import General
    from semascope.types import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgot:
    """One general set: its base and the tuned encoder on the same rows, pairs or queries."""

    name: str
    kind: str  # how it is judged: "retrieval", "ridge", "logistic", "similarity"
    unit: str  # "query", "row", "pair"
    n: int  # of them
    left_out: int  # of them that an encoder was tuned on, near copies included
    measure: str
    base: float
    tuned: float
    floor: float  # what is reached without looking at a text
    floor_of: str
    difference: float  # tuned less base, in the unit of the measure
    gain: float  # the same, turned so that more is better
    low: float  # 95 % interval of the difference
    high: float
    p: float
    p_holm: float  # corrected over all sets that could be judged
    margin: float  # differences smaller than this count as none
    word: Word  # "better", "equivalent", "unresolved" or "worse"
    reason: str  # why it is unresolved beyond a wide interval; else ""
    test: str  # how p was reached, and the interval
    interval: str
    needed: int | None = None  # rows that would resolve it, about


def read_general(
    sets: Sequence[GeneralSet], encoders: Sequence[Encoder], *, read: Sequence[str] = (), seed: int = 42
) -> list[General]:
    """The sets, read; none given: the packaged sample.

    To be called before a training too, with its base alone: what cannot be read is better known before hours of work.

    Parameters
    ----------
    encoders
        The base first. What any of them was tuned on judges nothing.
    read
        What the training has just read: near copies of it judge nothing either.

    Raises
    ------
    ConfigError, DataError
        For two sets of one name, and for what cannot be read, with the file and the column.
    """
    asked = list(sets) or packaged_sets(encoders[0])
    check_names(asked)
    return [_read(one, encoders, read=read, seed=seed) for one in asked]


def forgotten(
    base: Encoder,
    tuned: Encoder,
    sets: Sequence[GeneralSet] = (),
    *,
    read: Sequence[str] = (),
    store: VectorStore | None = None,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> list[Forgot]:
    """Every set's verdict on the tuned encoder against its base, Holm over the sets.

    Parameters
    ----------
    base, tuned
        What was tuned, and what came out of it.
    sets
        None: the packaged sample, its English rows where the base reads no other language.
    read
        What the training has just read: rows that nearly say the same are left out beside those that an encoder says it was
        tuned on.
    margin
        What counts as equal on every set: a share of the base's error, or a difference of any other measure. None: each
        measure's own.
    seed
        Of samples, folds and resamples.

    Returns
    -------
    list of Forgot
        In the order of the sets. Where the base is not shown to be better than an answer without a text there is nothing to
        forget: such a set is never called equivalent. A set of which too little is left is unresolved, with the reason.

    Raises
    ------
    ConfigError, DataError, EncoderError
        As ``read_general`` and ``embed`` do.

    Notes
    -----
    Both read the texts without an instruction; queries and documents in the roles of their templates. Where the tuned encoder is
    its base, turned (``turned.py``), what rests on cosines is equivalent without a test.
    """
    tasks = read_general(sets, (base, tuned), read=read, seed=seed)
    told: list[_Told | None] = []
    for done, task in enumerate(tasks):
        progress(Step(stage="general sets", done=done, total=len(tasks), unit="sets", detail=task.name))
        told.append(
            None
            if task.why_not
            else _judged(task, base, tuned, store=store, margin=margin, progress=progress)
        )
    families = [each.family for each in told if each is not None]
    corrected = iter(one_family(families))
    return [
        _without(task) if each is None else _forgot(task, each, next(corrected)[TUNED])
        for task, each in zip(tasks, told, strict=True)
    ]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Told:
    """What is left of a set when its vectors are gone."""

    base: float
    tuned: float
    floor: float
    knows: bool  # whether the base is shown to be better than the floor
    family: Family


def _read(asked: GeneralSet, encoders: Iterable[Encoder], *, read: Sequence[str], seed: int) -> General:
    if asked.task == "target":
        return read_heads(asked, encoders, read=read, seed=seed)
    if asked.task == "similarity":
        return read_pair_scores(asked, encoders, read=read, seed=seed)
    return read_found(asked, encoders, read=read, seed=seed)


def _judged(
    task: General,
    base: Encoder,
    tuned: Encoder,
    *,
    store: VectorStore | None,
    margin: float | None,
    progress: Progress,
) -> _Told:
    before = task.vectors(base, store=store, progress=progress)
    answers = {BASE: task.answers(before), FLOOR: task.floor(before)}
    after = task.vectors(tuned, store=store, progress=progress)
    answers[TUNED] = task.answers(after)
    knows = task.family({FLOOR: answers[FLOOR], BASE: answers[BASE]}, baseline=FLOOR, margin=None)
    family = task.family({BASE: answers[BASE], TUNED: answers[TUNED]}, baseline=BASE, margin=margin)
    same = task.by_cosines and is_turned(before, after)
    return _Told(
        base=task.value(answers[BASE]),
        tuned=task.value(answers[TUNED]),
        floor=task.value(answers[FLOOR]),
        knows=_is_better(knows.verdicts[BASE]),
        family=_of_one_space(family) if same else family,
    )


def _of_one_space(family: Family) -> Family:
    """With the verdict of a cell that is the baseline under another name."""
    found = family.verdicts[TUNED]
    nothing = Verdict.of_nothing("equivalent", margin=family.margin, n=found.n, groups=found.groups)
    return replace(family, verdicts={**family.verdicts, TUNED: nothing})


def _is_better(verdict: Verdict) -> bool:
    """Whether it is shown, at any distance: a margin has no part in it."""
    return verdict.gain > 0 and verdict.p < ALPHA and (verdict.low >= 0 or verdict.high <= 0)


def _forgot(task: General, told: _Told, verdict: Verdict) -> Forgot:
    if verdict.word == "equivalent" and not told.knows:
        why = f"the base is not shown to be better than {task.floor_of}, so there is nothing to forget"
        verdict = replace(verdict, word="unresolved", reason=why)
    return Forgot(
        name=task.name,
        kind=task.what,
        unit=task.unit,
        n=task.judged,
        left_out=task.left_out,
        measure=task.measure.name,
        base=told.base,
        tuned=told.tuned,
        floor=told.floor,
        floor_of=task.floor_of,
        difference=verdict.difference,
        gain=verdict.gain,
        low=verdict.low,
        high=verdict.high,
        p=verdict.p,
        p_holm=verdict.p_holm,
        margin=verdict.margin,
        word=verdict.word,
        reason=verdict.reason,
        test=told.family.test,
        interval=told.family.interval,
        needed=verdict.rows_needed,
    )


def _without(task: General) -> Forgot:
    """Of a set that cannot be judged."""
    return Forgot(
        name=task.name,
        kind=task.what,
        unit=task.unit,
        n=task.judged,
        left_out=task.left_out,
        measure=task.measure.name,
        base=math.nan,
        tuned=math.nan,
        floor=math.nan,
        floor_of="",
        difference=math.nan,
        gain=math.nan,
        low=math.nan,
        high=math.nan,
        p=math.nan,
        p_holm=math.nan,
        margin=math.nan,
        word="unresolved",
        reason=task.why_not,
        test="",
        interval="",
    )
