"""What a geometry says first: what was asked for, what mending changes, which space tells the labels best, what each is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.geometry.telling.axes import axes_sentences
from semascope.studies.geometry.telling.comparing import pair_sentences
from semascope.studies.geometry.telling.contrast import contrast_headline
from semascope.studies.geometry.telling.first_component import first_component_sentences
from semascope.studies.geometry.telling.remedies import remedies_headline
from semascope.studies.geometry.telling.separating import OtherJudge, best_sentence
from semascope.studies.geometry.telling.shares import SPELLED_OUT, plain_name
from semascope.words.numbers import fixed, percent
from semascope.words.texts import capital, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.geometry.comparing.compared import PairCompared
    from semascope.studies.geometry.result import GeometryResult, OneSpace


def headline_of(found: GeometryResult) -> list[str]:
    """The answer in sentences, most important first."""
    together = found.together
    sentences = [] if found.kept is None or not found.kept.sentence else [found.kept.sentence]
    if together.contrast is not None:
        sentences += contrast_headline(together.contrast)
    sentences += [axes_sentences(scores, space)[0] for scores in together.axes for space in scores.spaces]
    if found.remedied is not None and not found.remedied.reason:
        sentences.append(remedies_headline(found.remedied))
    if together.best is not None:
        sentences.append(
            best_sentence(
                together.best,
                what=_what(found),
                untrained=found.asked.untrained,
                others=_other_judges(found),
            )
        )
    sentences += first_component_sentences({name: space.explained for name, space in found.spaces.items()})
    if together.compared is not None:
        sentences += _pairs_words(list(together.compared.pairs.values()))
    return list(dict.fromkeys([*sentences, _spaces_words(found)]))


def _pairs_words(pairs: Sequence[PairCompared]) -> list[str]:
    """What three spaces share with the first; how many more there are."""
    more = len(pairs) - SPELLED_OUT
    left = f"The table of spaces compared holds {more:,} more against {pairs[0].first!r}."
    return [pair_sentences(pair)[0] for pair in pairs[:SPELLED_OUT]] + ([left] if more > 0 else [])


def _other_judges(found: GeometryResult) -> list[OtherJudge]:
    """The probe, then silhouettes and distances: each as far as it was taken."""
    judges = []
    probed, labelled = found.probed, found.labelled
    if probed is not None and probed.family is not None:
        judges.append(
            OtherJudge(name="a logistic probe", family=probed.family, values=probed.accuracies, is_share=True)
        )
    if labelled is not None:
        for key, name in (("silhouette", "silhouettes"), ("gap", "distances within and across")):
            if key in labelled.families:
                values = {space: getattr(each, key) for space, each in labelled.spaces.items()}
                judges.append(
                    OtherJudge(name=name, family=labelled.families[key], values=values, is_share=False)
                )
    return judges


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
    told = listing([_cosine_words(space) for space in found.spaces.values()], limit=SPELLED_OUT)
    hint = (
        ""
        if found.labelled or found.remedied
        else "; whether that matters only a task can say: name a --label or a --pair"
    )
    return capital(f"two random texts have a mean cosine of {told}{hint}.")


def _cosine_words(space: OneSpace) -> str:
    mean = space.shape.measured["mean_cosine"].value
    if mean != mean:
        return f"no number in {plain_name(space.name)}"
    first = space.shape.measured["first_component"].value
    held = f" (first component {percent(first, space=' ')} of the variance)" if first == first else ""
    return f"{fixed(mean, 3)} in {plain_name(space.name)}{held}"
