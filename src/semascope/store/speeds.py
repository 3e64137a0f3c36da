"""How fast texts were really encoded, kept beside their vectors: a store answers at once and says nothing of the cost."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from semascope.errors import StoreError
from semascope.files import append_line

if TYPE_CHECKING:
    from pathlib import Path

_LAST = 5  # runs whose median is the speed
_FEWEST_TOKENS = 500  # a run on less says nothing about the speed


class Speeds:
    """Tokens a second by encoder fingerprint, one JSON line a run in ``speeds.jsonl``."""

    def __init__(self, root: Path) -> None:
        self.file = root / "speeds.jsonl"

    def note(self, fingerprint: str, *, tokens: int, seconds: float) -> None:
        """Remember a run; one too short to say anything is left out."""
        if tokens < _FEWEST_TOKENS or seconds <= 0:
            return
        line = json.dumps({"fingerprint": fingerprint, "tokens": tokens, "seconds": round(seconds, 6)})
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            append_line(self.file, line.encode())
        except OSError as error:
            raise StoreError(
                f"{self.file} cannot be written ({error.strerror}); choose another --store"
            ) from error

    def of(self, fingerprint: str) -> float | None:
        """Tokens a second, the median of the last runs; None when nothing was encoded yet."""
        if not self.file.is_file():
            return None
        found = []
        for line in self.file.read_text(encoding="utf8").splitlines():
            try:
                run = json.loads(line)
            except ValueError:
                continue  # cut by a crash: a speed is not worth an error
            if run.get("fingerprint") == fingerprint:
                found.append(run["tokens"] / run["seconds"])
        return median(found[-_LAST:]) if found else None
