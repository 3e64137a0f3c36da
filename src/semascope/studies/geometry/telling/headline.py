"""What a geometry says first: what mending changes, which space tells the labels best, what the space is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.remedies import remedies_sentence
from semascope.words.numbers import fixed, percent

if TYPE_CHECKING:
    from semascope.studies.geometry.result import GeometryResult, OneSpace


def headline_of(found: GeometryResult) -> list[str]:
    """The answer in sentences, most important first."""
    sentences = []
    if found.remedied is not None and not found.remedied.reason:
        sentences.append(remedies_sentence(found.remedied))
    sentences += _spaces_words(found)
    return sentences


def _spaces_words(found: GeometryResult) -> list[str]:
    """What random pairs do in each space."""
    told = [_cosine_words(space) for space in found.spaces.values()]
    return ["; ".join(told) + "."]


def _cosine_words(space: OneSpace) -> str:
    mean = space.shape.measured["mean_cosine"].value
    first = space.shape.measured["first_component"].value
    return (
        f"two random texts have a mean cosine of {fixed(mean, 3)} in {space.name}, and the first component holds"
        f" {percent(first, space=' ')} of the variance"
    )
