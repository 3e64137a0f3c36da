"""How labels lie in each space: votes, a probe, silhouette, cosines; verdicts against the first space; confusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.geometry.judged import difference_said, estimate_said, text_words, verdict_said
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.words.numbers import count, fixed, percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.labels.labelled import Confusion, Labelled, OneLabel
    from semascope.reports.parts import Block
    from semascope.stats.results import Family
    from semascope.studies.geometry.result import GeometryResult

_MEASURES = {
    "knn": "kNN accuracy",
    "probe": "Probe accuracy",
    "silhouette": "Silhouette",
    "gap": "Nearer within labels",
}
_CONFUSIONS = 6  # of a space
_EXAMPLES = 2  # texts of a confusion


def labels_part(result: GeometryResult) -> Part | None:
    """Everything about the labels; None without them."""
    labelled = result.labelled
    if labelled is None:
        return None
    if labelled.reason:
        return Part(
            id="labels",
            title=f"How {labelled.label} lies in each space",
            nav="Labels",
            lead=f"Not measured: {labelled.reason}.",
            blocks=[],
        )
    blocks: list[Block] = [_by_space(result, labelled)]
    blocks += [Paragraph(text=_how(result, labelled), opening="How it was judged.", small=True)]
    blocks += [_each_label(labelled), *_confusions(result, labelled)]
    return Part(
        id="labels",
        title=f"How {labelled.label} lies in each space",
        nav="Labels",
        lead=_lead(labelled, grouped=result.asked.groups is not None),
        blocks=blocks,
    )


def _lead(labelled: Labelled, *, grouped: bool) -> str:
    whose = " Texts of its own group, and copies of it, have no vote for it, and are never on the probe's other side."
    return (
        f"{labelled.texts:,} texts have a {labelled.label}; always naming the most frequent one would be right for"
        f" {percent(labelled.largest)}. Each text is left out of its own vote; the probe is judged on rows that it has not"
        f" seen.{whose if grouped else ''}"
    )


def _families(result: GeometryResult, labelled: Labelled) -> dict[str, Family]:
    found = dict(labelled.families)
    if result.probed is not None and result.probed.family is not None:
        found["probe"] = result.probed.family
    return {key: found[key] for key in _MEASURES if key in found}


def _by_space(result: GeometryResult, labelled: Labelled) -> Grid:
    """One line a measure and space, so that verdicts have room."""
    lines = []
    families = _families(result, labelled)
    for key, family in families.items():
        for name in labelled.spaces:
            measured = (
                result.probed.accuracies[name]
                if key == "probe" and result.probed is not None
                else getattr(labelled.spaces[name], key)
            )
            verdict = family.verdicts[name]
            lines.append(
                Line(
                    name=name,
                    note=_MEASURES[key],
                    sort=f"{list(_MEASURES).index(key)} {name}",
                    role="baseline" if verdict.word == "baseline" else "plain",
                    cells=[
                        Said(text=_MEASURES[key]),
                        estimate_said(measured.estimate),
                        number(measured.floor.value, fixed(measured.floor.value, 3))
                        if measured.floor is not None
                        else Said(text="–"),
                        difference_said(verdict),
                        verdict_said(verdict),
                    ],
                )
            )
    return Grid(
        caption=f"Every space against {next(iter(labelled.spaces))}",
        first="Space",
        noun="line",
        heads=[
            Head(title="Measure", number=False),
            Head(title="Value"),
            Head(title="Shuffled labels"),
            Head(title="Difference"),
            Head(title="Verdict", number=False),
        ],
        lines=[_without_note(line) for line in lines],
    )


def _without_note(line: Line) -> Line:
    return Line(name=line.name, cells=line.cells, role=line.role, sort=line.sort)


def _how(result: GeometryResult, labelled: Labelled) -> str:
    families = _families(result, labelled)
    told = [
        f"{_MEASURES[key]}: {family.test}; interval by {family.interval}" for key, family in families.items()
    ]
    return f"{'. '.join(told)}. The {count(labelled.k, 'nearest neighbour')} vote. Differences below the margin count as none."


def _each_label(labelled: Labelled) -> Grid:
    """One line a label, with its accuracy in every space."""
    first, spaces = next(iter(labelled.spaces)), labelled.spaces
    found = {name: {each.name: each for each in space.labels} for name, space in spaces.items()}
    alone = len(spaces) == 1
    return Grid(
        caption=f"Each {labelled.label}: whose neighbours vote for it, and what lies nearest in {first}",
        first=labelled.label,
        noun="label",
        heads=[
            Head(title="Texts"),
            *[Head(title="kNN accuracy" if alone else f"kNN in {name}") for name in spaces],
            Head(title="Cosine within"),
            Head(title="Nearest other", number=False),
        ],
        lines=[
            Line(
                name=each.name,
                cells=[
                    number(each.texts, f"{each.texts:,}"),
                    *[estimate_said(found[name][each.name].accuracy) for name in spaces],
                    number(each.within, fixed(each.within, 3))
                    if each.within == each.within
                    else Said(text="–"),
                    _nearest(each),
                ],
            )
            for each in spaces[first].labels
        ],
    )


def _nearest(each: OneLabel) -> Said:
    if not each.nearest:
        return Said(text="–")
    return Said(text=each.nearest, note=f"mean cosine {fixed(each.nearest_cosine, 3)}")


def _confusions(result: GeometryResult, labelled: Labelled) -> list[Block]:
    texts, rows = result.asked.texts, result.asked.rows.tolist()
    return [
        Grid(
            caption=f"In {name}, the {labelled.label} of a text and what its neighbours say, most often",
            first=labelled.label,
            noun="confusion",
            heads=[
                Head(title="Neighbours say", number=False),
                Head(title="Texts"),
                Head(title="For example", number=False, class_="wide"),
            ],
            lines=[_confusion_line(each, texts, rows) for each in space.confusions[:_CONFUSIONS]],
        )
        for name, space in labelled.spaces.items()
        if space.confusions
    ]


def _confusion_line(each: Confusion, texts: Sequence[str], rows: Sequence[int]) -> Line:
    examples = [text_words(texts[place], rows[place], 110) for place in each.rows[:_EXAMPLES]]
    return Line(
        name=each.label,
        cells=[
            Said(text=each.voted),
            number(each.texts, f"{each.texts:,}", f"{percent(each.share, space=' ')} of its texts"),
            Said(text=listing(examples) if examples else ""),
        ],
    )
