"""What a geometry says first: what was asked for, what mending changes, which space tells the labels best, what each is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.axes import axes_sentences
from semascope.studies.geometry.telling.comparing import best_sentence, pair_sentences
from semascope.studies.geometry.telling.contrast import contrast_sentences
from semascope.studies.geometry.telling.remedies import remedies_headline, remedies_sentence
from semascope.words.numbers import fixed, percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from semascope.studies.geometry.judging.remedied import Remedied
    from semascope.studies.geometry.result import GeometryResult, OneSpace


def headline_of(found: GeometryResult) -> list[str]:
    """The answer in sentences, most important first."""
    together = found.together
    sentences = [] if found.kept is None or not found.kept.sentence else [found.kept.sentence]
    if together.contrast is not None:
        sentences += contrast_sentences(together.contrast)[:1]
    sentences += [axes_sentences(scores, space)[0] for scores in together.axes for space in scores.spaces]
    if found.remedied is not None and not found.remedied.reason:
        sentences += _remedies_words(found.remedied)
    if together.best is not None:
        sentences.append(best_sentence(together.best, what=_what(found), untrained=found.asked.untrained))
    if together.compared is not None:
        sentences += [pair_sentences(pair)[0] for pair in together.compared.pairs.values()]
    return list(dict.fromkeys([*sentences, _spaces_words(found)]))


def _remedies_words(remedied: Remedied) -> list[str]:
    """The short answer and the amounts; one sentence where both begin alike."""
    short, long = remedies_headline(remedied), remedies_sentence(remedied)
    return [long] if long.startswith(short.removesuffix(".")) else [short, long]


def _what(found: GeometryResult) -> str:
    """What the spaces differ in."""
    asked = found.settings
    if len(asked["instruction"]) > 1 and len(asked["encoder"]) < 2 and not asked["dim"]:
        return "instruction"
    return (
        "encoder"
        if len(asked["encoder"]) > 1 and len(asked["instruction"]) < 2 and not asked["dim"]
        else "space"
    )


def _spaces_words(found: GeometryResult) -> str:
    """What random pairs do in each space, and that this is no quality."""
    told = listing([_cosine_words(space) for space in found.spaces.values()])
    hint = (
        ""
        if found.labelled or found.remedied
        else "; whether that matters only a task can say: name a --label or a --pair"
    )
    return capital(f"two random texts have a mean cosine of {told}{hint}.")


def _cosine_words(space: OneSpace) -> str:
    mean = space.shape.measured["mean_cosine"].value
    if mean != mean:
        return f"no number in {space.name}"
    first = space.shape.measured["first_component"].value
    held = f", its first component {percent(first, space=' ')} of the variance" if first == first else ""
    return f"{fixed(mean, 3)} in {space.name}{held}"
