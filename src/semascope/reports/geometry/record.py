"""The numbers of a geometry as plain values, for ``geometry.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from semascope.plain import plain
from semascope.studies.geometry.telling.numbers import (
    sentence_of,
    sentence_of_explained,
    sentence_of_outlying,
)

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.studies.geometry.result import GeometryResult, OneSpace

FORMAT = 1  # of geometry.json


def record_of(result: GeometryResult) -> dict[str, Any]:
    """Plain values that ``json`` can write; what cannot be had is null."""
    record = {
        "format": FORMAT,
        "name": result.name,
        "headline": result.headline,
        "texts": result.texts,
        "spaces": {name: _space(space) for name, space in result.spaces.items()},
        "labels": None if result.labelled is None else _without_votes(plain(result.labelled)),
        "probe": result.probed,
        "remedies": result.remedied,
        "together": result.together,
        "kept": result.kept,
        "notes": result.notes,
        "settings": result.settings,
        "made": result.made,
    }
    written: dict[str, Any] = plain(record)
    return written


def _space(space: OneSpace) -> dict[str, Any]:
    shape = space.shape
    return {
        "caption": space.caption,
        "dims": shape.dims,
        "numbers": {key: _measured(each) for key, each in shape.measured.items()},
        "spectrum": shape.spectrum,
        "components": {"shares": shape.components.shares},
        "cosines": shape.cosines,
        "outlying": None
        if shape.outlying is None
        else {**plain(shape.outlying), "sentence": sentence_of_outlying(shape.outlying)},
        "explained": {
            name: {**plain(each), "sentence": sentence_of_explained(each)}
            for name, each in space.explained.items()
        },
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {**asdict(measured), "sentence": sentence_of(measured)}


def _without_votes(labelled: dict[str, Any]) -> dict[str, Any]:
    """Votes are one a text: they belong to the table of texts, not into the record."""
    for space in labelled["spaces"].values():
        del space["votes"]
    return labelled
