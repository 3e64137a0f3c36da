"""The spaces held against each other: neighbours in common, CKA, Procrustes, the texts that moved, axes, families of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.geometry.judged import estimate_said, measured_said, text_words, verdict_said
from semascope.reports.model import Heading, Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.studies.geometry.telling.axes import axes_sentences
from semascope.studies.geometry.telling.comparing import pair_sentences
from semascope.studies.geometry.telling.contrast import contrast_sentences
from semascope.words.numbers import fixed

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.reports.parts import Block
    from semascope.studies.geometry.comparing.axes import TwoScores
    from semascope.studies.geometry.comparing.compared import AllCompared, PairCompared
    from semascope.studies.geometry.comparing.contrast import Contrast
    from semascope.studies.geometry.result import GeometryResult

_WORDS = {"one": "one axis", "two": "two axes", "open": "not told apart, nor shown to be one"}
_NEAR, _SHOWN = 2, 70  # neighbours that a text is shown with, and characters of each
_MOVED = 12  # texts of a pair of spaces


def compared_part(result: GeometryResult) -> Part | None:
    """How the spaces differ; None where that was not asked."""
    compared = result.together.compared
    if compared is None:
        return None
    blocks: list[Block] = [_pairs(compared)]
    if len(compared.names) > 2:
        blocks.append(_every_two(compared))
    for pair in compared.pairs.values():
        blocks += [Heading(text=f"{pair.first} and {pair.second}")]
        blocks += [Paragraph(text=sentence) for sentence in pair_sentences(pair)]
        blocks += [_moved(pair, result)] if pair.changed else []
    return Part(
        id="compared",
        title="How the spaces differ",
        nav="Spaces compared",
        lead=pair_sentences(next(iter(compared.pairs.values())))[0],
        blocks=blocks,
    )


def _moved(pair: PairCompared, result: GeometryResult) -> Grid:
    """The texts that share fewest neighbours, with those that only one of the spaces gives them."""
    return Grid(
        caption=f"Texts whose {pair.k} nearest changed most, and which only one of the spaces has near",
        first="Text",
        noun="text",
        heads=[
            Head(title="Shared"),
            Head(title=f"Near in {pair.first} alone", number=False, class_="wide"),
            Head(title=f"Near in {pair.second} alone", number=False, class_="wide"),
        ],
        lines=[
            Line(
                name=_text(result, each.place),
                cells=[
                    number(each.shared, f"{round(each.shared * pair.k)} of {pair.k}"),
                    Said(text=_alone(result, each.first, each.second)),
                    Said(text=_alone(result, each.second, each.first)),
                ],
                sort=str(each.place),
            )
            for each in pair.changed[:_MOVED]
        ],
    )


def _alone(result: GeometryResult, own: tuple[int, ...], others: tuple[int, ...]) -> str:
    return "; ".join(_text(result, place) for place in [each for each in own if each not in others][:_NEAR])


def _text(result: GeometryResult, place: int) -> str:
    return text_words(result.asked.texts[place], int(result.asked.rows[place]), _SHOWN)


def _pairs(compared: AllCompared) -> Grid:
    return Grid(
        caption=f"Every space against {compared.names[0]}, in the full dimension, with what shuffled texts give",
        first="Space",
        noun="space",
        heads=[
            Head(title=f"{compared.k} nearest in common"),
            Head(title="Jaccard"),
            Head(title="Debiased CKA"),
            Head(title="Procrustes residual"),
        ],
        lines=[
            Line(
                name=name,
                cells=[_with_floor(each) for each in (pair.share, pair.jaccard, pair.cka, pair.procrustes)],
            )
            for name, pair in compared.pairs.items()
        ],
    )


def _with_floor(measured: Measured) -> Said:
    said = measured_said(measured)
    if measured.floor is None or measured.value != measured.value:
        return said
    return number(measured.value, said.text, f"{said.note}; shuffled {fixed(measured.floor.value, 3)}")


def _every_two(compared: AllCompared) -> Grid:
    return Grid(
        caption="Share of the nearest in common of every two spaces, and their CKA below it",
        first="Space",
        noun="space",
        heads=[Head(title=name) for name in compared.names],
        lines=[
            Line(
                name=name,
                cells=[
                    Said(text=_known(compared.shares[row, column]), note=_known(compared.ckas[row, column]))
                    if row != column
                    else Said()
                    for column in range(len(compared.names))
                ],
            )
            for row, name in enumerate(compared.names)
        ],
    )


def _known(value: float) -> str:
    return fixed(value, 3) if value == value else "–"


def axes_part(result: GeometryResult) -> Part | None:
    """Whether scores are one axis; None where there are none."""
    axes = result.together.axes
    if not axes:
        return None
    blocks: list[Block] = []
    for scores in axes:
        blocks += [Heading(text=f"{scores.first} and {scores.second}"), *_scores(scores)]
    first = axes[0]
    told = [axes_sentences(first, space)[0] for space in first.spaces]
    return Part(
        id="axes",
        title="One axis or two",
        nav="Axes",
        lead=told[0] if told else f"Not judged: {first.why_not}.",
        blocks=blocks,
    )


def _scores(scores: TwoScores) -> list[Block]:
    if scores.why_not:
        return [Paragraph(text=f"Not judged: {scores.why_not}.")]
    lines = []
    for name, axes in scores.spaces.items():
        lines.append(
            Line(
                name=name,
                cells=[
                    Said(text=_WORDS[axes.word], note=axes.reason),
                    number(
                        axes.angle.value,
                        f"{axes.angle.value:.0f}°",
                        f"{axes.angle.low:.0f} to {axes.angle.high:.0f}",
                    ),
                    *[measured_said(each) for each in (*axes.own, *axes.cross, *axes.reliability)],
                ],
            )
        )
    one, other = scores.first, scores.second
    grid = Grid(
        caption=f"{scores.texts:,} texts have both; the scores themselves correlate by {fixed(scores.correlation.value, 2)}",
        first="Space",
        noun="space",
        heads=[
            Head(title="They are", number=False),
            Head(title="Angle"),
            Head(title=f"{one} by its own probe"),
            Head(title=f"{other} by its own probe"),
            Head(title=f"{other} by that of {one}"),
            Head(title=f"{one} by that of {other}"),
            Head(title=f"{one} again"),
            Head(title=f"{other} again"),
        ],
        lines=lines,
    )
    told = [Paragraph(text=" ".join(axes_sentences(scores, space))) for space in scores.spaces]
    return [grid, *told]


def contrast_part(result: GeometryResult) -> Part | None:
    """How well each space tells two families of labels apart; None where that was not asked."""
    contrast = result.together.contrast
    if contrast is None:
        return None
    one, other = contrast.families
    title = f"{one.name} against {other.name}"
    if contrast.why_not:
        return Part(
            id="contrast", title=title, nav="Families", lead=f"Not judged: {contrast.why_not}.", blocks=[]
        )
    members = [
        Paragraph(opening=f"{each.name}:", text=f"{', '.join(each.labels)} ({texts:,} texts).", small=True)
        for each, texts in zip(contrast.families, contrast.texts, strict=True)
    ]
    return Part(
        id="contrast",
        title=title,
        nav="Families",
        lead=" ".join(contrast_sentences(contrast)),
        blocks=[_contrast(contrast), *members],
    )


def _contrast(contrast: Contrast) -> Grid:
    lines = []
    for name, found in contrast.spaces.items():
        cells = [measured_said(each) for each in (found.auc, found.accuracy, found.votes)]
        cells.append(measured_said(found.unseen))
        cells.append(Said(text="–") if found.regrouped is None else estimate_said(found.regrouped))
        cells.append(verdict_said(contrast.probes.verdicts[name]) if contrast.probes is not None else Said())
        lines.append(Line(name=name, cells=cells))
    return Grid(
        caption="A linear probe and the neighbours, on texts that they have not seen",
        first="Space",
        noun="space",
        heads=[
            Head(title="AUC"),
            Head(title="Accuracy"),
            Head(title="Neighbours"),
            Head(title="AUC on unseen groups"),
            Head(title="AUC of families at random"),
            Head(title="Accuracy against the first", number=False),
        ],
        lines=lines,
    )
