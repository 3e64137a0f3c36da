"""What is wrong with the fields of a request, as one line that a person can act on."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from semascope.serve.guarding.body_models import fields_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from pydantic import BaseModel

    Fault: TypeAlias = dict[str, Any]  # as pydantic reports it: type, loc, msg, input

_SHOWN = 60  # characters of a value that are repeated
_FOUR = 4  # alternatives that are listed
_BRANCH = re.compile(
    r"(?:str|int|float|bool|bytes|none|date|datetime)|.*[\[(-].*"
)  # a union's type in a place
_DO = "correct it; /openapi.json describes the request"


def said_of(faults: Sequence[Fault], model: type[BaseModel] | None = None) -> tuple[str, str | None]:
    """One line on the first field that is wrong, and the name of that field; None where the body itself is.

    Parameters
    ----------
    faults
        What pydantic reports, at least one. Several of one value (the types that it could have had) become one.
    model
        Of the body: what a field may be called is told then.
    """
    place = _place(_first(faults))
    same = [fault for fault in faults if _place(fault) == place]
    others = len({_place(fault) for fault in faults}) - 1
    more = f" ({others} more {'field is' if others == 1 else 'fields are'} wrong)" if others else ""
    return _line(place, same, fields_beside(place, model)) + more, str(place[0]) if place else None


def _first(faults: Sequence[Fault]) -> Fault:
    """The one to tell of: a field that is missing is often there under another name, which says more."""
    if faults[0]["type"] != "missing":
        return faults[0]
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def _place(fault: Fault) -> tuple[str | int, ...]:
    """Where in the request: without "body", and without the types of a union that were tried."""
    _where, *inner = fault["loc"] or ("body",)
    if fault["type"] == "json_invalid" or not inner:
        return ()
    name, *rest = inner
    return name, *(part for part in rest if isinstance(part, int) or not _BRANCH.fullmatch(part))


def _line(place: tuple[str | int, ...], faults: Sequence[Fault], known: Sequence[str]) -> str:
    name, fault = _written(place), faults[0]
    if fault["type"] == "missing":
        return f"{name} is missing; it must be given; {_DO}"
    if fault["type"] == "extra_forbidden":
        return f"{name} is no field of this request; {_instead(str(place[-1]), known)}; /openapi.json describes the request"
    accepted = list(dict.fromkeys(_accepted(fault) for fault in faults))
    listed = ", or ".join(accepted[:_FOUR])
    return f"{name} is {_shown(fault.get('input'))}; {listed}; {_DO}"


def _instead(name: str, known: Sequence[str]) -> str:
    """What to do with a field that is not known: those that there are, the nearest first."""
    if not known:
        return "leave it out"
    matcher = SequenceMatcher(b=name[:_SHOWN].lower())
    nearness = {}
    for each in known:
        matcher.set_seq1(each)
        nearness[each] = matcher.ratio()
    return f"known are {', '.join(sorted(known, key=nearness.__getitem__, reverse=True))}; use one of these, or leave it out"


def _accepted(fault: Fault) -> str:
    """What pydantic says, in the form of our errors."""
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = re.sub(r" after validation, not \w+$", "", message)
    return re.sub(r"^[A-Z]\w* should", "it must", message)


def _written(place: tuple[str | int, ...]) -> str:
    """``("texts", 0, "text")`` as ``texts[0].text``."""
    if not place:
        return "the body"
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return written.removeprefix(".")


def _shown(value: Any) -> str:
    """A value as JSON writes it where it is short, and as its kind where it is not: nobody wants a text back."""
    if isinstance(value, dict | list):
        return (
            "an object"
            if isinstance(value, dict)
            else f"a list of {len(value)}"
            if value
            else "an empty list"
        )
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return _number(value)


def _quoted(text: str) -> str:
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return (
        '"' + "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut) + '"'
    )


def _number(value: Any) -> str:
    written = f"{value:.6g}" if isinstance(value, float) else str(value)
    return written if len(written) <= _SHOWN else written[: _SHOWN - 3] + "..."
