"""Which candidates are taken as hard negatives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from semascope.errors import ConfigError

Choice = Literal["first", "random"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mining:
    """Which candidates are taken.

    Raises
    ------
    ConfigError
        For a value that cannot be used.
    """

    count: int = 4  # candidates kept of a pair, at most
    depth: int = 100  # best documents of each source that are looked at
    skip: int = (
        0  # best documents of each source that are passed over, as they are most likely answers nobody marked
    )
    margin: float = 0.0  # a candidate must be farther from the query than the answer by this much, in cosine
    relative: float = 0.0  # and by this share of the answer's similarity
    choice: Choice = "random"  # among the candidates that may be taken: at random, or the best ranks first

    def __post_init__(self) -> None:
        for name, least in (("count", 1), ("depth", 1), ("skip", 0)):
            if getattr(self, name) < least:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}; it must be {least} or more; give a whole number"
                )
        if self.skip >= self.depth:
            raise ConfigError(
                f"skip is {self.skip} and depth {self.depth}; nothing is left to look at; raise depth"
            )
        if not (0 <= self.margin <= 2 and math.isfinite(self.margin)):
            raise ConfigError(
                f"margin is {self.margin}; it must lie in 0 to 2, as cosines do; give for example 0.05"
            )
        if not 0 <= self.relative < 1:
            raise ConfigError(
                f"relative is {self.relative}; it must lie in 0 to 1, below 1; give for example 0.05"
            )
