"""What can be seen of a plan before anything is read or embedded: refused then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.geometry.remedies.naming import parse_remedy
from semascope.studies.geometry.asking.plan import NO_REMEDY

if TYPE_CHECKING:
    from semascope.studies.geometry.asking.plan import GeometryPlan


def check_plan(plan: GeometryPlan) -> None:
    """Refuse remedies that there are not, a score without another one, and a remedy that could not be kept.

    Raises
    ------
    ConfigError
        With what is accepted.
    """
    for name in plan.remedy:
        if name != NO_REMEDY:
            parse_remedy(name)
    if len(plan.target) == 1:
        raise ConfigError(
            f"target is {plan.target[0]!r} alone; whether scores are one axis is asked of two or more; name another --target"
        )
    if plan.keep is None:
        return
    parse_remedy(plan.keep)
    if plan.vectors and not plan.encoder:
        raise ConfigError(
            f"keep is {plan.keep!r} and no encoder is named; a remedy is kept as an encoder, and vectors of a file are none; name"
            " --encoder, or leave it out"
        )
    if plan.dim:
        raise ConfigError(
            f"keep is {plan.keep!r} and dim {plan.dim[0]}; a remedy mends rows at full width, and is cut after it; leave --dim out here"
        )
