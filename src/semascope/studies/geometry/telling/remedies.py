"""What remedies change, in one sentence that comes first, and what is said of one that is kept."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from semascope.studies.geometry.judging.remedied import NOTHING
from semascope.studies.geometry.telling.shares import SPELLED_OUT, plain_name
from semascope.words.numbers import count, share
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.results import Verdict
    from semascope.studies.geometry.judging.remedied import Remedied, RemediedSpace, Task

TASKS: Mapping[Task, str] = {
    "probe": "the probe",
    "kNN": "the neighbours' vote",
    "retrieval": "retrieval",
    "retrieval back": "retrieval the other way",
}
"""What each task is called in a sentence."""

_DOING = {"centre": "centring", "standardise": "standardising", "whiten": "whitening"}


def doing(remedy: str) -> str:
    """A remedy as something that is done.

    Examples
    --------
    >>> [doing(name) for name in ("centre", "all-but-the-top", "all-but-the-top:3")]
    ['centring', 'all-but-the-top', 'all-but-the-top:3']
    """
    return _DOING.get(remedy, remedy)


def remedies_sentence(remedied: Remedied) -> str:
    """What remedies do in every space, a clause each where spaces differ; three spaces at most are spelled out."""
    if remedied.reason:
        return f"No remedy was judged: {remedied.reason}."
    clauses = {name: space_clause(space) for name, space in remedied.spaces.items()}
    if len(set(clauses.values())) == 1:
        every = _in_any(remedied)
        clause = next(iter(clauses.values()))
        return capital(clause.replace("what you need", f"what you need{every}", 1)) + "."
    said = [f"in {plain_name(name)} {clause}" for name, clause in list(clauses.items())[:SPELLED_OUT]]
    return capital("; ".join([*said, *_left(len(clauses))])) + "."


def remedies_headline(remedied: Remedied) -> str:
    """The answer over all spaces in one sentence, with the amounts; three spaces at most are spelled out.

    Parameters
    ----------
    remedied
        With something that was judged.
    """
    found = {name: _by_word(space) for name, space in remedied.spaces.items()}
    words = sum((_counts(each) for each in found.values()), Counter())
    if not words.total():
        return f"No remedy could be fitted{_in_any(remedied)}."
    told = [
        *_by_space(found, "better", ("helps", "help")),
        *_by_space(found, "worse", ("harms", "harm")),
    ]
    if not words["better"] and words["worse"]:
        told = [f"no remedy helps{_in_any(remedied)}", *told]
    if told:
        return capital("; ".join([*told, *filter(None, [_rest(words)])])) + "."
    if words["unresolved"]:
        return f"No remedy is shown to help or to harm {_judged_by(remedied)}{_in_any(remedied)}: {_rest(words)}."
    return f"No remedy changes what you need{_in_any(remedied)}: {_judged_by(remedied)} {_be(remedied)} equivalent with every one."


def _in_any(remedied: Remedied) -> str:
    return f" in any of {count(len(remedied.spaces), 'space')}" if len(remedied.spaces) > 1 else ""


def _judged_tasks(remedied: Remedied) -> list[str]:
    return list(dict.fromkeys(TASKS[task.task] for space in remedied.spaces.values() for task in space.tasks))


def _judged_by(remedied: Remedied) -> str:
    return listing(_judged_tasks(remedied))


def _be(remedied: Remedied) -> str:
    return "is" if len(_judged_tasks(remedied)) == 1 else "are"


def _by_space(
    found: Mapping[str, Mapping[str, Mapping[Task, Mapping[str, Verdict]]]], word: str, verbs: tuple[str, str]
) -> list[str]:
    """``whitening harms the probe (−.22) in minilm``: a clause for each of three spaces, and how many more there are."""
    there = {name: words[word] for name, words in found.items() if words[word]}
    said = []
    for name, tasks in list(there.items())[:SPELLED_OUT]:
        where = f" in {plain_name(name)}" if len(found) > 1 else ""
        said.append(f"{_done_to(tasks, verbs)}{where}")
    more = len(there) - SPELLED_OUT
    if more > 0:
        said.append(f"a remedy {verbs[0]} in {count(more, 'more space', 'more spaces')}")
    return said


def _done_to(tasks: Mapping[Task, Mapping[str, Verdict]], verbs: tuple[str, str]) -> str:
    """Remedies that do it to the same tasks share a clause: ``centring (+.04) and whitening (+.07) help retrieval``."""
    if len(tasks) > 1 and len({tuple(verdicts) for verdicts in tasks.values()}) == 1:
        names = list(next(iter(tasks.values())))
        if len(names) == 1:
            amounts = [
                f"{TASKS[task]} ({share(each[names[0]].gain, sign=True)})" for task, each in tasks.items()
            ]
            return f"{doing(names[0])} {verbs[0]} {listing(amounts)}"
    parts = []
    for task, verdicts in tasks.items():
        each = [f"{doing(remedy)} ({share(verdict.gain, sign=True)})" for remedy, verdict in verdicts.items()]
        parts.append(f"{listing(each)} {verbs[len(each) > 1]} {TASKS[task]}")
    return ", and ".join(parts)


def _left(spaces: int) -> list[str]:
    """How many spaces are not spelled out."""
    return [f"the tables say it of {spaces - SPELLED_OUT:,} more"] if spaces > SPELLED_OUT else []


def space_clause(space: RemediedSpace) -> str:
    """What remedies change in one space, as the rest of a sentence."""
    found = _by_word(space)
    words = _counts(found)
    if not words.total():
        return "no remedy could be fitted"
    judged = listing([TASKS[task.task] for task in space.tasks])
    helped, hurt = _moved(found["better"], "better"), _moved(found["worse"], "worse")
    rest = _rest(words)
    if helped:
        return "; ".join(filter(None, [helped, hurt, rest]))
    if hurt:
        return f"no remedy helps: {hurt}; {rest}" if rest else f"every remedy harms: {hurt}"
    if words["unresolved"]:
        return f"no remedy is shown to help or to harm {judged}: {rest}"
    verb = "are" if len(space.tasks) > 1 else "is"
    return f"no remedy changes what you need: with {_each(space)} {judged} {verb} equivalent"


def kept_sentence(space: RemediedSpace, remedy: str) -> str:
    """Loud where the remedy that is kept is worse or unresolved at something; "" where it is neither.

    Parameters
    ----------
    remedy
        As it was asked for.
    """
    verdicts = space.verdicts(remedy)
    name = f"{doing(remedy)} in {space.name}"
    if not verdicts:
        why = space.unfitted.get(remedy, "no task judged it")
        return f"Warning: {name} is kept and was not judged: {why}."
    worse = _listed(verdicts, "worse")
    unresolved = _listed(verdicts, "unresolved")
    if worse:
        return f"Warning: {name} is kept and makes {worse} worse."
    if unresolved:
        return f"Warning: {name} is kept, and whether it helps or harms {unresolved} cannot be told from these rows."
    return ""


def not_judged_sentence(remedy: str, space: str) -> str:
    """Of a remedy that is kept where no task judged any."""
    return f"Warning: {doing(remedy)} in {space} is kept and was not judged: no task judged it; name a --label or a --pair."


def _by_word(space: RemediedSpace) -> dict[str, dict[Task, dict[str, Verdict]]]:
    """The verdicts by word, task and remedy."""
    found: dict[str, dict[Task, dict[str, Verdict]]] = {
        word: {} for word in ("better", "worse", "equivalent", "unresolved")
    }
    for task in space.tasks:
        for remedy, verdict in task.family.verdicts.items():
            if remedy != NOTHING:
                found[verdict.word].setdefault(task.task, {})[remedy] = verdict
    return found


def _counts(found: Mapping[str, Mapping[Task, Mapping[str, Verdict]]]) -> Counter[str]:
    """How many comparisons have each word."""
    return Counter({word: sum(map(len, tasks.values())) for word, tasks in found.items()})


def _moved(tasks: Mapping[Task, Mapping[str, Verdict]], word: str) -> str:
    """``the probe is better with centring (+.11) and whitening (+.19), retrieval with centring (+.03)``."""
    said: list[str] = []
    for task, verdicts in tasks.items():
        names = [
            f"{doing(remedy)} ({share(verdict.gain, sign=True)})" for remedy, verdict in verdicts.items()
        ]
        said.append(f"{TASKS[task]} {'' if said else f'is {word} '}with {listing(names)}")
    return ", ".join(said)


def _rest(words: Mapping[str, int]) -> str:
    """What is left of the comparisons that are neither better nor worse."""
    total, unresolved = sum(words.values()), words["unresolved"]
    if unresolved:
        verb = "is" if unresolved == 1 else "are"
        return f"{unresolved} of {count(total, 'comparison')} {verb} unresolved on these rows"
    return "nothing else changes" if words["equivalent"] else ""


def _each(space: RemediedSpace) -> str:
    names = dict.fromkeys(remedy for task in space.tasks for remedy in task.scores if remedy != NOTHING)
    return listing([doing(name) for name in names])


def _listed(verdicts: Mapping[Task, Verdict], word: str) -> str:
    amounts = [
        f"{TASKS[task]} ({share(verdict.gain, sign=True)})"
        for task, verdict in verdicts.items()
        if verdict.word == word
    ]
    return listing(amounts)
