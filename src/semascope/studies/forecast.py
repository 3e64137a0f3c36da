"""What a study of any kind will cost, told before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from semascope.tuning.needs import available_memory
from semascope.words.numbers import count, size

LONG = 1_800.0
"""Seconds of training from which on somebody is asked."""
TIGHT = 0.7
"""Share of the free memory likewise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """Work that is left. Seconds of encoding are measured, those of fitting a rough guess."""

    cells: int
    cells_done: int
    texts: int  # prompts to encode, over all encoders and instructions
    encode_seconds: float
    fit_seconds: float
    tune_seconds: float = 0.0  # of training networks, at most
    tune_memory: float = 0.0  # bytes that the largest training takes
    at_most: bool = False  # a race will leave some of it out

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.encode_seconds + self.fit_seconds + self.tune_seconds

    @property
    def doubt(self) -> str:
        """Why a person should say that this may begin, as a question; "" where nothing speaks against it."""
        free = available_memory()
        if self.tune_memory > TIGHT * free:
            return f"Training takes some {size(int(self.tune_memory))} of memory, and {size(int(free))} are free. Begin all the same?"
        if self.tune_seconds > LONG:
            return f"Training takes up to {minutes(self.tune_seconds)}. Begin?"
        return ""

    def __str__(self) -> str:
        done = f" ({count(self.cells_done)} done before)" if self.cells_done else ""
        parts = [count(self.cells, "cell") + done]
        most = "at most " if self.at_most else ""
        parts.append(f"{most}{count(self.texts, 'text')} to encode" if self.texts else "no text to encode")
        parts.append("under a minute" if self.seconds < 55 else f"{most or 'about '}{minutes(self.seconds)}")
        if self.tune_seconds:
            parts.append(
                f"of which training takes {minutes(self.tune_seconds)} at most, and some {size(int(self.tune_memory))} of memory"
            )
        return ", ".join(parts)


def minutes(seconds: float) -> str:
    """How long something takes, roughly.

    Examples
    --------
    >>> minutes(70), minutes(200), minutes(10_000)
    ('a minute', '3 minutes', '3 hours')
    """
    minutes = max(1, round(seconds / 60))
    if minutes > 120:
        return f"{round(minutes / 60)} hours"
    return f"{minutes} minutes" if minutes > 1 else "a minute"
