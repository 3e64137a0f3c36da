"""Which request gets which fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from .asked import Asked
from .faults import Fault

Script = Callable[[Asked], Fault | None]


def steps(faults: Sequence[Fault | None]) -> Script:
    """The first request gets the first one, and so on; None and all later ones are served."""
    return lambda asked: faults[asked.number] if asked.number < len(faults) else None


def first(many: int, fault: Fault) -> Script:
    """The first ``many`` requests fail."""
    return lambda asked: fault if asked.number < many else None


def each(period: int, fault: Fault) -> Script:
    """Every ``period``-th request fails, the first among them."""
    return lambda asked: fault if asked.number % period == 0 else None


def when(holds: Callable[[Asked], bool], fault: Fault, *, times: int | None = None) -> Script:
    """Requests of which ``holds`` is true fail, the first ``times`` of them; None: all."""
    met = count()

    def script(asked: Asked) -> Fault | None:
        return fault if holds(asked) and (times is None or next(met) < times) else None

    return script


def once_each(fault: Fault) -> Script:
    """What is asked for the first time fails, and is served when it comes again."""
    return lambda asked: None if asked.before else fault


def chain(*scripts: Script) -> Script:
    """The first of ``scripts`` that has a fault for a request decides."""
    return lambda asked: next((fault for script in scripts if (fault := script(asked))), None)
