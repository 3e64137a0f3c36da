"""What else the space is made of: text length, language, source; and the few dimensions that carry its cosines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.reports.geometry.judged import measured_said
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.studies.geometry.telling.numbers import sentence_of_explained, sentence_of_outlying
from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.geometry.columns.explaining import Explained
    from semascope.geometry.measured import Measured
    from semascope.studies.geometry.result import GeometryResult, OneSpace


def explained_part(result: GeometryResult) -> Part | None:
    """How much each column explains of each space; None where none was looked at."""
    lines = [_line(space.name, each) for space in result.spaces.values() for each in space.explained.values()]
    if not lines:
        return None
    return Part(
        id="explained",
        title="What is not meaning",
        nav="Length and the like",
        lead="How much of each space the length of a text, its language or its source explain: what lies together may do so for one of these.",
        blocks=[
            Grid(
                caption="Share of the variance that a column explains, and of the first components",
                first="Column",
                noun="line",
                heads=[
                    Head(title="Space", number=False),
                    Head(title="Of the whole space"),
                    Head(title="Shuffled"),
                    Head(title="Of the first components", number=False),
                ],
                lines=lines,
            ),
            *[
                Paragraph(opening=f"In {space.name}:", text=sentence_of_explained(each))
                for space in result.spaces.values()
                for each in space.explained.values()
            ],
        ],
    )


def _line(space: str, each: Explained) -> Line:
    share = each.share
    floor = share.floor
    return Line(
        name=each.column,
        note=f"{each.values:,} values" if each.kind == "labels" else "",
        cells=[
            Said(text=space),
            number(
                share.value,
                percent(share.value, 1, space=" "),
                _percents(share),
            ),
            Said(text="–")
            if floor is None
            else number(
                floor.value, percent(floor.value, 1, space=" "), f"up to {percent(floor.high, 1, space=' ')}"
            ),
            Said(text=_components(each)),
        ],
    )


def _percents(measured: Measured) -> str:
    low, high = measured.estimate.low, measured.estimate.high
    if low != low:
        return measured.estimate.reason
    return f"{percent(low, 1, space=' ')} to {percent(high, 1, space=' ')}"


def _components(each: Explained) -> str:
    """The components of which the column explains more than shuffled ones do."""
    above = np.flatnonzero(each.components > each.component_floors)
    strong = sorted(above.tolist(), key=lambda place: -each.components[place])[:3]
    told = [f"{percent(float(each.components[place]), space=' ')} of number {place + 1}" for place in strong]
    return listing(told) if told else "none beyond chance"


def outlying_part(result: GeometryResult) -> Part | None:
    """The dimensions that carry the cosines; None where no space has been looked at."""
    lines = [_outlying(space) for space in result.spaces.values() if space.shape.outlying is not None]
    if not lines:
        return None
    return Part(
        id="outlying",
        title="Dimensions that carry the cosine",
        nav="Outlier dimensions",
        lead="Where a few dimensions carry most of every cosine, two texts seem alike because of them, whatever they say.",
        blocks=[
            Grid(
                caption="The largest dimensions, and each space without them",
                first="Space",
                noun="space",
                heads=[
                    Head(title="Dimensions", number=False),
                    Head(title="Carry of the mean cosine"),
                    Head(title="Carry half of it"),
                    Head(title="Mean cosine without them"),
                    Head(title="Neighbours that stay"),
                ],
                lines=lines,
            ),
            *[
                Paragraph(opening=f"In {space.name}:", text=sentence_of_outlying(space.shape.outlying))
                for space in result.spaces.values()
                if space.shape.outlying is not None
            ],
        ],
    )


def _outlying(space: OneSpace) -> Line:
    found = space.shape.outlying
    assert found is not None  # asked before
    which = listing([str(dim) for dim in found.dims]) if found.dims else "none stands out"
    removed = "" if found.dims else f"looked at without {listing([str(dim) for dim in found.removed])}"
    return Line(
        name=space.name,
        cells=[
            Said(text=which, note=removed),
            measured_said(found.carried),
            number(found.needed, f"{found.needed:,}", f"of {space.shape.dims:,}"),
            measured_said(found.cosine_without),
            measured_said(found.neighbors_kept),
        ],
    )
