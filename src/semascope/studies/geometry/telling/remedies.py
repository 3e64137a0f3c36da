"""What remedies change, in one sentence that comes first, and what is said of one that is kept."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from semascope.studies.geometry.judging.remedied import NOTHING
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
    """What comes first: usually that no remedy changes what is needed. Where spaces differ, one clause a space."""
    if remedied.reason:
        return f"No remedy was judged: {remedied.reason}."
    clauses = {name: space_clause(space) for name, space in remedied.spaces.items()}
    if len(set(clauses.values())) == 1:
        every = f" in any of {count(len(clauses), 'space')}" if len(clauses) > 1 else ""
        clause = next(iter(clauses.values()))
        return capital(clause.replace("what you need", f"what you need{every}", 1)) + "."
    return capital("; ".join(f"in {name} {clause}" for name, clause in clauses.items())) + "."


def remedies_headline(remedied: Remedied) -> str:
    """The answer in one short sentence; ``remedies_sentence`` has the amounts.

    Parameters
    ----------
    remedied
        With something that was judged.
    """
    found = {name: _by_word(space) for name, space in remedied.spaces.items()}
    alone = len(found) == 1
    spaces = "" if alone else f" in any of {count(len(found), 'space')}"
    helped = {name: words["better"] for name, words in found.items() if words["better"]}
    harms = [_harm(name, words, alone=alone) for name, words in found.items() if words["worse"]]
    if helped:
        told = [_help(name, tasks, alone=alone) for name, tasks in helped.items()]
        return capital("; ".join([*told, *harms])) + "."
    if harms:
        return f"No remedy helps{spaces}; {'; '.join(harms)}."
    if any(words["unresolved"] for words in found.values()):
        return f"No remedy is shown to change what you need{spaces}."
    if not any(words["equivalent"] for words in found.values()):
        return f"No remedy could be fitted{spaces}."
    return f"No remedy changes what you need{spaces}."


def _help(space: str, better: Mapping[Task, Mapping[str, Verdict]], *, alone: bool) -> str:
    """``centring helps the probe in b``: a remedy that helps at one thing may harm at another."""
    parts = [
        f"{listing([doing(name) for name in verdicts])} {'helps' if len(verdicts) == 1 else 'help'} {TASKS[task]}"
        for task, verdicts in better.items()
    ]
    return f"{' and '.join(parts)}{'' if alone else f' in {space}'}"


def _harm(space: str, words: Mapping[str, Mapping[Task, Mapping[str, Verdict]]], *, alone: bool) -> str:
    """``whitening harms in b``, with the task where the same remedy helps at another."""
    names = _names(words["worse"])
    both = set(names) & set(_names(words["better"]))
    parts = [
        f"{listing([doing(name) for name in verdicts])} {'harms' if len(verdicts) == 1 else 'harm'} {TASKS[task]}"
        for task, verdicts in words["worse"].items()
    ]
    whole = f"{listing([doing(name) for name in names])} {'harms' if len(names) == 1 else 'harm'}"
    return f"{' and '.join(parts) if both else whole}{'' if alone else f' in {space}'}"


def _names(tasks: Mapping[Task, Mapping[str, Verdict]]) -> list[str]:
    """Remedies that have a verdict here, each once."""
    return list(dict.fromkeys(name for verdicts in tasks.values() for name in verdicts))


def space_clause(space: RemediedSpace) -> str:
    """What remedies change in one space, as the rest of a sentence."""
    found = _by_word(space)
    words = Counter({word: sum(map(len, tasks.values())) for word, tasks in found.items()})
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
