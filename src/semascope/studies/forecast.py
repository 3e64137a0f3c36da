"""What a study of any kind will cost, told before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from semascope.words.numbers import count


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """Work that is left. Seconds of encoding are measured, those of fitting a rough guess."""

    cells: int
    cells_done: int
    texts: int  # prompts to encode, over all encoders and instructions
    encode_seconds: float
    fit_seconds: float

    def __str__(self) -> str:
        seconds = self.encode_seconds + self.fit_seconds
        done = f" ({count(self.cells_done)} done before)" if self.cells_done else ""
        parts = [count(self.cells, "cell") + done]
        parts.append(f"{count(self.texts, 'text')} to encode" if self.texts else "no text to encode")
        parts.append("under a minute" if seconds < 55 else f"about {_minutes(seconds)}")
        return ", ".join(parts)


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minutes" if minutes > 1 else "a minute"
