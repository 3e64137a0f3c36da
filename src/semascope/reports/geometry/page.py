"""The report of a geometry: one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports import told
from semascope.reports.geometry.explained import explained_part, outlying_part
from semascope.reports.geometry.labels import labels_part
from semascope.reports.geometry.numbers import numbers_part
from semascope.reports.geometry.pictures import pictures_part
from semascope.reports.geometry.remedies import remedies_part
from semascope.reports.geometry.together import axes_part, compared_part, contrast_part
from semascope.reports.model import KeyFigure, Report
from semascope.reports.opening import opening
from semascope.reports.page import render_finished
from semascope.reports.parts import on_page
from semascope.reports.parts import told as told_part
from semascope.words.numbers import count, fixed, percent

if TYPE_CHECKING:
    from semascope.reports.parts import Part
    from semascope.studies.geometry.result import GeometryResult


def parts_of(result: GeometryResult) -> list[Part]:
    """The sections in the order shown: what changes for the reader first, what the spaces look like after it."""
    found = [
        contrast_part(result),
        axes_part(result),
        remedies_part(result),
        labels_part(result),
        compared_part(result),
        numbers_part(result),
        pictures_part(result),
        explained_part(result),
        outlying_part(result),
    ]
    return [part for part in found if part is not None]


def render_geometry(result: GeometryResult) -> str:
    """One HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished geometry. Its texts and names are escaped; nothing in them can run.
    """
    return render_finished(
        result,
        about="geometry",
        kind="geometry",
        opening=opening(
            result,
            about=_about(result),
            figures=key_figures(result),
            labels=list(result.spaces),
        ),
        sections=[on_page(part) for part in parts_of(result)],
        rows=_counted(result),
    )


def tell_geometry(result: GeometryResult) -> Report:
    """What the page says, for paper and for its figures."""
    sections = [
        *[told_part(part) for part in parts_of(result)],
        told.notes(result),
        told.making(result, _counted(result)),
    ]
    return Report(
        name=result.name,
        title=f"{result.name}: geometry",
        about=" · ".join(_about(result)),
        headline=list(result.headline),
        figures=key_figures(result),
        sections=[section for section in sections if section is not None],
        footer=f"Made by Semascope from {result.name}.",
    )


def _about(result: GeometryResult) -> list[str]:
    return [result.name, "geometry", count(len(result.spaces), "space")]


def _counted(result: GeometryResult) -> list[tuple[str, str]]:
    return [("texts", f"{result.texts:,}")]


def key_figures(result: GeometryResult) -> list[KeyFigure]:
    """The texts, what random pairs do, and what the labels say."""
    first = result.first
    mean, component = (first.shape.measured[key] for key in ("mean_cosine", "first_component"))
    figures = [
        KeyFigure(
            label="Texts", value=f"{result.texts:,}", note=f"{first.shape.dims:,} dimensions in {first.name}"
        ),
        KeyFigure(
            label="Mean cosine of two texts",
            value=fixed(mean.value, 3),
            note=f"in {first.name}; {fixed(mean.floor.value, 3)} without structure"
            if mean.floor
            else f"in {first.name}",
        ),
        KeyFigure(
            label="First component",
            value=percent(component.value, 1),
            note="of the variance",
        ),
    ]
    labelled = result.labelled
    if labelled is not None and not labelled.reason:
        knn = labelled.spaces[next(iter(labelled.spaces))].knn
        figures.append(
            KeyFigure(
                label=f"Neighbours that tell {labelled.label}",
                value=percent(knn.value),
                note=f"right in {next(iter(labelled.spaces))}; always the most frequent: {percent(labelled.largest)}",
            )
        )
    return figures
