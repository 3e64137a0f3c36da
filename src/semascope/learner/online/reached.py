"""How far a model file has come: which operations of its journal are in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.learner.online.answered import Answered


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """The last operation that a model holds.

    ``mark`` stands for that operation and all before it, back to the file as it was when a service first learnt into it: a
    journal goes on from a mark, so that one of another model, or of another past of the same model, is told apart.
    """

    through: int  # number of the last operation; 0 before the first
    mark: str
    answered: tuple[Answered, ...] = ()  # the latest requests, oldest first
