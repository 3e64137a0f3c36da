"""A finished tuning read again from its folder: what ``tuning.json`` holds, as it was."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from semascope.errors import DataError
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate, Verdict
from semascope.studies.result import Note
from semascope.studies.tuned.judging import changed, searched, separation
from semascope.studies.tuned.judging.forgetting import Forgot
from semascope.studies.tuned.judging.picturing import Panel, Pictured
from semascope.studies.tuned.result import MinedTold, SidesTold, TuneResult
from semascope.studies.tuned.training.train import Trained

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD = "tuning.json"
_Made = TypeVar("_Made")


def is_tuning(folder: Path) -> bool:
    """Whether a finished tuning lies there."""
    return (folder / RECORD).is_file()


def read_tuning(folder: Path) -> TuneResult:
    """The result that ``complete_tuning`` wrote there.

    Raises
    ------
    DataError
        Without a record, or with one that another version wrote.
    """
    path = folder / RECORD
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        return _result(record)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); the folder of a finished `semascope tune` is accepted; see its last lines"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is no record of a tuning that this version wrote ({type(error).__name__}: {error}); its report.html stays as it is;"
            " tune again for another form"
        ) from error


def _result(record: Mapping[str, Any]) -> TuneResult:
    own = dict(record)
    return TuneResult(
        **{
            **own,
            "sides": _made(SidesTold, own["sides"]),
            "trained": _made(Trained, own["trained"]),
            "forgot": [_made(Forgot, one) for one in own["forgot"]],
            "notes": [_made(Note, one) for one in own["notes"]],
            "searched": None if own.get("searched") is None else _searched(own["searched"]),
            "separation": None if own.get("separation") is None else _separation(own["separation"]),
            "mined": None if own.get("mined") is None else _made(MinedTold, own["mined"]),
            "pictured": None if own.get("pictured") is None else _pictured(own["pictured"]),
        }
    )


def _searched(held: Mapping[str, Any]) -> searched.Searched:
    return _made(
        searched.Searched,
        held,
        parts=[
            _made(
                searched.Part,
                part,
                values={cell: _made(Estimate, one) for cell, one in part["values"].items()},
                verdict=_verdict(part["verdict"]),
            )
            for part in held["parts"]
        ],
        beside={cell: _verdict(one) for cell, one in held["beside"].items()},
        better=[_changed(one) for one in held["better"]],
        worse=[_changed(one) for one in held["worse"]],
        changed=tuple(held["changed"]),
        costs={cell: _number(cost) for cell, cost in held["costs"].items()},
    )


def _changed(held: Mapping[str, Any]) -> changed.Changed:
    lists = {
        name: [_made(changed.Listed, one) for one in held[name]] for name in ("base_found", "tuned_found")
    }
    return _made(changed.Changed, held, answer=_made(changed.Listed, held["answer"]), **lists)


def _separation(held: Mapping[str, Any]) -> separation.Separation:
    parts = tuple(
        _made(
            separation.Part,
            part,
            notes=tuple(part["notes"]),
            numbers={
                name: _made(
                    separation.BeforeAfter,
                    one,
                    before=_measured(one["before"]),
                    after=_measured(one["after"]),
                    verdict=None if one["verdict"] is None else _verdict(one["verdict"]),
                )
                for name, one in part["numbers"].items()
            },
        )
        for part in held["parts"]
    )
    return _made(separation.Separation, held, parts=parts, rows=np.array(held["rows"], dtype=np.int64))


def _measured(held: Mapping[str, Any]) -> Measured:
    floor = None if held["floor"] is None else _made(Estimate, held["floor"])
    return _made(Measured, held, estimate=_made(Estimate, held["estimate"]), floor=floor)


def _pictured(held: Mapping[str, Any]) -> Pictured:
    first, second = (
        _made(
            Panel,
            panel,
            points=[(x, y) for x, y in panel["points"]],
            shares=(_number(panel["shares"][0]), _number(panel["shares"][1])),
        )
        for panel in held["panels"]
    )
    return _made(Pictured, held, panels=(first, second))


def _verdict(held: Mapping[str, Any]) -> Verdict:
    return _made(Verdict, held, mixed=tuple(held["mixed"]))


def _made(kind: type[_Made], held: Mapping[str, Any], **others: Any) -> _Made:
    """An instance of a dataclass; JSON has no word for a number that is none, so that null is NaN where a number must be."""
    numbers = {one.name for one in fields(kind) if one.type == "float"}  # type: ignore[arg-type]
    values = {
        name: _number(value) if name in numbers else value
        for name, value in held.items()
        if name not in others
    }
    return kind(**values, **others)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
