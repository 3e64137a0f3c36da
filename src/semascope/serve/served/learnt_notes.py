"""What is to be said of examples that are learnt: scores far from all so far, and texts that have another score already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import significant
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.learner.example import RankingExample
    from semascope.learner.model import Model

_FAR = 0.5  # of the range, beyond its end: what is new on the same scale rarely lies there, a slip of the hand does
_SHOWN = 5  # texts of a request that are told of


def said_of_far(examples: Iterable[RankingExample], known: tuple[float, float]) -> list[str]:
    """A sentence on scores that lie far outside of those so far; none where the model has seen one score alone.

    Parameters
    ----------
    known
        Lowest and highest score so far.
    """
    low, high = known
    more = _FAR * (high - low)
    far = [each.score for each in examples if not low - more <= each.score <= high + more]
    if not far or low == high:
        return []
    lie, them = ("lies", "it") if len(far) == 1 else ("lie", "them")
    so_far = f"{_written(low)} to {_written(high)}, the scores so far"
    return [
        f"{listing([*map(_written, far)], limit=_SHOWN)} {lie} far outside {so_far}; forget takes {them} back"
    ]


def may_be_known(examples: Iterable[RankingExample], model: Model) -> bool:
    """Whether a text of them may be an example already: no list is read through."""
    return any(each.text in model.examples.known for each in examples)


def said_of_known(examples: Sequence[RankingExample], model: Model) -> list[str]:
    """A sentence for each text that has another score in the model; takes the model's lock."""
    scores: dict[str, list[float]] = {each.text: [] for each in examples}
    with model.lock:
        for text, score in zip(model.examples.texts, model.examples.scores, strict=True):
            if text in scores:
                scores[text].append(score)
    said = []
    for place, each in enumerate(examples):
        others = sorted({score for score in scores[each.text] if score != each.score})
        if others:
            which = f"examples[{place}]: " if len(examples) > 1 else ""
            said.append(which + _already(others))
    more = len(said) - _SHOWN
    rest = [f"{more:,} more of the texts {'has' if more == 1 else 'have'} another score already"]
    return said[:_SHOWN] + (rest if more > 0 else [])


def _already(scores: list[float]) -> str:
    what, kept = ("score", "both") if len(scores) == 1 else ("scores", "all")
    named = listing([*map(_written, scores)], limit=_SHOWN)
    return f"the same text has the {what} {named} already; {kept} are kept; forget removes {kept}"


def _written(score: float) -> str:
    return significant(score, 6)
